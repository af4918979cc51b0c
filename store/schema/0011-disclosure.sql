-- Data sets that were published: what is in them cannot be taken back, so it must be known that they exist.
CREATE TABLE publications (
    publication INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    data_set    TEXT NOT NULL,
    place       TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    rows        INTEGER NOT NULL,
    people      INTEGER NOT NULL,
    k           INTEGER NOT NULL
) STRICT;

-- How much of people's privacy may be spent on noisy answers about a data set, and how it adds up.  epsilon in millionths,
-- delta in 1e-15: whole numbers, so that nothing is lost in adding.
CREATE TABLE privacy_budgets (
    data_set    TEXT NOT NULL PRIMARY KEY,
    epsilon     INTEGER NOT NULL CHECK (epsilon >= 0),
    delta       INTEGER NOT NULL CHECK (delta >= 0),
    composition TEXT NOT NULL CHECK (composition IN ('basic', 'zcdp')),
    since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was spent: never changed, never removed.  rho (zero-concentrated differential privacy) in 1e-12.
CREATE TABLE privacy_spends (
    spend     INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    data_set  TEXT NOT NULL,
    query     TEXT NOT NULL,
    epsilon   INTEGER NOT NULL CHECK (epsilon >= 0),
    delta     INTEGER NOT NULL CHECK (delta >= 0),
    rho       INTEGER NOT NULL CHECK (rho >= 0)
) STRICT;
CREATE INDEX privacy_spends_by_set ON privacy_spends(data_set);
CREATE TRIGGER privacy_spends_are_not_changed BEFORE UPDATE ON privacy_spends BEGIN
    SELECT RAISE(ABORT, 'what was spent of a budget is never changed');
END;
CREATE TRIGGER privacy_spends_are_not_removed BEFORE DELETE ON privacy_spends BEGIN
    SELECT RAISE(ABORT, 'what was spent of a budget is never given back');
END;
