-- Issuer status as of its last event; who waits longest is asked for by state and position.
CREATE TABLE issuers (
    subject text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    reason text,
    requested_at text COLLATE "C" NOT NULL,
    decided_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX issuers_state ON issuers (state, position);
