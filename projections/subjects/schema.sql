-- Subjects as of their last event; "email" and "…_box" are sealed, opened at the doors only.
CREATE TABLE subjects (
    subject text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    name text,
    name_box jsonb,
    kind text NOT NULL,
    country text NOT NULL,
    roles jsonb NOT NULL,
    email jsonb,
    bank_account text,
    bank_account_box jsonb,
    wallet text,
    identity text,
    investor_class text,
    kyc_level bigint,
    accreditation text,
    fatca text,
    claims jsonb NOT NULL,
    paused boolean NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    updated_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX subjects_wallet ON subjects (lower(wallet));
