-- One row for each invoice, as of its last submission.
CREATE TABLE invoices (
    number text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    seller text NOT NULL,
    buyer text NOT NULL,
    face_amount bigint NOT NULL,
    currency text NOT NULL,
    issued text COLLATE "C" NOT NULL,
    due text COLLATE "C" NOT NULL,
    document text NOT NULL,
    failures jsonb NOT NULL,
    reason text,
    link text,
    link_expires_at text COLLATE "C",
    token text,
    units bigint,
    discount_bps bigint,
    advance_amount bigint,
    fee_amount bigint,
    lender text,
    payment text,
    receipt text,
    reminders jsonb NOT NULL,
    submitted_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX invoices_position ON invoices (position);
CREATE INDEX invoices_seller ON invoices (seller, position);
CREATE INDEX invoices_buyer ON invoices (buyer, position);
CREATE INDEX invoices_lender ON invoices (lender, position);
CREATE INDEX invoices_state ON invoices (state, position);
CREATE INDEX invoices_token ON invoices (token);

-- What happened to an invoice and to everything that belongs to it.
CREATE TABLE timeline (
    invoice text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    at text COLLATE "C" NOT NULL,
    actor text NOT NULL,
    type text NOT NULL,
    stream text NOT NULL,
    state text NOT NULL,
    transaction text,
    correlation text NOT NULL,
    PRIMARY KEY (invoice, position)
);

-- The streams that an invoice's timeline follows, and the state of each. A stream whose
-- invoice is not known yet keeps its timeline in "pending".
CREATE TABLE followed (
    stream text COLLATE "C" PRIMARY KEY,
    invoice text,
    state text NOT NULL,
    pending jsonb NOT NULL
);
