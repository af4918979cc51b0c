-- What a bandit with context has learnt: regressions over attributes of people, as text that src/experiment reads (JSON).
CREATE TABLE bandit_models (
    experiment INTEGER PRIMARY KEY REFERENCES experiments(experiment),
    model      TEXT NOT NULL
) STRICT;
