-- Documents that somebody handed in to be known by: sealed under that person's data key, so that
-- they are unreadable for ever once the key is erased. The digest is of what was handed in.
CREATE TABLE personal_documents (
    person text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    box bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, digest)
);
