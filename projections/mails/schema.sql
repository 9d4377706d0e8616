-- Mails by name; addresses are opened only when a mail is sent, they are not here.
CREATE TABLE mails (
    mail text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    template text NOT NULL,
    recipient text NOT NULL,
    reference text COLLATE "C" NOT NULL,
    fields jsonb NOT NULL,
    message_id text,
    reason text,
    requested_at text COLLATE "C" NOT NULL,
    sent_at text COLLATE "C",
    position bigint NOT NULL,
    last_position bigint NOT NULL
);
CREATE INDEX mails_position ON mails (position);
CREATE INDEX mails_requested ON mails (position) WHERE state = 'REQUESTED';
CREATE INDEX mails_reference ON mails (reference, position);
