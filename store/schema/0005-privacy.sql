-- The log of what was done, by whom: appended to, never changed.  `entry` is canonical JSON, `chain` the SHA-256 of the
-- chain value before it and the entry.  Nothing in it names a customer.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    entry  TEXT NOT NULL,
    chain  BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'nothing is removed from the audit log');
END;

-- Requests of people: what was asked for, until when, how far it is.  `sealed` is what must still be looked for, under a
-- key that is destroyed when the case is closed; `facts` is JSON with counts, of nobody.
CREATE TABLE cases (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    type        TEXT NOT NULL,
    regulation  TEXT NOT NULL,
    state       TEXT NOT NULL,
    received    INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    closed      INTEGER,
    people      INTEGER NOT NULL,
    salt        BLOB,
    sealed      BLOB,
    facts       TEXT NOT NULL,
    certificate TEXT
) STRICT;

-- Identifiers that must not come back, as keyed hashes.
CREATE TABLE suppressions (
    digest BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES cases(number),
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX suppressions_by_case ON suppressions(number);

-- What must be kept for a while, whoever asks: `digest` of one person (NULL: everybody's), `kinds` of events with commas
-- ('': everything).
CREATE TABLE holds (
    hold     INTEGER PRIMARY KEY AUTOINCREMENT,
    digest   BLOB,
    kinds    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    released INTEGER
) STRICT;

-- Events under a hold when their person was erased: cut off from whoever it was, and used for nothing.  Item and kind by
-- their names, so that the row needs no other.
CREATE TABLE held_events (
    hold     INTEGER NOT NULL REFERENCES holds(hold),
    time     INTEGER NOT NULL,
    item     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    quantity REAL,
    price    REAL
) STRICT;

-- How a model was trained, beyond its parameters (JSON), so that it can be trained again; and when its file was removed.
ALTER TABLE models ADD COLUMN recipe TEXT;
ALTER TABLE models ADD COLUMN removed INTEGER;
