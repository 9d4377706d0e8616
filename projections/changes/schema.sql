-- What each event changed, as the feed shows it (FORMATS 8); every position has a row.
CREATE TABLE changes (
    position bigint PRIMARY KEY,
    changes jsonb NOT NULL
);

-- Every entry of the ledger as of the last event: what the next change starts from.
CREATE TABLE ledger_entries (
    entry text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (entry, key)
);
