-- Whom a case is about, by keyed hashes (as in suppressions): when they are erased, what was written in it goes too, also when it is
-- closed and nobody could say any more whose it was.
CREATE TABLE case_people (
    digest BLOB NOT NULL,
    number INTEGER NOT NULL REFERENCES cases(number),
    PRIMARY KEY (digest, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_people_by_case ON case_people(number);

-- What people refused who are not here: a backup from before they came was restored. By keyed hashes; as bits of purposes. It
-- is recorded of them as soon as they come back.
CREATE TABLE absent_refusals (
    digest  BLOB NOT NULL PRIMARY KEY,
    refused INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
