/* remote: what a provider keeps for us and works on by itself: files, batches, tunings.  One request at a time.
 *
 * After 408, 409 and 429 a request is repeated, after as long as the service asks (up to two minutes), else after a
 * growing time; after 5xx and where no answer came only one that may safely be made twice (`repeatable`).
 * The protocol: OpenAI API reference, "Files", "Batch", "Fine-tuning". */
#ifndef RECKON_LLM_REMOTE_H
#define RECKON_LLM_REMOTE_H

#include <jansson.h>

#include "base/job.h"
#include "base/str.h"
#include "llm/provider.h"

enum { REMOTE_ID_MAX = 256, REMOTE_FILE_MAX = 256 << 20 };
#define REMOTE_WORD "reckon" /* under which our word stands in the metadata of what we have them begin */

struct remote;

int remote_new(struct remote **out, const struct provider *provider, struct error *err); /* the provider is borrowed */
void remote_free(struct remote *self); /* NULL is fine */

struct remote_ask {
    const char *method, *path; /* "/batches" */
    const json_t *body;        /* NULL: none */
    bool repeatable;
};

/* *out is an object, to be json_decref'ed; of what is not repeatable, with a name ("id") and a "status".  E_NOT_FOUND: 404, 405 or 501; E_CONFLICT: nobody knows whether it was done,
 * since no answer came, or none that can be read, to what may not be repeated; E_REFUSED, E_IO, E_BAD_DATA, E_CANCELLED. */
int remote_ask(struct remote *self, const struct remote_ask *ask, json_t **out, struct job *job, struct error *err);

/* Of their list at `path` ("/batches") the object that has our word; *out NULL: there is none. */
int remote_find(struct remote *self, const char *path, const char *word, json_t **out, struct job *job, struct error *err);

/* A file for them; its name there.  Errors as above. */
int remote_upload(struct remote *self, const char *name, const char *purpose, const char *text, size_t n,
                  char id[REMOTE_ID_MAX], struct job *job, struct error *err);
/* What is in one of theirs, appended; REMOTE_FILE_MAX at most. */
int remote_download(struct remote *self, const char *id, struct str *out, struct job *job, struct error *err);

/* Names that they gave, as a part of a path: letters, digits, and some signs.  NULL: it is none. */
const char *remote_id(const json_t *object, const char *key);

/* Waits `seconds`, told by job_step; E_CANCELLED. */
int remote_wait(double seconds, const char *note, double done, double total, struct job *job, struct error *err);

#endif
