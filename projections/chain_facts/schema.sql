-- One row for each event of a contract that no chain write of ours explains. "position" is that
-- of its first observation; a fact whose block is gone stays, as RETRACTED.
CREATE TABLE chain_facts (
    fact text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    chain_id bigint NOT NULL,
    token text COLLATE "C",
    contract text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    event text NOT NULL,
    arguments jsonb NOT NULL,
    transaction text COLLATE "C" NOT NULL,
    block bigint NOT NULL,
    block_hash text COLLATE "C" NOT NULL,
    log_index bigint NOT NULL,
    observed_at text COLLATE "C" NOT NULL,
    retracted_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX chain_facts_position ON chain_facts (position);
CREATE INDEX chain_facts_token ON chain_facts (token, position);
CREATE INDEX chain_facts_block ON chain_facts (chain_id, block);
