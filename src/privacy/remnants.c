#include "privacy/remnants.h"

#include <stdio.h>
#include <string.h>

#include "store/personal_data.h"
#include "store/storage.h"

struct known {
    struct store *store;
    enum remnants_scope scope;
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

bool remnants_is_backup(const char *file)
{
    return strncmp(file, STORE_BACKUPS "/", strlen(STORE_BACKUPS "/")) == 0;
}

static enum scan_want wants(void *context, const char *file)
{
    const struct known *k = context;
    const struct personal_file *f = personal_data_file(file);
    bool backup = remnants_is_backup(file);
    if (k->scope == REMNANTS_ALL)
        return SCAN_WHOLE;
    if (is_open_here(context, file) || (k->scope == REMNANTS_BACKUPS && !backup))
        return SCAN_NOT;
    return backup || (f != NULL && f->reach == REACH_REMOVE) ? SCAN_UNTIL_FOUND : SCAN_WHOLE;
}

/* What is read of the database now stays as long as it is looked at: nobody makes the file shorter meanwhile. */
static int run_on_snapshot(struct scan_report *out, struct store *store, const struct scan_options *options,
                           struct error *err)
{
    int64_t data, schema;
    int rc = store_begin_read(store, err);
    rc = rc != 0 ? rc : store_versions(store, &data, &schema, err);
    rc = rc != 0 ? rc : scan_run(out, options, err);
    store_end_read(store);
    return rc;
}

static struct scan_options options_of(struct known *known, const char *root, const struct needles *needles,
                                      struct job *job)
{
    return (struct scan_options){.root = root,
                                 .needles = needles,
                                 .is_known = is_known,
                                 .skips = is_key,
                                 .is_open_here = is_open_here,
                                 .file_is_of_people = file_is_of_people,
                                 .field_is_of_people = field_is_of_people,
                                 .wants = wants,
                                 .context = known,
                                 .job = job};
}

int remnants_search(struct scan_report *out, const struct remnants_search *search, struct error *err)
{
    struct known known = {.store = search->scope == REMNANTS_BACKUPS ? NULL : search->store, .field = -1,
                          .scope = search->scope};
    struct scan_options options = options_of(&known, store_workspace(search->store), search->needles, search->job);
    options.proven = search->proven;
    return search->scope == REMNANTS_ALL ? run_on_snapshot(out, search->store, &options, err)
                                         : scan_run(out, &options, err);
}

int remnants_scan(struct scan_report *out, struct store *store, const char *root, const struct needles *needles,
                  struct job *job, struct error *err)
{
    struct known known = {.store = store, .field = -1};
    struct scan_options options = options_of(&known, root, needles, job);
    return store == NULL ? scan_run(out, &options, err) : run_on_snapshot(out, store, &options, err);
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
