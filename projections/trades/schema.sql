-- One row for each trade, from the pre-trade check to its end.
CREATE TABLE trades (
    trade text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    listing text COLLATE "C" NOT NULL,
    buyer text NOT NULL,
    answers jsonb NOT NULL,
    failures jsonb NOT NULL,
    valid_until text COLLATE "C",
    seller text,
    token text,
    units bigint,
    price_amount bigint,
    currency text,
    write text,
    transaction text,
    reason text,
    refunded_amount bigint,
    checked_at text COLLATE "C" NOT NULL,
    executed_at text COLLATE "C",
    ended_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX trades_position ON trades (position);
CREATE INDEX trades_buyer ON trades (buyer, position);
CREATE INDEX trades_seller ON trades (seller, position);
CREATE INDEX trades_token ON trades (token, position);
