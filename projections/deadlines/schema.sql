-- What is to be done at an instant: WAITING is not armed yet, OPEN is due at due_at, DONE is
-- over (done, or no longer wanted).
CREATE TABLE deadlines (
    key text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    target text NOT NULL,
    detail text,
    due_at text COLLATE "C" NOT NULL,
    state text NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX deadlines_open ON deadlines (due_at, key) WHERE state = 'OPEN';
