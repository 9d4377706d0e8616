-- Who has which address or phone: a keyed hash of it, so that it is unique and nobody can read it.
-- Provisional until it is proven: from "until" on somebody else may take it.
CREATE SCHEMA identifiers;
CREATE TABLE identifiers.taken (
    kind text COLLATE "C" NOT NULL,
    mac bytea NOT NULL,
    person text COLLATE "C" NOT NULL,
    until text COLLATE "C",
    PRIMARY KEY (kind, mac)
);
CREATE INDEX taken_person ON identifiers.taken (person);
