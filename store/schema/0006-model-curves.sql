-- What a training measured of itself on its way: the curves that are laid over those of later trainings.
CREATE TABLE model_curves (
    model  INTEGER NOT NULL REFERENCES models(model),
    series TEXT NOT NULL,
    x_unit TEXT NOT NULL,
    x      REAL NOT NULL,
    y      REAL NOT NULL,
    PRIMARY KEY (model, series, x)
) STRICT, WITHOUT ROWID;
