/* models: trained models as files of the workspace, each with its record in the registry.
 *
 * A file holds the model's arrays, the identifiers of its items, how popular each was when it was trained, and its
 * lineage (data window and digest, parameters, seed, build) in the metadata, but neither a name, a version nor the time: the same data, seed
 * and build give the same bytes.  It holds no person.  It appears under its name by a rename within the
 * transaction that adds the record, and never changes afterwards. */
#ifndef RECKON_TRAIN_MODELS_H
#define RECKON_TRAIN_MODELS_H

#include "base/job.h"
#include "engine/model.h"
#include "store/registry.h"
#include "train/data.h"
#include "train/safetensors.h"

enum { MODELS_POPULAR_DAYS = 30 };

/* What made a file; the same data and seed give the same bytes only by the same one. */
#define MODELS_BUILD "reckon " PACKAGE_VERSION

/* What is known of a model when it was just trained. */
struct model_lineage {
    const struct training_data *data;
    uint64_t seed;
    const char *note;
    const char *recipe; /* JSON (train/retrain.h), for the registry alone; may be NULL */
};

/* Writes the file alone, anywhere: its bytes are those that models_publish would give it. */
int models_write(const struct model *model, const struct model_lineage *lineage, const char *path, struct job *job,
                 char sha256[65], struct error *err);

/* Writes the file and adds the record, as a candidate; fills *out (release it).  E_CONFLICT: people were erased since the
 * data were read. */
int models_publish(struct store *store, const char *name, const struct model *model,
                   const struct model_lineage *lineage, struct job *job, struct model_record *out,
                   struct error *err);

/* A model ready to answer.  Read-only; any thread may score with it. */
struct opened_model {
    struct model_record record;
    struct safetensors file; /* the model borrows from it */
    struct model *model;
    const float *popular; /* n_items, in [0, 1]: the weights of an item's events, halved every MODELS_POPULAR_DAYS before
                             the training; NULL: the file is older than that */
    const char **item_name; /* by the model's item number, ascending */
    int64_t *item;          /* the store's integers; 0: this store does not know the item */
    char *names;
};

/* Reads and checks the file (its checksum too).  E_CORRUPT tells what is wrong with it. */
int models_open(struct opened_model *out, struct store *store, const struct model_record *record, struct job *job,
                struct error *err); /* copies the record */
void models_close(struct opened_model *self); /* zeroed is fine */

/* Where an identifier stands among n ascending ones, as the items of a model are; UINT32_MAX: it does not. */
uint32_t models_find_name(const char *const *names, uint32_t n, const char *identifier);

/* Copies the file out; its bytes are those of the registry. */
int models_export(struct store *store, const struct model_record *record, const char *path, struct job *job,
                  struct error *err);
/* Checks a file and takes it in as a new version of `name` (NULL: its kind), a candidate. */
int models_import(struct store *store, const char *path, const char *name, struct job *job,
                  struct model_record *out, struct error *err);

/* Letters, digits, '-', '_' and '.'; not longer than a record holds.  E_USAGE. */
int models_check_name(const char *name, struct error *err);

#endif
