-- What people agreed to, and took back: a log.  What holds now is what it says last, by `at` and then by entry.  Rows go with
-- their person alone, and are never changed.
CREATE TABLE consents (
    entry    INTEGER PRIMARY KEY AUTOINCREMENT,
    user     INTEGER NOT NULL REFERENCES users(user),
    purpose  TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('granted', 'withdrawn')),
    basis    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    source   TEXT NOT NULL,
    policy   TEXT NOT NULL,
    proof    TEXT NOT NULL
) STRICT;
CREATE INDEX consents_by_user ON consents(user, at);
CREATE TRIGGER consents_are_not_changed BEFORE UPDATE OF
    entry, user, purpose, state, basis, at, recorded, policy ON consents BEGIN
    SELECT RAISE(ABORT, 'what was recorded of a consent is never changed');
END;

-- What the log says now, as bits of purposes: looked up at every use.
CREATE TABLE permissions (
    user     INTEGER NOT NULL PRIMARY KEY REFERENCES users(user),
    granted  INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    guardian INTEGER NOT NULL
) STRICT;

-- Identifiers that are one person: all rows with the same `subject`.
CREATE TABLE subjects (
    user     INTEGER NOT NULL PRIMARY KEY REFERENCES users(user),
    subject  INTEGER NOT NULL,
    source   TEXT NOT NULL,
    evidence TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX subjects_by_subject ON subjects(subject);

-- What is never needed as text again (e-mail, telephone): keyed hashes that find the person.
CREATE TABLE aliases (
    digest   BLOB NOT NULL,
    user     INTEGER NOT NULL REFERENCES users(user),
    kind     TEXT NOT NULL,
    source   TEXT NOT NULL,
    evidence TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (digest, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_user ON aliases(user);

-- What was done in a case, by whom; nothing of the person.
CREATE TABLE case_steps (
    step   INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    action TEXT NOT NULL,
    note   TEXT NOT NULL
) STRICT;
CREATE INDEX case_steps_by_case ON case_steps(number);

-- Events without their people: how many of a kind an item had on a day (UTC, as ms of its beginning).
CREATE TABLE daily_counts (
    day      INTEGER NOT NULL,
    item     INTEGER NOT NULL REFERENCES items(item),
    kind     INTEGER NOT NULL REFERENCES kinds(kind),
    events   INTEGER NOT NULL,
    quantity REAL NOT NULL,
    PRIMARY KEY (day, item, kind)
) STRICT, WITHOUT ROWID;

-- How long something is kept: kind of event ('': every kind that has no rule of its own), or a table.
CREATE TABLE retention (
    place TEXT NOT NULL,
    kind  TEXT NOT NULL,
    days  INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (place, kind)
) STRICT, WITHOUT ROWID;

-- People who were left out of training for want of consent.
ALTER TABLE models ADD COLUMN left_out INTEGER;
