-- One row for each event of the log, without its data.
CREATE TABLE audit (
    position bigint PRIMARY KEY,
    at text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    command text COLLATE "C" NOT NULL,
    correlation text COLLATE "C" NOT NULL,
    cause bigint
);
CREATE INDEX audit_at ON audit (at, position);
CREATE INDEX audit_stream ON audit (stream, position);
CREATE INDEX audit_actor ON audit (actor, position);
CREATE INDEX audit_type ON audit (type, position);
CREATE INDEX audit_correlation ON audit (correlation, position);
CREATE INDEX audit_cause ON audit (cause, position) WHERE cause IS NOT NULL;
