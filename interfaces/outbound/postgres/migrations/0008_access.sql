-- Who comes in, and how: outside the log, for none of it is a fact that others must prove, and all
-- of it can be used to come in. Names, addresses, tokens and codes are digests or MACs (hex).
CREATE SCHEMA access;

CREATE TABLE access.logins (
    user_id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    subject text COLLATE "C" NOT NULL,
    roles jsonb NOT NULL,
    -- Sealed under the subject's data key, as the secret of the second factor.
    address jsonb NOT NULL,
    password text,
    history jsonb NOT NULL DEFAULT '[]',
    totp jsonb,
    totp_on boolean NOT NULL DEFAULT false,
    totp_step bigint NOT NULL DEFAULT 0,
    recovery text[] COLLATE "C" NOT NULL DEFAULT '{}',
    closed boolean NOT NULL DEFAULT false
);
CREATE INDEX logins_subject ON access.logins (subject);

CREATE TABLE access.sessions (
    digest text COLLATE "C" PRIMARY KEY,
    session text COLLATE "C" NOT NULL UNIQUE,
    user_id text COLLATE "C" NOT NULL REFERENCES access.logins ON DELETE CASCADE,
    subject text COLLATE "C" NOT NULL,
    role text NOT NULL,
    method text NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    seen_at text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL,
    ended_at text COLLATE "C"
);
CREATE INDEX sessions_user ON access.sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON access.sessions (expires_at);

-- One row for each login name and each address that somebody tried.
CREATE TABLE access.attempts (
    bucket text COLLATE "C" PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL
);
CREATE INDEX attempts_last ON access.attempts (last_at);

CREATE TABLE access.links (
    link text COLLATE "C" PRIMARY KEY,
    expires_at text COLLATE "C" NOT NULL
);
CREATE INDEX links_expiry ON access.links (expires_at);

CREATE TABLE access.errands (
    state text COLLATE "C" PRIMARY KEY,
    errand jsonb NOT NULL,
    expires_at text COLLATE "C" NOT NULL
);
CREATE INDEX errands_expiry ON access.errands (expires_at);

CREATE TABLE access.identities (
    identity text COLLATE "C" PRIMARY KEY,
    provider text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES access.logins ON DELETE CASCADE,
    UNIQUE (user_id, provider)
);

-- Sign-ins and refusals; lines are added and grow old, nobody changes them.
CREATE TABLE access.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    user_id text COLLATE "C",
    subject text COLLATE "C",
    session text COLLATE "C",
    source text COLLATE "C"
);
CREATE INDEX audit_user ON access.audit (user_id, number);
CREATE INDEX audit_subject ON access.audit (subject, number);
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the audit is only added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_added BEFORE UPDATE OR TRUNCATE ON access.audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE access.key_uses (
    key text COLLATE "C" PRIMARY KEY,
    used_at text COLLATE "C" NOT NULL
);
