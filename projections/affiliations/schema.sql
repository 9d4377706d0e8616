-- A tie of a member: to the broker that brought it, or to the partner whose tenant it is in.
CREATE TABLE affiliations (
    affiliation text COLLATE "C" PRIMARY KEY,
    member text COLLATE "C" NOT NULL,
    role text NOT NULL,
    holder text COLLATE "C" NOT NULL,
    ended boolean NOT NULL,
    since text COLLATE "C" NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX affiliations_holder ON affiliations (holder, role, position);
