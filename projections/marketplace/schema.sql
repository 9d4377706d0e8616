-- Invoices with their terms; those in state LISTED can be funded.
CREATE TABLE offers (
    invoice text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    seller text NOT NULL,
    buyer text NOT NULL,
    face_amount bigint NOT NULL,
    currency text NOT NULL,
    issued text COLLATE "C" NOT NULL,
    due text COLLATE "C" NOT NULL,
    token text,
    units bigint,
    discount_bps bigint,
    advance_amount bigint,
    fee_amount bigint,
    listed_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX offers_listed ON offers (position) WHERE state = 'LISTED';

-- Lots of tokens that holders offer, with the quoted and our own computed yield.
CREATE TABLE listings (
    listing text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    token text NOT NULL,
    invoice text NOT NULL,
    slice bigint NOT NULL,
    seller text NOT NULL,
    units bigint NOT NULL,
    price_amount bigint NOT NULL,
    currency text NOT NULL,
    due text COLLATE "C" NOT NULL,
    quoted_yield_bps bigint NOT NULL,
    computed_yield_bps bigint NOT NULL,
    trade text,
    buyer text,
    reason text,
    opened_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX listings_position ON listings (position);
CREATE INDEX listings_open ON listings (position) WHERE state IN ('LISTED', 'RESERVED');
CREATE INDEX listings_seller ON listings (seller, position);
