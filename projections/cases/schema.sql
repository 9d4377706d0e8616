-- Records of compliance; what they say is sealed.
CREATE TABLE cases (
    record text COLLATE "C" PRIMARY KEY,
    subject text NOT NULL,
    state text NOT NULL,
    kind text NOT NULL,
    reference text,
    reason jsonb,
    finding jsonb,
    report jsonb,
    opened_at text COLLATE "C" NOT NULL,
    report_due_at text COLLATE "C",
    reported_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX cases_position ON cases (position);
CREATE INDEX cases_subject ON cases (subject, position);
