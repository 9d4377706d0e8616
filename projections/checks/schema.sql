-- Checks as of their last event; FAILED and ALERTED ones are the reporting officer's queue.
CREATE TABLE checks (
    identity text COLLATE "C" PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    gate text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    reference text COLLATE "C",
    policy bigint NOT NULL,
    inputs text NOT NULL,
    findings jsonb NOT NULL,
    asked_at text COLLATE "C" NOT NULL,
    answered_at text,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX checks_position ON checks (position);
CREATE INDEX checks_state ON checks (state, position);
CREATE INDEX checks_subject ON checks (subject, position);
CREATE INDEX checks_reference ON checks (provider, reference);
