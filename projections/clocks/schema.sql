-- Clocks of the service levels. `next_at` is the next instant at which a stage is to be told;
-- it is empty when nothing is to be told any more. `audience` says whose board shows the clock,
-- `number` orders clocks, also those that one event started.
CREATE TABLE clocks (
    clock text COLLATE "C" PRIMARY KEY,
    level text NOT NULL,
    target text NOT NULL,
    audience text NOT NULL,
    state text NOT NULL,
    standing text NOT NULL,
    started_at text COLLATE "C" NOT NULL,
    stages jsonb NOT NULL,
    passed jsonb NOT NULL,
    stopped_at text COLLATE "C",
    next_at text COLLATE "C",
    next_stage text,
    number bigint NOT NULL,
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX clocks_next ON clocks (next_at, clock) WHERE next_at IS NOT NULL;
CREATE INDEX clocks_board ON clocks (audience, state, standing, number);
CREATE UNIQUE INDEX clocks_number ON clocks (number);

-- The clock of a thing that runs now, so that the event that stops it finds it.
CREATE TABLE clocks_running (
    level text NOT NULL,
    target text COLLATE "C" NOT NULL,
    clock jsonb NOT NULL,
    PRIMARY KEY (level, target)
);

-- What later clocks need of a thing: its due day, its roles.
CREATE TABLE clocks_said (
    stream text COLLATE "C" PRIMARY KEY,
    said jsonb NOT NULL
);

CREATE TABLE clocks_calendar (
    calendar text PRIMARY KEY,
    days jsonb NOT NULL
);
