#include "privacy/access.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "recommend/recommender.h"
#include "store/consents.h"
#include "store/person.h"
#include "store/personal_data.h"
#include "store/publications.h"
#include "store/retention.h"
#include "store/subjects.h"
#include "store/users.h"

enum { INFERENCES = 20, FILE_MAX = 1 << 28 };

/* ---- what is known -------------------------------------------------------------------------------------- */

static int put_inferences(struct store *store, const char *name, struct job *job, json_t *history, struct error *err)
{
    struct recommender *recommender;
    struct recommender_options options = {.job = job};
    struct recommender_request request = {.user = name, .n = INFERENCES, .anyone = true, .weight = 1};
    struct slate slate = {0};
    struct error own = {0};
    json_t *list = json_array();
    if (json_object_set_new(history, "inferences", list) != 0)
        return error_nomem(err, "access");
    if (recommender_open(&recommender, store, &options, &own) != 0)
        return 0; /* nothing was learnt of anybody */
    const struct model_record *r = recommender_record(recommender);
    json_object_set_new(history, "model", json_sprintf("%s@%lld", r->name, (long long)r->version));
    int rc = recommender_recommend(recommender, &request, &slate, err);
    if (rc == 0 && slate.withheld[0] != '\0')
        json_object_set_new(history, "withheld", json_string(slate.withheld));
    else if (rc == 0 && slate.fallback[0] != '\0')
        json_object_set_new(history, "fallback", json_string(slate.fallback));
    for (uint32_t i = 0; rc == 0 && i < slate.n; i++) {
        const struct recommender_item *item = &slate.items[i];
        json_t *one = json_pack("{s:s, s:s}", "item", item->item, "title", item->title);
        if (item->reason.item != NULL) {
            json_object_set_new(one, "because_of", json_string(item->reason.item));
            json_object_set_new(one, "because_of_title", json_string(item->reason.title));
            json_object_set_new(one, "share", json_real(item->reason.share));
        }
        json_array_append_new(list, one);
    }
    slate_release(&slate);
    recommender_free(recommender);
    return rc;
}

static void count_rows(json_t *tables, struct access_counts *counts)
{
    const char *name;
    json_t *rows;
    json_object_foreach (tables, name, rows) {
        counts->tables++;
        counts->rows += (int64_t)json_array_size(rows);
    }
}

static int put_history(struct store *store, int64_t user, struct job *job, struct access_counts *counts, json_t *histories,
                       struct error *err)
{
    json_t *tables, *history = json_object();
    struct consent_state state;
    struct str name;
    str_init(&name, 4096);
    int rc = users_name(store, user, &name, err);
    rc = rc != 0 ? rc : store_begin_read(store, err);
    if (rc == 0) {
        rc = person_tables(store, user, &tables, err);
        store_end_read(store);
    }
    if (rc == 0) {
        count_rows(tables, counts);
        json_object_set_new(history, "identifier", json_string(str_text(&name)));
        json_object_set_new(history, "tables", tables);
        rc = consents_state(store, user, &state, err);
    }
    json_t *uses = json_object();
    for (int i = 0; rc == 0 && i < CONSENT_PURPOSE_COUNT; i++)
        json_object_set_new(uses, consent_purpose_name((enum consent_purpose)i), json_boolean(state.may >> i & 1));
    json_object_set_new(history, "may_be_used_for", uses);
    rc = rc != 0 ? rc : put_inferences(store, str_text(&name), job, history, err);
    str_release(&name);
    return json_array_append_new(histories, history) != 0 && rc == 0 ? error_nomem(err, "access") : rc;
}

/* What the map says of each table: what it holds. */
static json_t *meanings(void)
{
    json_t *out = json_object();
    for (const struct personal_column *c = personal_data_columns; c->table != NULL; c++) {
        char key[96];
        snprintf(key, sizeof key, "%s.%s", c->table, c->column);
        if (c->reach == REACH_USER && c->note[0] != '\0')
            json_object_set_new(out, key, json_string(c->note));
    }
    return out;
}

static int take_publication(void *context, const struct publication_record *r)
{
    (void)r;
    ++*(int64_t *)context;
    return 0;
}

static int say_recipients(struct store *store, char *out, size_t size, struct error *err)
{
    int64_t n = 0;
    int rc = publications_each(store, take_publication, &n, err);
    int at = snprintf(out, size, "Nobody outside the shop: this workspace hands no data of people to others by itself.");
    if (rc == 0 && n > 0 && at > 0)
        snprintf(out + at, size - (size_t)at, " %lld anonymised data %s made, in which nobody can be told from others.",
                 (long long)n, n == 1 ? "set was" : "sets were");
    return rc;
}

static int take_rule(void *context, const struct retention_rule *rule)
{
    str_printf(context, " Events%s%s are deleted after %" PRId64 " days%s.", rule->kind[0] != '\0' ? " of the kind " : "",
               rule->kind, rule->days, rule->count ? ", and only how many there were is kept" : "");
    return 0;
}

static int say_retention(struct store *store, struct str *out, struct error *err)
{
    str_puts(out, "Until it is erased on request.");
    int rc = retention_each(store, take_rule, out, err);
    return rc == 0 && out->failed ? error_nomem(err, "access") : rc;
}

