-- Commands that a process wished and the rules refused: somebody must look.
CREATE TABLE work_items (
    item text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    process text NOT NULL,
    cause bigint NOT NULL,
    command_type text NOT NULL,
    sentence text NOT NULL,
    refused_at text COLLATE "C" NOT NULL,
    correlation text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (item, code)
);
CREATE INDEX work_items_position ON work_items (position);
