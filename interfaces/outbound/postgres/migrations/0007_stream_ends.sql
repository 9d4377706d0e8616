-- Where each stream ends, by the hash of its name, and the position up to which that is so. Made
-- from the log for its stream map (FORMATS 3) and only a shortcut: emptying both loses nothing.
CREATE TABLE stream_ends (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    version bigint NOT NULL CHECK (version > 0),
    chain bytea NOT NULL CHECK (octet_length(chain) = 32)
);
CREATE TABLE stream_ends_place (
    position bigint NOT NULL,
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
