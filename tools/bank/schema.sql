-- The books of the simulated bank. Amounts are minor units.
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0)
) STRICT;

-- What was asked for, once for each message and end-to-end id, with the answer that was given.
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    debtor TEXT NOT NULL,
    creditor TEXT NOT NULL,
    creditor_name TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    narration TEXT NOT NULL,
    created_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('refused', 'pending', 'settled', 'rejected')),
    reason TEXT,
    due REAL NOT NULL,
    repeats INTEGER NOT NULL,
    UNIQUE (message, end_to_end_id)
) STRICT;

-- What happened on an account; a rejection moves nothing. A quiet entry is on statements only.
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL REFERENCES accounts (account),
    direction TEXT NOT NULL CHECK (direction IN ('credit', 'debit', 'rejected')),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    end_to_end_id TEXT,
    narration TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    reason TEXT,
    outside_id TEXT UNIQUE
) STRICT;
CREATE INDEX IF NOT EXISTS entries_of_account ON entries (account, booked_at);

-- What was told, in order; a repeat tells the same entry again.
CREATE TABLE IF NOT EXISTS notifications (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    entry INTEGER NOT NULL REFERENCES entries (number)
) STRICT;
CREATE INDEX IF NOT EXISTS notifications_of_account ON notifications (account, sequence);

-- How the bank is to treat payments to come; '*' stands for any payment.
CREATE TABLE IF NOT EXISTS behaviours (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    end_to_end_id TEXT NOT NULL,
    behaviour TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times >= 0)
) STRICT;

CREATE TABLE IF NOT EXISTS outage (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    until REAL NOT NULL
) STRICT;
