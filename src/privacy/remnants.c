#include "privacy/remnants.h"

#include <stdio.h>
#include <string.h>

#include "store/personal_data.h"
#include "store/storage.h"

struct known {
    struct store *store;
    /* the last question, which comes again and again */
    char tree[64];
    int field;
    bool answer;
};

static bool is_known(void *context, const char *file)
{
    (void)context;
    return personal_data_file(file) != NULL;
}

static bool is_key(void *context, const char *file)
{
    (void)context;
    return strncmp(file, STORE_KEYS "/", strlen(STORE_KEYS "/")) == 0;
}

/* The database and what belongs to it. */
static bool is_open_here(void *context, const char *file)
{
    size_t n = strlen(STORE_FILE);
    (void)context;
    return strncmp(file, STORE_FILE, n) == 0 && (file[n] == '\0' || file[n] == '-');
}

static bool file_is_of_people(void *context, const char *file)
{
    (void)context;
    const struct personal_file *f = personal_data_file(file);
    return f == NULL || f->holds == PERSONAL_SUBJECT;
}

static bool field_is_of_people(void *context, const char *file, const char *tree, int field)
{
    struct known *k = context;
    (void)file;
    if (strcmp(tree, "sqlite_schema") == 0)
        return false;
    if (k->store == NULL || tree[0] == '\0')
        return true;
    if (k->field != field || strcmp(k->tree, tree) != 0) {
        const struct personal_column *c = storage_column(k->store, tree, field);
        snprintf(k->tree, sizeof k->tree, "%s", tree);
        k->field = field;
        k->answer = c == NULL || c->holds == PERSONAL_SUBJECT;
    }
    return k->answer;
}

int remnants_scan(struct scan_report *out, struct store *store, const char *root, const struct needles *needles,
                  struct job *job, struct error *err)
{
    struct known known = {.store = store, .field = -1};
    struct scan_options options = {.root = root,
                                   .needles = needles,
                                   .is_known = is_known,
                                   .skips = is_key,
                                   .is_open_here = is_open_here,
                                   .file_is_of_people = file_is_of_people,
                                   .field_is_of_people = field_is_of_people,
                                   .context = &known,
                                   .job = job};
    if (store == NULL)
        return scan_run(out, &options, err);
    /* what is read now stays as long as it is looked at: nobody makes the file shorter meanwhile */
    int64_t data, schema;
    int rc = store_begin_read(store, err);
    rc = rc != 0 ? rc : store_versions(store, &data, &schema, err);
    rc = rc != 0 ? rc : scan_run(out, &options, err);
    store_end_read(store);
    return rc;
}

void remnants_where(struct store *store, const struct scan_finding *f, char *out, size_t size)
{
    const struct personal_column *c = store != NULL && f->field >= 0 ? storage_column(store, f->tree, f->field) : NULL;
    if (c != NULL)
        snprintf(out, size, "%s.%s", c->table, c->column);
    else if (f->tree[0] != '\0' && f->field >= 0)
        snprintf(out, size, "%s, field %d", f->tree, f->field);
    else
        snprintf(out, size, "%s", f->tree);
}
