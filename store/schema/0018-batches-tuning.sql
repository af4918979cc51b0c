-- A budget for one month alone ('2026-11'; NULL: each, or all of them), and until when one that is given once should last.
ALTER TABLE ledger_budgets ADD COLUMN month TEXT;
ALTER TABLE ledger_budgets ADD COLUMN ends INTEGER;

-- held: by what the provider works on while no process of ours has to be there (a batch, a tuning): whoever ends that settles it.
ALTER TABLE charges ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));

-- Texts that are asked for through a provider's batch interface.  `token` is told to the provider, so that a batch whose
-- answer was lost is found again.  preparing: it may or may not have got it; sent: it has.
CREATE TABLE batches (
    batch        INTEGER PRIMARY KEY AUTOINCREMENT,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    token        TEXT NOT NULL UNIQUE,
    remote       TEXT,
    state        TEXT NOT NULL CHECK (state IN ('preparing', 'sent', 'ended')),
    remote_state TEXT NOT NULL DEFAULT '',
    job          INTEGER NOT NULL,
    template     TEXT NOT NULL,
    version      INTEGER NOT NULL,
    collection   TEXT NOT NULL,
    note         TEXT,
    publish      INTEGER NOT NULL CHECK (publish IN (0, 1)),
    created      INTEGER NOT NULL,
    ended        INTEGER,
    why          TEXT NOT NULL DEFAULT ''
) STRICT;

-- What was asked in a batch, one row a product.  `body` is the request, emptied when its text is kept.
CREATE TABLE batch_requests (
    batch   INTEGER NOT NULL REFERENCES batches(batch),
    request INTEGER NOT NULL,
    item    INTEGER NOT NULL REFERENCES items(item),
    digest  TEXT NOT NULL,
    body    TEXT NOT NULL,
    charge  INTEGER NOT NULL REFERENCES charges(charge),
    state   TEXT NOT NULL CHECK (state IN ('open', 'written', 'failed')),
    why     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_requests_open ON batch_requests(digest) WHERE state = 'open';

-- Models that are tuned on texts of the shop.
CREATE TABLE tunes (
    tune         INTEGER PRIMARY KEY AUTOINCREMENT,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    token        TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL CHECK (state IN ('built', 'starting', 'sent', 'succeeded', 'failed', 'cancelled')),
    remote       TEXT,
    remote_state TEXT NOT NULL DEFAULT '',
    since        INTEGER NOT NULL,
    until        INTEGER NOT NULL,
    chosen       TEXT NOT NULL,
    digest       TEXT NOT NULL,
    epochs       INTEGER NOT NULL,
    job          INTEGER NOT NULL DEFAULT 0,
    charge       INTEGER REFERENCES charges(charge),
    tuned        TEXT,
    trained      INTEGER,
    why          TEXT NOT NULL DEFAULT '',
    created      INTEGER NOT NULL,
    ended        INTEGER,
    registered   INTEGER,
    evaluation   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX tunes_by_model ON tunes(tuned) WHERE registered IS NOT NULL;

-- What a tuning learns from, and what it is judged by.
CREATE TABLE tune_examples (
    tune        INTEGER NOT NULL REFERENCES tunes(tune),
    example     INTEGER NOT NULL,
    held_out    INTEGER NOT NULL CHECK (held_out IN (0, 1)),
    description INTEGER NOT NULL REFERENCES descriptions(description),
    body        TEXT NOT NULL,
    PRIMARY KEY (tune, example)
) STRICT, WITHOUT ROWID;
