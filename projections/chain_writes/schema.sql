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
