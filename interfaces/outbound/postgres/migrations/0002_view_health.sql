-- Why a view stands still: the event that it cannot fold, the kind of error (never its text,
-- which may quote an event), and since when. All empty while it goes on.
ALTER TABLE view_checkpoints
    ADD COLUMN stopped_at bigint,
    ADD COLUMN stopped_since timestamptz,
    ADD COLUMN error text,
    ADD CHECK ((stopped_at IS NULL) = (error IS NULL)),
    ADD CHECK ((stopped_at IS NULL) = (stopped_since IS NULL));
