#include "command/documents_command.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/audited.h"

const char *documents_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : path;
}

int documents_read_file(const char *path, char **text, size_t *n, struct error *err)
{
    int rc = fs_read_all(strcmp(path, "-") == 0 ? "/dev/stdin" : path, DOCUMENT_BODY_MAX, text, n, err);
    if (rc != 0)
        return rc;
    if (text_utf8_valid(*text, *n) && memchr(*text, '\0', *n) == NULL)
        return 0;
    mem_free(*text);
    return error_set(err, E_BAD_DATA, documents_file_name(path), "is not UTF-8 text");
}

/* Who does it, for the history: as --by says, else as the audit log names them. */
static const char *author_of(const struct app *app, const struct args *args, char name[64])
{
    return args_given(args, "by") ? args_text(args, "by") : audited_actor(app, name).who;
}

static void note_force(struct result *out)
{
    result_note(out, "A running server goes by it from now on, without a restart.");
}

int documents_command_put(struct app *app, const struct args *args, enum document_kind kind, const char *name,
                          const char *text, struct result *out, struct error *err)
{
    char who[64];
    const char *comment = args_text(args, "comment");
    struct document d = {.created = clock_now_ms(), .author = mem_strdup(author_of(app, args, who)),
                         .comment = mem_strdup(comment != NULL ? comment : ""), .body = mem_strdup(text)};
    int rc = documents_check_name(kind, name, err);
    if (rc == 0 && (d.author == NULL || d.comment == NULL || d.body == NULL))
        rc = error_nomem(err, name);
    snprintf(d.name, sizeof d.name, "%s", name);
    if (rc == 0)
        rc = store_begin(app->store, err);
    if (rc == 0)
        rc = store_end(app->store, documents_put(app->store, kind, &d, err), err);
    if (rc == 0) {
        result_fact_text(out, "name", name);
        result_fact_int(out, "version", d.version, "");
        note_force(out);
    }
    document_release(&d);
    return rc;
}

int documents_command_show(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                           struct error *err)
{
    struct document d;
    int rc = documents_find(app->store, kind, args_text(args, "name"), &d, err);
    if (rc != 0)
        return rc;
    result_set_document(out, d.body);
    document_release(&d);
    return 0;
}

static int add_change(void *context, const struct document_change *change)
{
    struct result *out = context;
    result_add_time(out, change->at);
    result_add_text(out, change->version == 0 ? "removed" : change->again ? "rolled back to" : "set");
    if (change->version != 0)
        result_add_int(out, change->version);
    else
        result_add_null(out);
    result_add_text(out, change->in_force ? "in force" : "");
    result_add_text(out, change->author);
    result_add_text(out, change->comment);
    return 0;
}

int documents_command_history(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                              struct error *err)
{
    result_add_column(out, "at", CELL_TIME, "", "", 0);
    result_add_column(out, "what", CELL_TEXT, "", "", 0);
    result_add_column(out, "version", CELL_INT, "", "", 0);
    result_add_column(out, "state", CELL_TEXT, "", "", 0);
    result_add_column(out, "by", CELL_TEXT, "", "", 0);
    result_add_column(out, "comment", CELL_TEXT, "", "of the version", 0);
    return documents_history(app->store, kind, args_text(args, "name"), add_change, out, err);
}

int documents_command_rollback(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                               struct error *err)
{
    char who[64];
    int64_t from = 0, back = 0;
    const char *name = args_text(args, "name");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = store_end(app->store, documents_rollback(app->store, kind, name, args_int(args, "to"), author_of(app, args, who),
                                                 clock_now_ms(), &from, &back, err), err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "name", name);
    result_fact_int(out, "version", back, "");
    if (from != 0)
        result_fact_int(out, "before", from, "");
    note_force(out);
    return 0;
}

int documents_command_remove(struct app *app, const struct args *args, enum document_kind kind, struct result *out,
                             struct error *err)
{
    char who[64];
    const char *name = args_text(args, "name");
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = store_end(app->store, documents_remove(app->store, kind, name, author_of(app, args, who), clock_now_ms(), err), err);
    if (rc != 0)
        return rc;
    result_fact_text(out, "removed", name);
    result_note(out, "It is not in force any more; its versions stay, and rollback brings the last one back.");
    return 0;
}
