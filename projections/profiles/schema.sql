-- The newest box of each section; opened at the doors only.
CREATE TABLE profiles (
    subject text COLLATE "C" NOT NULL,
    section text COLLATE "C" NOT NULL,
    box jsonb NOT NULL,
    recorded_at text COLLATE "C" NOT NULL,
    recorded_by text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (subject, section)
);
