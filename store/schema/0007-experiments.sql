-- Experiments.  The design never changes once the experiment has begun; what may change while it runs stands beside it.
CREATE TABLE experiments (
    experiment INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'stopped')),
    design     TEXT NOT NULL,
    created    INTEGER NOT NULL,
    started    INTEGER,
    stopped    INTEGER,
    coverage   INTEGER NOT NULL DEFAULT 10000 CHECK (coverage BETWEEN 0 AND 10000),
    weights    TEXT,
    layer_from INTEGER,
    layer_to   INTEGER
) STRICT;

CREATE TABLE experiment_changes (
    change     INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment INTEGER NOT NULL REFERENCES experiments(experiment),
    at         INTEGER NOT NULL,
    what       TEXT NOT NULL,
    detail     TEXT NOT NULL
) STRICT;
CREATE INDEX experiment_changes_by_experiment ON experiment_changes(experiment, change);

-- Who saw which variant first when.  One experiment is one range of the table, in the order of the events' own.
CREATE TABLE exposures (
    experiment INTEGER NOT NULL REFERENCES experiments(experiment),
    user       INTEGER NOT NULL REFERENCES users(user),
    variant    INTEGER NOT NULL,
    time       INTEGER NOT NULL,
    propensity REAL NOT NULL CHECK (propensity > 0 AND propensity <= 1),
    PRIMARY KEY (experiment, user, variant)
) STRICT, WITHOUT ROWID;
CREATE INDEX exposures_by_user ON exposures(user);

-- Testers who always get one variant; they are not counted.
CREATE TABLE experiment_overrides (
    experiment INTEGER NOT NULL REFERENCES experiments(experiment),
    user       INTEGER NOT NULL REFERENCES users(user),
    variant    INTEGER NOT NULL,
    PRIMARY KEY (experiment, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX experiment_overrides_by_user ON experiment_overrides(user);
