-- Texts of more kinds are kept as documents (templates): which kinds there are, store/documents.c says.
DROP INDEX document_changes_by_name;
ALTER TABLE documents RENAME TO documents_before;
ALTER TABLE document_changes RENAME TO document_changes_before;
CREATE TABLE documents (
    document INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    created  INTEGER NOT NULL,
    author   TEXT NOT NULL,
    comment  TEXT NOT NULL,
    body     TEXT NOT NULL,
    UNIQUE (kind, name, version)
) STRICT;
CREATE TABLE document_changes (
    change  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    version INTEGER,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    FOREIGN KEY (kind, name, version) REFERENCES documents (kind, name, version)
) STRICT;
INSERT INTO documents SELECT document, kind, name, version, created, author, comment, body FROM documents_before;
INSERT INTO document_changes SELECT change, kind, name, version, at, author FROM document_changes_before;
DROP TABLE document_changes_before;
DROP TABLE documents_before;
CREATE INDEX document_changes_by_name ON document_changes(kind, name, change);

-- What calls of language models may cost.  NULL in a scope: any.  Money is in millionths of the currency.
CREATE TABLE ledger_budgets (
    budget      INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    provider    TEXT,
    model       TEXT,
    team        TEXT,
    phase       TEXT,
    period      TEXT NOT NULL CHECK (period IN ('month', 'once')),
    soft_tokens INTEGER,
    hard_tokens INTEGER,
    soft_cost   INTEGER,
    hard_cost   INTEGER
) STRICT;

-- What a budget has spent, and what is reserved of it, in a month ('2026-11') or at all ('').
CREATE TABLE ledger_use (
    budget          INTEGER NOT NULL REFERENCES ledger_budgets(budget),
    month           TEXT NOT NULL,
    tokens          INTEGER NOT NULL DEFAULT 0,
    tokens_reserved INTEGER NOT NULL DEFAULT 0 CHECK (tokens_reserved >= 0),
    cost            INTEGER NOT NULL DEFAULT 0,
    cost_reserved   INTEGER NOT NULL DEFAULT 0 CHECK (cost_reserved >= 0),
    PRIMARY KEY (budget, month)
) STRICT, WITHOUT ROWID;

-- The ledger: one row for each attempt of a call.  While it is reserved, the numbers are what it may come to at most.
-- estimated: it ended in a way that nobody knows what it cost, and counts as the most.
CREATE TABLE charges (
    charge     INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    month      TEXT NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    team       TEXT NOT NULL,
    phase      TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'estimated', 'released')),
    job        INTEGER NOT NULL,
    prompt     INTEGER NOT NULL,
    cached     INTEGER NOT NULL DEFAULT 0,
    completion INTEGER NOT NULL,
    cost       INTEGER NOT NULL
) STRICT;
CREATE INDEX charges_by_month ON charges(month, provider, model, team, phase);
CREATE INDEX charges_reserved ON charges(charge) WHERE state = 'reserved';

-- Texts that were written about items.  One of an item in a set is published; what was published before it is replaced,
-- and can come back.
CREATE TABLE descriptions (
    description INTEGER PRIMARY KEY AUTOINCREMENT,
    item        INTEGER NOT NULL REFERENCES items(item),
    collection  TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('review', 'approved', 'published', 'replaced', 'rejected')),
    content     TEXT NOT NULL,
    template    TEXT NOT NULL,
    version     INTEGER NOT NULL,
    language    TEXT NOT NULL,
    channel     TEXT NOT NULL,
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    digest      TEXT NOT NULL,
    prompt      TEXT NOT NULL,
    findings    TEXT NOT NULL,
    charge      INTEGER REFERENCES charges(charge),
    parent      INTEGER REFERENCES descriptions(description),
    created     INTEGER NOT NULL,
    decided     INTEGER,
    editor      TEXT NOT NULL DEFAULT '',
    note        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX descriptions_by_item ON descriptions(item, collection, description);
CREATE INDEX descriptions_by_digest ON descriptions(digest);
CREATE INDEX descriptions_by_state ON descriptions(state, collection, description);
CREATE UNIQUE INDEX descriptions_published ON descriptions(item, collection) WHERE state = 'published';
