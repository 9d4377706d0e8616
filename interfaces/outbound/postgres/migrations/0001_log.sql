-- The log: one row for each event, for ever. The last row is the head (DESIGN decision 2).
CREATE TABLE events (
    position bigint PRIMARY KEY CHECK (position > 0),
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    type text COLLATE "C" NOT NULL,
    command uuid NOT NULL,
    ordinal smallint NOT NULL CHECK (ordinal > 0),
    -- SHA-256 of what the command asked for, on its first event only (FORMATS 9).
    request bytea CHECK ((ordinal = 1) = (request IS NOT NULL)),
    body bytea NOT NULL,
    chain bytea NOT NULL CHECK (octet_length(chain) = 32),
    UNIQUE (stream, version),
    UNIQUE (command, ordinal)
);
-- A long body goes out of line as it is: compressing it would cost the writer time.
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: what is written stays written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- A statement trigger also catches TRUNCATE, and statements that match no row.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- ALWAYS: a session that calls itself a replica is refused too.
ALTER TABLE events ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON events FROM PUBLIC, CURRENT_USER;

-- Append behind the row whose chain is ``built_on`` (null: the log is empty); false when that
-- is not the last row any more. Each statement in here sees what was committed when it began,
-- so what follows the lock sees everything.
CREATE FUNCTION append_events(
    built_on bytea,
    positions bigint[],
    streams text[],
    versions bigint[],
    types text[],
    commands uuid[],
    ordinals smallint[],
    requests bytea[],
    bodies bytea[],
    chains bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(8386103194290451563);
    IF built_on IS DISTINCT FROM (SELECT chain FROM events ORDER BY position DESC LIMIT 1) THEN
        RETURN false;
    END IF;
    INSERT INTO events (
        position, stream, version, type, command, ordinal, request, body, chain
    ) SELECT * FROM unnest(
        positions, streams, versions, types, commands, ordinals, requests, bodies, chains
    );
    PERFORM pg_notify('events', '');
    RETURN true;
END
$$;

-- Complete Merkle tiles of the log, each with the root over its 256 hashes (FORMATS 3).
CREATE TABLE tiles (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    PRIMARY KEY (level, index)
);
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Every checkpoint that was ever issued: no later one is smaller (FORMATS 4).
CREATE TABLE checkpoints (
    size bigint PRIMARY KEY,
    note text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER append_only;

-- Documents outside the log, named by their SHA-256.
CREATE TABLE documents (
    digest text COLLATE "C" PRIMARY KEY,
    content bytea NOT NULL
);

-- Signed transactions, committed before anybody broadcasts them (DESIGN decision 9).
CREATE TABLE chain_raw (
    write text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    nonce bigint NOT NULL,
    transaction text COLLATE "C" NOT NULL,
    raw bytea NOT NULL,
    gas_limit bigint NOT NULL,
    max_fee_per_gas numeric NOT NULL,
    max_priority_fee_per_gas numeric NOT NULL,
    PRIMARY KEY (write, transaction),
    UNIQUE (sender, nonce, transaction)
);

-- How far each process manager and worker has come.
CREATE TABLE process_checkpoints (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);

-- How far each view has come, in the schema that holds its tables.
CREATE TABLE view_checkpoints (
    view text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    position bigint NOT NULL
);

-- Data keys of persons, wrapped by the key-encryption key; an erased one is gone (FORMATS 7).
CREATE SCHEMA vault;
CREATE TABLE vault.keys (
    key text COLLATE "C" PRIMARY KEY,
    person text COLLATE "C" NOT NULL,
    wrapped bytea,
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);
CREATE UNIQUE INDEX keys_of_living ON vault.keys (person) WHERE erased_at IS NULL;
