-- Lists of recommendations that the server gave out, so that what came of them can be credited.  `items` and
-- `propensities` are JSON arrays in the order of the slate; propensities is NULL when nothing was left to chance.
-- `user` is NULL for nobody in particular, and for somebody of whom nothing is stored.
CREATE TABLE slates (
    slate        TEXT NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL,
    user         INTEGER REFERENCES users(user),
    scenario     TEXT,
    model        TEXT NOT NULL,
    items        TEXT NOT NULL,
    propensities TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX slates_by_user ON slates(user);
CREATE INDEX slates_by_time ON slates(at);
