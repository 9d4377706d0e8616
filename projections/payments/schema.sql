-- Payments out, as instructed and as the bank answered.
CREATE TABLE payments (
    payment text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    purpose text NOT NULL,
    reference text COLLATE "C" NOT NULL,
    payee text NOT NULL,
    creditor_account text,
    creditor_name text,
    amount bigint NOT NULL,
    currency text NOT NULL,
    narration text NOT NULL,
    end_to_end text COLLATE "C" NOT NULL,
    account text NOT NULL,
    bank_reference text,
    reason text,
    instructed_at text COLLATE "C" NOT NULL,
    answered_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX payments_position ON payments (position);
CREATE INDEX payments_open ON payments (position) WHERE state = 'INSTRUCTED';
CREATE INDEX payments_end_to_end ON payments (end_to_end);
CREATE INDEX payments_reference ON payments (reference, position);

-- Money that came in, by the bank's reference.
CREATE TABLE receipts (
    receipt text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    narration text NOT NULL,
    counterparty text NOT NULL,
    booked_at text COLLATE "C" NOT NULL,
    kind text,
    reference text COLLATE "C",
    reason text,
    recorded_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX receipts_position ON receipts (position);
CREATE INDEX receipts_state ON receipts (state, position);
