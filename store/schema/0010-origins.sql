-- Cases that came over the wire: whose they are, by the caller's own id of the request (its hash), so that one that is sent
-- again is the same case.
CREATE TABLE case_origins (
    caller  TEXT NOT NULL,
    request BLOB NOT NULL,
    number  INTEGER NOT NULL REFERENCES cases(number),
    PRIMARY KEY (caller, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_origins_by_case ON case_origins(number);

-- Whom to tell what has become of one: `told` is the last status that arrived there.
CREATE TABLE callbacks (
    callback INTEGER PRIMARY KEY AUTOINCREMENT,
    number   INTEGER NOT NULL REFERENCES cases(number),
    request  TEXT NOT NULL,
    url      TEXT NOT NULL,
    told     TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next     INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_by_case ON callbacks(number);
