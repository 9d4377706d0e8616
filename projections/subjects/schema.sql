-- Subjects as of their last event; "email" is a sealed box, opened at the doors only.
CREATE TABLE subjects (
    subject text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    country text NOT NULL,
    roles jsonb NOT NULL,
    email jsonb,
    bank_account text,
    wallet text,
    identity text,
    investor_class text,
    claims jsonb NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX subjects_wallet ON subjects (lower(wallet));

-- Keys by the SHA-256 of their secret.
CREATE TABLE api_keys (
    key text COLLATE "C" PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    role text NOT NULL,
    digest text COLLATE "C" NOT NULL,
    revoked boolean NOT NULL,
    issued_at text COLLATE "C" NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX api_keys_digest ON api_keys (digest);
CREATE INDEX api_keys_subject ON api_keys (subject);
