-- People.  `user` is never used again; identities is the only table that says who is who.
CREATE TABLE users (
    user INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;

CREATE TABLE identities (
    identifier TEXT NOT NULL PRIMARY KEY,
    user       INTEGER NOT NULL REFERENCES users(user)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_user ON identities(user);

-- Products.
CREATE TABLE items (
    item       INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier TEXT NOT NULL UNIQUE,
    title      TEXT
) STRICT;

-- What can be known about an item or a user; the type of a name never changes.
CREATE TABLE attributes (
    attribute INTEGER PRIMARY KEY AUTOINCREMENT,
    entity    TEXT NOT NULL CHECK (entity IN ('item', 'user')),
    name      TEXT NOT NULL,
    type      TEXT NOT NULL CHECK (type IN ('number', 'text', 'boolean', 'list')),
    UNIQUE (entity, name)
) STRICT;

-- One attribute of all items is one range (filters read columns); a list is a JSON array of texts.
CREATE TABLE item_values (
    attribute INTEGER NOT NULL REFERENCES attributes(attribute),
    item      INTEGER NOT NULL REFERENCES items(item),
    value     ANY NOT NULL,
    PRIMARY KEY (attribute, item)
) STRICT, WITHOUT ROWID;

-- All attributes of one person are one range (access and erasure read people).
CREATE TABLE user_values (
    user      INTEGER NOT NULL REFERENCES users(user),
    attribute INTEGER NOT NULL REFERENCES attributes(attribute),
    value     ANY NOT NULL,
    PRIMARY KEY (user, attribute)
) STRICT, WITHOUT ROWID;

-- Kinds of event, and how much one counts in training (0: not at all).
CREATE TABLE kinds (
    kind   INTEGER PRIMARY KEY AUTOINCREMENT,
    name   TEXT NOT NULL UNIQUE,
    weight REAL NOT NULL CHECK (weight >= 0 AND weight <= 1e6)
) STRICT;

CREATE TABLE sessions (
    session INTEGER PRIMARY KEY AUTOINCREMENT,
    user    INTEGER NOT NULL REFERENCES users(user),
    label   TEXT NOT NULL,
    UNIQUE (user, label)
) STRICT;

-- Channels and devices.
CREATE TABLE words (
    word INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- The hot rows: append-only, clustered by person and time.  A person's history is one range of the
-- table, an item's one range of the index.  `event` numbers grow and are never used again.
-- `fingerprint` tells apart events that agree in user, time, item and kind.
CREATE TABLE events (
    user        INTEGER NOT NULL REFERENCES users(user),
    time        INTEGER NOT NULL,
    event       INTEGER NOT NULL,
    item        INTEGER NOT NULL REFERENCES items(item),
    kind        INTEGER NOT NULL REFERENCES kinds(kind),
    session     INTEGER REFERENCES sessions(session),
    quantity    REAL,
    price       REAL,
    fingerprint INTEGER NOT NULL,
    PRIMARY KEY (user, time, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_item ON events(item, time);

-- What few events have.
CREATE TABLE event_context (
    user       INTEGER NOT NULL REFERENCES users(user),
    event      INTEGER NOT NULL,
    rating     REAL,
    dwell      INTEGER,
    channel    INTEGER REFERENCES words(word),
    device     INTEGER REFERENCES words(word),
    referrer   TEXT,
    position   INTEGER,
    attributes TEXT,
    PRIMARY KEY (user, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('event', 1);

-- Imports, and the rows that they could not take.
CREATE TABLE imports (
    import   INTEGER PRIMARY KEY AUTOINCREMENT,
    entity   TEXT NOT NULL CHECK (entity IN ('events', 'items', 'users')),
    source   TEXT NOT NULL,
    mapping  TEXT NOT NULL,
    started  INTEGER NOT NULL,
    finished INTEGER,
    read     INTEGER NOT NULL DEFAULT 0,
    added    INTEGER NOT NULL DEFAULT 0,
    present  INTEGER NOT NULL DEFAULT 0,
    skipped  INTEGER NOT NULL DEFAULT 0,
    bad      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE quarantine (
    entry  INTEGER PRIMARY KEY AUTOINCREMENT,
    import INTEGER NOT NULL REFERENCES imports(import),
    file   TEXT NOT NULL,
    line   INTEGER NOT NULL,
    field  TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw    BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_by_import ON quarantine(import);
CREATE INDEX quarantine_by_line ON quarantine(file, line);

-- The registry.  A version never changes but for its stage.
CREATE TABLE models (
    model       INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    stage       TEXT NOT NULL CHECK (stage IN ('candidate', 'staging', 'production', 'archived')),
    created     INTEGER NOT NULL,
    file        TEXT NOT NULL,
    checksum    TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    seed        INTEGER NOT NULL,
    params      TEXT NOT NULL,
    data_from   INTEGER,
    data_to     INTEGER,
    data_events INTEGER NOT NULL,
    data_users  INTEGER NOT NULL,
    data_items  INTEGER NOT NULL,
    data_digest TEXT NOT NULL,
    build       TEXT NOT NULL,
    note        TEXT NOT NULL,
    UNIQUE (name, version)
) STRICT;
CREATE UNIQUE INDEX one_model_in_production ON models(stage) WHERE stage = 'production';

CREATE TABLE model_metrics (
    model    INTEGER NOT NULL REFERENCES models(model),
    protocol TEXT NOT NULL,
    metric   TEXT NOT NULL,
    value    REAL NOT NULL,
    low      REAL,
    high     REAL,
    PRIMARY KEY (model, protocol, metric)
) STRICT, WITHOUT ROWID;

-- Every change of stage: what rollback goes back by.
CREATE TABLE model_stages (
    change INTEGER PRIMARY KEY AUTOINCREMENT,
    model  INTEGER NOT NULL REFERENCES models(model),
    at     INTEGER NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL
) STRICT;
CREATE INDEX model_stages_by_model ON model_stages(model);

-- Long commands: what ran, and how it ended (NULL: still running, or killed).
CREATE TABLE jobs (
    job      INTEGER PRIMARY KEY AUTOINCREMENT,
    command  TEXT NOT NULL,
    process  INTEGER NOT NULL,
    started  INTEGER NOT NULL,
    ended    INTEGER,
    outcome  TEXT,
    message  TEXT
) STRICT;
