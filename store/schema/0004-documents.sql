-- Texts by which the shop decides how slates are made: rule sets and scenarios.  A version never changes; which one is in
-- force is what the last change of its name says (version NULL: none, it was removed).
CREATE TABLE documents (
    document INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL CHECK (kind IN ('rules', 'scenario')),
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
CREATE INDEX document_changes_by_name ON document_changes(kind, name, change);
