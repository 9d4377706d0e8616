-- Tokens as of their last event; "rulebook" is what their suite was set up with.
CREATE TABLE tokens (
    token text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    name text NOT NULL,
    symbol text NOT NULL,
    decimals integer NOT NULL,
    units bigint NOT NULL,
    currency text NOT NULL,
    supply bigint NOT NULL,
    paused boolean NOT NULL,
    frozen_wallets integer NOT NULL,
    rulebook jsonb,
    address text,
    identity_registry text,
    compliance text,
    planned_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX tokens_invoice ON tokens (invoice);
CREATE INDEX tokens_position ON tokens (position);

-- Operations of admins; "open_writes" are the writes that the chain has not answered yet.
CREATE TABLE token_operations (
    token text COLLATE "C" NOT NULL,
    operation integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    lines jsonb NOT NULL,
    open_writes jsonb NOT NULL,
    transactions jsonb NOT NULL,
    code text,
    refusal text,
    requested_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (token, operation)
);
CREATE INDEX token_operations_position ON token_operations (position);
