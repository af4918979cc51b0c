-- Keys of the server's callers.  A secret is nowhere: `hash` is the SHA-256 of 32 random bytes.
CREATE TABLE api_keys (
    key     INTEGER PRIMARY KEY AUTOINCREMENT,
    label   TEXT NOT NULL UNIQUE,
    roles   INTEGER NOT NULL CHECK (roles > 0),
    hash    BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT;

-- Requests with an Idempotency-Key that were carried out.  `request` is the digest of who asked and the key
-- that was given, `content` that of the body.
CREATE TABLE posted_requests (
    request BLOB NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    at      INTEGER NOT NULL,
    added   INTEGER NOT NULL,
    present INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX posted_requests_by_time ON posted_requests(at);
