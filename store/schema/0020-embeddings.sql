-- What a service makes of the descriptions of items: so many numbers, of one model and one digest of text and model.
CREATE TABLE item_embeddings (
    item   INTEGER PRIMARY KEY REFERENCES items(item),
    model  TEXT NOT NULL,
    digest TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;
