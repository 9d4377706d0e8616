-- How many events of each stream were folded, and the sum of their positions: neither comes out
-- right when an event is folded twice or left out.
CREATE TABLE counted (
    stream text COLLATE "C" PRIMARY KEY,
    events bigint NOT NULL,
    positions bigint NOT NULL
);
