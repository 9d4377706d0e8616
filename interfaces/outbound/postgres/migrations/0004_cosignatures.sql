-- What witnesses put under a checkpoint: their signature lines, by the witness's key.
CREATE TABLE cosignatures (
    size bigint NOT NULL REFERENCES checkpoints,
    witness text COLLATE "C" NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (size, witness)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE cosignatures ENABLE ALWAYS TRIGGER append_only;
