-- Roots of the log on the chain, by the size that each covers.
CREATE TABLE anchors (
    size bigint PRIMARY KEY,
    state text NOT NULL,
    root text NOT NULL,
    head text NOT NULL,
    checkpoint text NOT NULL,
    write text NOT NULL,
    transaction text,
    block bigint,
    block_hash text,
    chain_id bigint,
    registry text,
    reason text,
    planned_at text COLLATE "C" NOT NULL,
    confirmed_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX anchors_confirmed ON anchors (size) WHERE state = 'CONFIRMED';