int access_collect(struct store *store, int64_t user, struct job *job, struct access_counts *counts, json_t **out,
                   struct error *err)
{
    struct subject_users all;
    char now[40], recipients[256];
    struct str retention;
    str_init(&retention, 8192);
    *counts = (struct access_counts){.histories = 0};
    json_t *histories = json_array();
    int rc = subjects_users(store, user, &all, err);
    rc = rc != 0 ? rc : say_recipients(store, recipients, sizeof recipients, err);
    rc = rc != 0 ? rc : say_retention(store, &retention, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++, counts->histories++)
        rc = job_step(job, "collecting", (double)i, (double)all.n, "identifiers")
                 ? job_error_cancelled(err, "the export")
                 : put_history(store, all.user[i], job, counts, histories, err);
    if (rc != 0) {
        str_release(&retention);
        json_decref(histories);
        return rc;
    }
    *out = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s}", "format", "reckon-access-1", "made",
                     clock_format(clock_now_ms(), now, sizeof now), "histories", histories, "meanings", meanings(),
                     "recipients", recipients, "retention", str_text(&retention),
                     "logic", "Recommendations follow from what you viewed, bought or rated, compared with what others did "
                              "with the same items. No decision with legal effect is made by it.");
    str_release(&retention);
    return *out == NULL ? error_nomem(err, "access") : 0;
}

/* ---- the archive ---------------------------------------------------------------------------------------- */

static void put_csv_value(struct str *out, const json_t *value)
{
    char *text = json_is_string(value) || value == NULL
                     ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (json_is_string(value))
        text_csv_cell(out, json_string_value(value));
    else if (text != NULL)
        text_csv_field(out, text);
    free(text);
}

static void put_csv(struct str *out, const json_t *rows)
{
    json_t *names = json_object(), *row, *value;
    const char *name;
    size_t i;
    bool first = true;
    json_array_foreach (rows, i, row)
        json_object_foreach (row, name, value)
            json_object_set_new(names, name, json_null());
    json_object_foreach (names, name, value) {
        str_printf(out, "%s%s", first ? "" : ",", name);
        first = false;
    }
    str_puts(out, "\r\n");
    json_array_foreach (rows, i, row) {
        first = true;
        json_object_foreach (names, name, value) {
            if (!first)
                str_putc(out, ',');
            first = false;
            put_csv_value(out, json_object_get(row, name));
        }
        str_puts(out, "\r\n");
    }
    json_decref(names);
}

static int put_file(struct archive *archive, const char *name, const char *text, size_t n, struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL)
        return error_nomem(err, "access");
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)n);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_mtime(entry, clock_now_ms() / 1000, 0);
    int rc = archive_write_header(archive, entry) == ARCHIVE_OK && archive_write_data(archive, text, n) == (la_ssize_t)n
                 ? 0
                 : error_set(err, E_IO, "the archive", "%s", archive_error_string(archive));
    archive_entry_free(entry);
    return rc;
}

static int put_tables(struct archive *archive, const json_t *histories, struct error *err)
{
    const json_t *history;
    json_t *rows;
    const char *table;
    size_t i;
    int rc = 0;
    json_array_foreach (histories, i, history)
        json_object_foreach (json_object_get(history, "tables"), table, rows) {
            char name[128];
            struct str text;
            if (rc != 0 || json_array_size(rows) == 0)
                continue;
            snprintf(name, sizeof name, "csv/%zu-%s.csv", i + 1, table);
            str_init(&text, FILE_MAX);
            put_csv(&text, rows);
            rc = text.failed ? error_nomem(err, "access") : put_file(archive, name, str_text(&text), text.len, err);
            str_release(&text);
        }
    return rc;
}

static int put_all(struct archive *archive, const json_t *copy, struct error *err)
{
    struct str page;
    char *text = json_dumps(copy, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    int rc = text == NULL ? error_nomem(err, "access") : put_file(archive, "about.json", text, strlen(text), err);
    free(text);
    str_init(&page, FILE_MAX);
    if (rc == 0)
        rc = access_page(copy, &page) != 0 ? error_nomem(err, "access")
                                           : put_file(archive, "index.html", str_text(&page), page.len, err);
    str_release(&page);
    return rc != 0 ? rc : put_tables(archive, json_object_get(copy, "histories"), err);
}

int access_archive(const json_t *copy, bool zip, int fd, const char *path, struct error *err)
{
    struct archive *archive = archive_write_new();
    if (archive != NULL && zip)
        archive_write_set_format_zip(archive);
    else if (archive != NULL) {
        archive_write_set_format_pax_restricted(archive);
        archive_write_add_filter_gzip(archive);
    }
    int rc = archive == NULL ? error_nomem(err, "access")
             : archive_write_open_fd(archive, fd) != ARCHIVE_OK
                 ? error_set(err, E_IO, path, "%s", archive_error_string(archive))
                 : put_all(archive, copy, err);
    if (rc == 0 && archive_write_close(archive) != ARCHIVE_OK)
        rc = error_set(err, E_IO, path, "%s", archive_error_string(archive));
    archive_write_free(archive);
    return rc;
}

int access_write(const json_t *copy, const char *path, struct error *err)
{
    struct fs_new_file file;
    bool zip = text_ends_with(path, ".zip");
    if (!zip && !text_ends_with(path, ".tar.gz") && !text_ends_with(path, ".tgz"))
        return error_set(err, E_USAGE, "--out", "must end in .zip or .tar.gz: that says what is written");
    int rc = fs_create(&file, path, 0600, err);
    if (rc != 0)
        return rc;
    rc = access_archive(copy, zip, file.fd, path, err);
    if (rc == 0)
        return fs_commit(&file, err);
    fs_abandon(&file);
    return rc;
}
