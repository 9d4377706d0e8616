-- Grants to sub-admins; one that has ended stays, with the reason.
CREATE TABLE delegations (
    delegation text COLLATE "C" PRIMARY KEY,
    sub_admin text COLLATE "C" NOT NULL,
    grantor text COLLATE "C" NOT NULL,
    commands jsonb NOT NULL,
    queries jsonb NOT NULL,
    until text COLLATE "C" NOT NULL,
    revoked boolean NOT NULL,
    reason text,
    granted_at text COLLATE "C" NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX delegations_sub_admin ON delegations (sub_admin, position);
