-- Wallets as of their last event, by subject and address in lower case.
CREATE TABLE wallets (
    subject text COLLATE "C" NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    address text NOT NULL,
    bound boolean NOT NULL,
    holds_tokens boolean NOT NULL,
    method text NOT NULL,
    proven_at text COLLATE "C" NOT NULL,
    lapses_at text COLLATE "C" NOT NULL,
    unbound_at text COLLATE "C",
    position bigint NOT NULL,
    PRIMARY KEY (subject, wallet)
);
CREATE INDEX wallets_lapse ON wallets (lapses_at) WHERE bound;

-- The newest message that a subject is asked to sign for an address.
CREATE TABLE wallet_challenges (
    subject text COLLATE "C" NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    challenge jsonb NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (subject, wallet)
);
