-- Applications as of their last event; "details", "notes" and "reason" are sealed boxes, opened at
-- the doors only. "place" is the instant of submission and the application in one: a page of the
-- queue, and all of a span of time, is one range of one index, however long the queue is.
CREATE TABLE kyc_applications (
    application text COLLATE "C" PRIMARY KEY,
    place text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    documents jsonb NOT NULL,
    details jsonb NOT NULL,
    fatca text NOT NULL,
    submitted_at text COLLATE "C" NOT NULL,
    reviewer text,
    opened_at text,
    decided_at text,
    level bigint,
    accreditation text,
    notes jsonb,
    reason jsonb,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX kyc_applications_queue ON kyc_applications (state, place);
CREATE INDEX kyc_applications_order ON kyc_applications (place);
CREATE INDEX kyc_applications_subject ON kyc_applications (subject, place);
