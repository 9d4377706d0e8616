-- Balances in units of 10^-book_decimals of the asset, after the account's last event;
-- "position" is that of the account's opening.
CREATE TABLE accounts (
    stream text COLLATE "C" PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL,
    book_decimals bigint NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX accounts_owner ON accounts (owner, stream);
CREATE INDEX accounts_asset ON accounts (asset, purpose, stream);

-- Every movement; balance and held are the values after it, so any past is one look-up away.
CREATE TABLE entries (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL,
    type text NOT NULL,
    transfer text COLLATE "C" NOT NULL,
    hold text COLLATE "C",
    amount bigint NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL,
    at text COLLATE "C" NOT NULL
);
CREATE INDEX entries_stream ON entries (stream, position);
CREATE INDEX entries_asset ON entries (asset, stream, position);
CREATE INDEX entries_transfer ON entries (transfer, asset);

-- Open holds and what remains in each.
CREATE TABLE holds (
    stream text COLLATE "C" NOT NULL,
    hold text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL,
    remaining bigint NOT NULL,
    held_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (stream, hold)
);
