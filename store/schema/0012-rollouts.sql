-- Rollouts: experiments whose coverage goes up by itself.  `plan` is text that src/experiment reads (JSON); `since`: of the
-- step that is on; `looked` and `says`: what the last look found.
CREATE TABLE rollouts (
    experiment INTEGER PRIMARY KEY REFERENCES experiments(experiment),
    plan       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('running', 'paused', 'aborted', 'rolled back', 'complete')),
    since      INTEGER NOT NULL,
    looked     INTEGER,
    says       TEXT NOT NULL DEFAULT ''
) STRICT;

-- What only one of several programs on the workspace does at a time, and who that is for now.
CREATE TABLE leases (
    name   TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
