-- Which write a nonce of a key was given to: one, for ever, however many transactions race for it.
CREATE TABLE chain_nonces (
    sender text COLLATE "C" NOT NULL,
    nonce bigint NOT NULL,
    write text COLLATE "C" NOT NULL,
    PRIMARY KEY (sender, nonce)
);
INSERT INTO chain_nonces (sender, nonce, write)
SELECT DISTINCT ON (sender, nonce) sender, nonce, write FROM chain_raw ORDER BY sender, nonce, write;
