#include "describe/near.h"

#include <stdio.h>

#include "base/mem.h"
#include "describe/duplicates.h"
#include "store/descriptions.h"
#include "store/items.h"

enum { FEW = 8, STEP = 1024 };

struct near {
    struct store *store;
    char *collection;
    double threshold;
    struct job *job;
    struct duplicates *all; /* NULL: the store is read */
    struct shingles now;
    /* while the store is read */
    struct shingles other;
    int64_t item, found;
    double alike;
    size_t read;
    struct error *err;
};

void near_free(struct near *self)
{
    if (self == NULL)
        return;
    duplicates_free(self->all);
    shingles_release(&self->now);
    shingles_release(&self->other);
    mem_free(self->collection);
    mem_free(self);
}

/* Which field is compared. */
static enum template_field compared(const json_t *content)
{
    return json_object_get(content, "description") != NULL ? TEMPLATE_OF_DESCRIPTION : TEMPLATE_OF_ALL;
}

/* Where it is told: the description, or else the first that there is. */
static enum template_field first_field(const json_t *content)
{
    int i = compared(content) == TEMPLATE_OF_ALL ? TEMPLATE_OF_TITLE : TEMPLATE_OF_DESCRIPTION;
    while (i + 1 < TEMPLATE_OF_ALL && json_object_get(content, template_field_name((enum template_field)i)) == NULL)
        i++;
    return (enum template_field)i;
}

static int shingle(struct shingles *out, const json_t *content, struct error *err)
{
    struct str text;
    enum template_field only = compared(content);
    str_init(&text, 1 << 20);
    for (int i = 0; i < TEMPLATE_OF_ALL; i++)
        if (only == TEMPLATE_OF_ALL || (enum template_field)i == only) {
            checker_content_text(content, (enum template_field)i, &text);
            str_putc(&text, '\n');
        }
    int rc = shingles_make(out, str_text(&text), err);
    str_release(&text);
    return rc;
}

static int shingle_stored(struct near *self, const char *json)
{
    json_t *content = json_loads(json, 0, NULL);
    if (self->read++ % STEP == 0 && job_step(self->job, "near-duplicates", (double)self->read, 0, "texts"))
        return job_error_cancelled(self->err, "near-duplicates");
    int rc = content != NULL ? shingle(&self->other, content, self->err) : 0;
    if (content == NULL)
        self->other.n = 0;
    json_decref(content);
    return rc;
}

static int take_stored(void *context, int64_t item, const char *content)
{
    struct near *self = context;
    int rc = shingle_stored(self, content);
    return rc != 0 ? rc : duplicates_add(self->all, item, &self->other, self->err);
}

static int compare_stored(void *context, int64_t item, const char *content)
{
    struct near *self = context;
    if (item == self->item)
        return 0;
    int rc = shingle_stored(self, content);
    double alike = rc == 0 ? shingles_alike(self->now.list, self->now.n, self->other.list, self->other.n) : 0;
    if (alike >= self->threshold && alike > self->alike) {
        self->alike = alike;
        self->found = item;
    }
    return rc;
}

int near_new(struct near **out, struct store *store, const char *collection, double threshold, size_t expected,
             struct job *job, struct error *err)
{
    struct near *self = mem_zalloc(1, sizeof *self);
    if (self == NULL || (self->collection = mem_strdup(collection)) == NULL) {
        mem_free(self);
        return error_nomem(err, "texts");
    }
    self->store = store;
    self->threshold = threshold;
    self->job = job;
    self->err = err;
    int rc = threshold > 0 && expected > FEW ? duplicates_new(&self->all, threshold, err) : 0;
    if (self->all != NULL)
        rc = descriptions_current(store, collection, take_stored, self, err);
    if (rc != 0)
        near_free(self);
    else
        *out = self;
    return rc;
}

static int look(struct near *self, int64_t item, struct error *err)
{
    self->found = 0;
    self->alike = 0;
    if (self->all != NULL) {
        duplicates_find(self->all, item, &self->now, &self->found, &self->alike);
        return 0;
    }
    self->item = item;
    self->read = 0;
    self->err = err;
    return descriptions_current(self->store, self->collection, compare_stored, self, err);
}

int near_check(struct near *self, int64_t item, const json_t *content, struct checker_findings *findings,
               struct error *err)
{
    struct str name;
    if (self->threshold <= 0)
        return 0;
    int rc = shingle(&self->now, content, err);
    rc = rc != 0 ? rc : look(self, item, err);
    if (rc != 0 || self->found == 0)
        return rc;
    struct checker_finding f = {.kind = FINDING_DUPLICATE, .grave = true, .field = first_field(content)};
    str_init(&name, 4096);
    rc = items_name(self->store, self->found, &name, NULL, err);
    snprintf(f.why, sizeof f.why, "near-duplicate of %.100s (%.0f %% alike)", str_text(&name), 100 * self->alike);
    str_release(&name);
    return rc != 0 ? rc : checker_findings_add(findings, &f, err);
}

int near_add(struct near *self, int64_t item, struct error *err)
{
    return self->all != NULL ? duplicates_add(self->all, item, &self->now, err) : 0;
}
