-- One row for each statement; "position" is that of its event, "as_of" that of the books which
-- were compared.
CREATE TABLE reconciliations (
    position bigint PRIMARY KEY,
    token text COLLATE "C" NOT NULL,
    agrees boolean NOT NULL,
    statement text NOT NULL,
    contract text NOT NULL,
    chain_id bigint NOT NULL,
    block bigint NOT NULL,
    block_hash text NOT NULL,
    as_of bigint NOT NULL,
    wallets bigint NOT NULL,
    in_transit bigint NOT NULL,
    break_count bigint NOT NULL,
    breaks jsonb NOT NULL,
    stated_at text COLLATE "C" NOT NULL
);
CREATE INDEX reconciliations_token ON reconciliations (token, position);

-- Each token that stands on the chain with its last statement ("values_hash" tells whether the
-- next one would say the same), who waits for one since which position, and the position of the
-- last fact that somebody else brought about.
CREATE TABLE reconciled_tokens (
    token text COLLATE "C" PRIMARY KEY,
    contract text COLLATE "C" NOT NULL,
    deployed bigint NOT NULL,
    requested bigint,
    disturbed bigint,
    stated bigint,
    stated_at text COLLATE "C",
    as_of bigint,
    values_hash text,
    break_count bigint
);
CREATE INDEX reconciled_tokens_contract ON reconciled_tokens (contract);
CREATE INDEX reconciled_tokens_broken ON reconciled_tokens (token) WHERE break_count > 0;
