/* What the files of an erasure share. */
#ifndef RECKON_PRIVACY_ERASURE_PRIVATE_H
#define RECKON_PRIVACY_ERASURE_PRIVATE_H

#include "privacy/erasure.h"
#include "scan/needles.h"
#include "scan/proven.h"
#include "train/departed.h"

/* One that is being carried out. */
struct erasing {
    const struct erasure *erasure;
    struct store *store;
    const char *workspace;
    struct case_record *record;
    json_t *sealed;      /* "users", "identifiers", "texts", "control" */
    struct needles needles; /* all of them */
    struct proven proven;   /* files without any of them */
    struct matcher *all, *strong; /* identifiers and the control; those that are not weak */
    struct departed departed; /* their events, since the commit: for the models that can be updated */
};

/* Adds to a list of the facts: {"place", "method", "n"}; the same place and method are one. */
int facts_add(json_t *facts, const char *list, const char *place, const char *method, int64_t n);
/* Adds files that name them, and models that learnt from them, to the list "plan" of the record's facts; the people are
 * chosen. */
int erasure_plan_files(const struct erasure *self, const struct case_record *record, const json_t *sealed, struct error *err);

/* All that is looked for: what is sealed of a case. */
int erasing_needles(struct needles *out, const json_t *sealed, struct error *err);
/* The files that are proven clean of it are part of the facts, so that a case taken up again does not read them again. */
int facts_get_proven(const json_t *facts, struct proven *out, struct error *err);
int facts_put_proven(json_t *facts, const struct proven *proven);

bool facts_done(const struct case_record *record, const char *step);

/* Saves the record, with the step marked as done, in a transaction of its own. */
int erasing_save(struct erasing *self, const char *step, struct error *err);

/* Within the transaction of the commit, before the rows go: which models learnt from them, and from what. */
int erasing_note_models(struct erasing *self, struct error *err);

int erasing_commit(struct erasing *self, struct error *err);
int erasing_control(struct erasing *self, struct error *err);
int erasing_scrub(struct erasing *self, struct error *err);
int erasing_files(struct erasing *self, struct error *err);
int erasing_backups(struct erasing *self, struct error *err);
int erasing_models(struct erasing *self, struct error *err);
int erasing_rewrite(struct erasing *self, struct error *err);
int erasing_verify(struct erasing *self, bool *clean, struct error *err);

/* What was written in other cases of theirs, of this store or of a backup's; within a write transaction.  *rows (may be
 * NULL): how many texts. */
int erasing_forget_notes(const struct erasing *self, struct store *store, int64_t *rows, struct error *err);

/* Puts the people into the store's choice (store/erase.h), of this store or of a backup's. */
int erasing_choose(const struct erasing *self, struct store *store, bool by_number, struct error *err);

#endif
