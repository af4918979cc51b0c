-- What a language model said of two texts about one product: `first` and `second` as they stood in the question.
CREATE TABLE judgements (
    judgement INTEGER PRIMARY KEY AUTOINCREMENT,
    digest    TEXT NOT NULL UNIQUE,
    first     INTEGER NOT NULL REFERENCES descriptions(description),
    second    INTEGER NOT NULL REFERENCES descriptions(description),
    provider  TEXT NOT NULL,
    model     TEXT NOT NULL,
    verdict   TEXT NOT NULL CHECK (verdict IN ('first', 'second', 'tie')),
    reason    TEXT NOT NULL,
    charge    INTEGER REFERENCES charges(charge),
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX judgements_by_first ON judgements(first);
CREATE INDEX judgements_by_second ON judgements(second);
