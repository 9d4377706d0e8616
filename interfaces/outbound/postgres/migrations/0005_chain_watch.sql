-- How far the watch over the chain has come: blocks whose events were read, contracts whose
-- events are read, and whom the events of each token have ever named (FX10).
CREATE TABLE chain_watch_blocks (
    number bigint PRIMARY KEY,
    block_hash text COLLATE "C" NOT NULL
);
CREATE TABLE chain_watch_contracts (
    address text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    block bigint NOT NULL
);
CREATE TABLE chain_watch_wallets (
    contract text COLLATE "C" NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    PRIMARY KEY (contract, wallet)
);

-- Whether a transaction on the chain is one of ours.
CREATE INDEX chain_raw_transaction ON chain_raw (transaction);
