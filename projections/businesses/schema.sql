-- Businesses as of their last event.
CREATE TABLE businesses (
    business text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    owner text COLLATE "C" NOT NULL,
    company_name text NOT NULL,
    registration_number text NOT NULL,
    country text NOT NULL,
    industry text NOT NULL,
    allocation_bps integer NOT NULL,
    reason text,
    registered_at text COLLATE "C" NOT NULL,
    decided_at text COLLATE "C",
    decided_by text,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX businesses_owner ON businesses (owner, position);
CREATE INDEX businesses_state ON businesses (state, position);
