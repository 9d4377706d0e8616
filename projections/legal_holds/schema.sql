-- Holds that stand and that were lifted; why lies sealed.
CREATE TABLE legal_holds (
    subject text COLLATE "C" NOT NULL,
    hold text COLLATE "C" NOT NULL,
    reason jsonb NOT NULL,
    placed_by text NOT NULL,
    placed_at text COLLATE "C" NOT NULL,
    lifted_by text,
    lifted_at text COLLATE "C",
    lifting jsonb,
    position bigint NOT NULL,
    PRIMARY KEY (subject, hold)
);
CREATE INDEX legal_holds_position ON legal_holds (position);
