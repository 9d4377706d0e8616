-- States of long streams, so that a cold start need not fold them from their first event. Made
-- from the log and only a shortcut: emptying this table loses nothing. A row counts only beside
-- the event on which it stands, and only for the code that made it (``form``).
CREATE TABLE snapshots (
    stream text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    position bigint NOT NULL CHECK (position > 0),
    chain bytea NOT NULL CHECK (octet_length(chain) = 32),
    form bytea NOT NULL CHECK (octet_length(form) = 32),
    state bytea NOT NULL,
    seal bytea NOT NULL CHECK (octet_length(seal) = 32)
);
ALTER TABLE snapshots ALTER COLUMN state SET STORAGE EXTERNAL;
