-- Who is registered for a token and what each holds now. Units move when the chain has moved
-- them; wallet and identity come with the registration.
CREATE TABLE holders (
    token text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    units bigint NOT NULL,
    frozen_units bigint NOT NULL,
    frozen boolean NOT NULL,
    wallet text,
    identity text,
    registered text,
    last_position bigint NOT NULL,
    PRIMARY KEY (token, holder)
);
CREATE INDEX holders_holder ON holders (holder, token);

-- Each line of the register after each change of it, so any past is one look-up away.
CREATE TABLE register (
    token text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    units bigint NOT NULL,
    frozen_units bigint NOT NULL,
    frozen boolean NOT NULL,
    wallet text,
    identity text,
    registered text,
    PRIMARY KEY (token, holder, position)
);
