-- An item has one published text in a collection for each language and channel: an English page does not take the place
-- of a German mail.
DROP INDEX descriptions_published;
CREATE UNIQUE INDEX descriptions_published ON descriptions(item, collection, language, channel) WHERE state = 'published';

-- Whose published texts changed, in the order in which they last did, so that a server reads only those. Triggers write it:
-- whoever publishes cannot forget to.
CREATE TABLE description_changes (
    change INTEGER PRIMARY KEY AUTOINCREMENT,
    item   INTEGER NOT NULL UNIQUE REFERENCES items(item)
) STRICT;
INSERT INTO description_changes (item) SELECT DISTINCT item FROM descriptions WHERE state = 'published' ORDER BY item;
CREATE TRIGGER description_is_added AFTER INSERT ON descriptions WHEN new.state = 'published' BEGIN
    DELETE FROM description_changes WHERE item = new.item;
    INSERT INTO description_changes (item) VALUES (new.item);
END;
CREATE TRIGGER description_is_decided AFTER UPDATE ON descriptions WHEN new.state = 'published' OR old.state = 'published' BEGIN
    DELETE FROM description_changes WHERE item = new.item;
    INSERT INTO description_changes (item) VALUES (new.item);
END;
CREATE TRIGGER description_is_removed AFTER DELETE ON descriptions WHEN old.state = 'published' BEGIN
    DELETE FROM description_changes WHERE item = old.item;
    INSERT INTO description_changes (item) VALUES (old.item);
END;

-- Why something is recommended, in a sentence, by a language model: kept under the digest of all that was asked. refused: the
-- checks found something in it that nothing holds; the same is not asked again.
CREATE TABLE captions (
    caption  INTEGER PRIMARY KEY AUTOINCREMENT,
    digest   TEXT NOT NULL UNIQUE,
    kind     TEXT NOT NULL CHECK (kind IN ('history', 'popular', 'model', 'similar')),
    item     INTEGER NOT NULL REFERENCES items(item),
    because  INTEGER REFERENCES items(item),
    language TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('written', 'refused')),
    body     TEXT NOT NULL,
    findings TEXT NOT NULL,
    template TEXT NOT NULL,
    version  INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model    TEXT NOT NULL,
    charge   INTEGER REFERENCES charges(charge),
    created  INTEGER NOT NULL
) STRICT;
CREATE INDEX captions_by_item ON captions(item, because);
