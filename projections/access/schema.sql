-- Users as of their last event; passwords and secrets stand in no view.
CREATE TABLE users (
    user_id text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    roles jsonb NOT NULL,
    totp boolean NOT NULL,
    providers jsonb NOT NULL,
    locked_until text COLLATE "C",
    registered_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX users_subject ON users (subject, user_id);

-- Keys by the SHA-256 of their secret; "ends_at" is the sooner of expiry and end of the overlap.
CREATE TABLE api_keys (
    key text COLLATE "C" PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    role text NOT NULL,
    digest text COLLATE "C" NOT NULL,
    scopes jsonb,
    rate_per_second integer,
    expires_at text COLLATE "C",
    ends_at text COLLATE "C",
    replaces text COLLATE "C",
    successor text COLLATE "C",
    revoked boolean NOT NULL,
    issued_at text COLLATE "C" NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX api_keys_digest ON api_keys (digest);
CREATE INDEX api_keys_subject ON api_keys (subject, key);
