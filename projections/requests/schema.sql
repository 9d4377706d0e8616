-- Requests as of their last event; "data" are the fields of the command that is asked for.
CREATE TABLE requests (
    request text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    hash text NOT NULL,
    maker text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    roles jsonb NOT NULL,
    deadline text COLLATE "C" NOT NULL,
    checkers jsonb NOT NULL,
    outcome text,
    made_at text COLLATE "C" NOT NULL,
    decided_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX requests_state ON requests (state, position);
CREATE INDEX requests_kind ON requests (kind, position);
CREATE INDEX requests_maker ON requests (maker, position);

-- Signing keys; a revoked one stays, it has signed before.
CREATE TABLE signing_keys (
    key text COLLATE "C" PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    alg text NOT NULL,
    revoked boolean NOT NULL,
    registered_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX signing_keys_subject ON signing_keys (subject, position);
