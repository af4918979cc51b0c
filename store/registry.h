/* registry: the records of trained models.  The files themselves belong to src/train/registry.h.
 *
 * A model has a name and a version (1, 2, ...; never used again, not even when it is gone).  Only its stage
 * changes: candidate -> staging -> production -> archived.  One model at most is in production; every change of
 * stage is kept, which is what rollback goes back by. */
#ifndef RECKON_STORE_REGISTRY_H
#define RECKON_STORE_REGISTRY_H

#include "store/store.h"

enum { REGISTRY_NAME_MAX = 64 };

struct model_record {
    int64_t model, version;
    char name[REGISTRY_NAME_MAX], kind[REGISTRY_NAME_MAX], stage[16];
    int64_t created;
    char file[160];     /* within the workspace: "models/blend-3.safetensors" */
    char checksum[65];  /* SHA-256 */
    int64_t bytes;
    uint64_t seed;
    char *params;       /* a JSON object, owned */
    int64_t data_from, data_to; /* ms; times of the first and the last event */
    int64_t data_events, data_users, data_items;
    char data_digest[65];
    char build[64];
    char *note;         /* owned */
    char *recipe;       /* owned, may be NULL: how it was trained beyond its parameters (train/retrain.h) */
    int64_t left_out;   /* people who were left out of the data for want of consent */
    int64_t removed;    /* when its file was removed, because people that it learnt from were erased; 0: it is there */
};

void model_record_release(struct model_record *self);
/* Is it in production or in staging? */
bool model_record_answers(const struct model_record *self);

/* The version that the next model of that name gets. */
int registry_next_version(struct store *self, const char *name, int64_t *version, struct error *err);

/* Within a write transaction: adds the record as it is (model is set). */
int registry_add(struct store *self, struct model_record *record, struct error *err);

/* `spec`: "blend" (its newest version that is not archived, else its newest) or "blend@3".  E_NOT_FOUND names what
 * there is. */
int registry_find(struct store *self, const char *spec, struct model_record *out, struct error *err);
/* The one in production; E_NOT_FOUND. */
int registry_production(struct store *self, struct model_record *out, struct error *err);
/* The newest of all that is not archived; E_NOT_FOUND. */
int registry_newest(struct store *self, struct model_record *out, struct error *err);

typedef int (*registry_fn)(void *context, const struct model_record *record);
int registry_each(struct store *self, registry_fn fn, void *context, struct error *err); /* newest first */

/* Within a write transaction.  To production: whoever is there goes back to staging. */
int registry_set_stage(struct store *self, int64_t model, const char *stage, int64_t now, struct error *err);

/* Within a write transaction: the model that was in production before the present one comes back, and the present
 * one goes to candidate.  *back and *gone are the two. E_NOT_FOUND: there was none before. */
int registry_rollback(struct store *self, int64_t now, int64_t *back, int64_t *gone, struct error *err);

/* Within a write transaction: its file is removed; it is archived for good. */
int registry_mark_removed(struct store *self, int64_t model, int64_t now, struct error *err);

struct model_stage_change {
    int64_t model, at;
    const char *before, *after;
};
typedef int (*registry_stage_fn)(void *context, const struct model_stage_change *change);
int registry_stages(struct store *self, int64_t model, registry_stage_fn fn, void *context, struct error *err);

/* Measured values of a model under a protocol ("time 28 days, repeat"); low and high may be NaN. */
int registry_put_metric(struct store *self, int64_t model, const char *protocol, const char *metric, double value,
                        double low, double high, struct error *err);
struct model_metric {
    const char *protocol, *metric;
    double value, low, high;
};
typedef int (*registry_metric_fn)(void *context, const struct model_metric *metric);
int registry_metrics(struct store *self, int64_t model, registry_metric_fn fn, void *context, struct error *err);

/* Within a write transaction: a point of a curve of its training ("ials, validation: ndcg@10" by epoch). */
int registry_put_point(struct store *self, int64_t model, const char *series, const char *x_unit, double x, double y,
                       struct error *err);
struct model_point {
    const char *series, *x_unit; /* borrowed for the call */
    double x, y;
};
/* Series by series, x ascending.  A non-zero answer ends it and is returned. */
typedef int (*registry_point_fn)(void *context, const struct model_point *point);
int registry_curves(struct store *self, int64_t model, registry_point_fn fn, void *context, struct error *err);

#endif
