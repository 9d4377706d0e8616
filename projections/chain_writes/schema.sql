-- One row for each call to the chain. "position" is that of its plan; amounts in wei are
-- decimal strings. "token" is read from the write's name.
CREATE TABLE chain_writes (
    write text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    token text COLLATE "C",
    signer text NOT NULL,
    contract text NOT NULL,
    function text NOT NULL,
    target text,
    arguments jsonb NOT NULL,
    sender text,
    nonce bigint,
    gas_limit bigint,
    transaction text,
    block bigint,
    block_hash text,
    gas_used bigint,
    gas_price text,
    fee text,
    max_fee_per_gas text,
    max_priority_fee_per_gas text,
    attempts bigint NOT NULL,
    bumps bigint NOT NULL,
    retractions bigint NOT NULL,
    confirmations bigint,
    result jsonb,
    reason text,
    planned_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX chain_writes_position ON chain_writes (position);
CREATE INDEX chain_writes_open ON chain_writes (position) WHERE state NOT IN ('CONFIRMED', 'FAILED');
CREATE INDEX chain_writes_reference ON chain_writes (reference, position);
CREATE INDEX chain_writes_token ON chain_writes (token, position);
CREATE INDEX chain_writes_transaction ON chain_writes (transaction);
CREATE INDEX chain_writes_block ON chain_writes (block) WHERE state IN ('CONFIRMED', 'FAILED');
CREATE INDEX chain_writes_retracted ON chain_writes (position)
    WHERE retractions > 0 AND state NOT IN ('CONFIRMED', 'FAILED');

-- One row for each transaction that was ever signed, mined or not: the gas ledger. What it took
-- is empty until it lies in a block; "position" is that of its signature.
CREATE TABLE chain_transactions (
    transaction text COLLATE "C" PRIMARY KEY,
    write text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    token text COLLATE "C",
    signer text NOT NULL,
    sender text COLLATE "C",
    nonce bigint,
    gas_limit bigint,
    max_fee_per_gas text,
    max_priority_fee_per_gas text,
    state text NOT NULL,
    block bigint,
    gas_used bigint,
    gas_price text,
    fee text,
    signed_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX chain_transactions_position ON chain_transactions (position);
CREATE INDEX chain_transactions_token ON chain_transactions (token, position);
CREATE INDEX chain_transactions_write ON chain_transactions (write, position);
