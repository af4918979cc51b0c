/* privacy scan. */
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "command/commands.h"
#include "privacy/remnants.h"

enum { FILE_MAX = 64 << 20 };

static int add_lines(struct needles *needles, const char *path, struct error *err)
{
    char *text;
    size_t n;
    int rc = fs_read_all(path, FILE_MAX, &text, &n, err);
    if (rc != 0)
        return rc;
    for (const char *p = text; rc == 0 && *p != '\0';) {
        size_t length = strcspn(p, "\r\n");
        rc = needles_add(needles, p, length, true, err);
        p += length + (p[length] != '\0');
    }
    memset(text, 0, n);
    mem_free(text);
    return rc;
}

static int take_needles(struct needles *out, const struct args *args, struct error *err)
{
    int rc = needles_init(out, err);
    for (size_t i = 0; rc == 0 && i < args_count(args, "subject"); i++)
        rc = needles_add(out, args_text_at(args, "subject", i), strlen(args_text_at(args, "subject", i)), true, err);
    if (rc == 0 && args_text(args, "needles") != NULL)
        rc = add_lines(out, args_text(args, "needles"), err);
    if (rc == 0 && out->n == 0) {
        error_set(err, E_USAGE, "privacy scan", "there is nothing to look for");
        rc = error_hint(err, E_USAGE, "--subject IDENTIFIER, or --needles FILE with one a line");
    }
    return rc != 0 ? rc : needles_ready(out, err);
}

static void report(struct app *app, const struct scan_report *r, bool all, struct result *out)
{
    result_add_column(out, "verdict", CELL_TEXT, "",
                      "found; possible: within a longer word or text; coincidence: the digits of a short number where "
                      "they mean something else", -1);
    result_add_column(out, "file", CELL_TEXT, "", "", -1);
    result_add_column(out, "place", CELL_TEXT, "", "", -1);
    result_add_column(out, "where", CELL_TEXT, "", "", -1);
    result_add_column(out, "form", CELL_TEXT, "", "how it is written there", -1);
    result_add_column(out, "n", CELL_INT, "", "", -1);
    result_add_column(out, "page", CELL_INT, "", "of the first", -1);
    result_add_column(out, "offset", CELL_INT, "", "of the first, in the page or file", -1);
    for (size_t i = 0; i < r->n; i++) {
        const struct scan_finding *f = &r->findings[i];
        char where[160];
        if (f->verdict == SCAN_COINCIDENCE && !all)
            continue;
        remnants_where(app->store, f, where, sizeof where);
        result_add_text(out, scan_verdict_name(f->verdict));
        result_add_text(out, f->file);
        result_add_text(out, scan_place_name(f->place));
        result_add_text(out, where[0] != '\0' ? where : NULL);
        result_add_text(out, needle_form_name(f->form));
        result_add_int(out, (int64_t)f->n);
        if (f->page != 0)
            result_add_int(out, (int64_t)f->page);
        else
            result_add_null(out);
        result_add_int(out, (int64_t)f->offset);
    }
    result_fact_text(out, "result", r->found > 0 ? "found" : "clean");
    result_fact_int(out, "found", (int64_t)r->found, "");
    result_fact_int(out, "possible", (int64_t)r->possible, "");
    result_fact_int(out, "coincidences", (int64_t)r->coincidences, "");
    result_fact_int(out, "files", (int64_t)r->files, "");
    result_fact_int(out, "bytes", (int64_t)r->bytes, "");
    result_fact_int(out, "pages", (int64_t)r->pages, "");
}

static void add_lines_as_notes(struct result *out, const char *label, const struct str *text)
{
    for (const char *p = str_text(text); *p != '\0';) {
        size_t n = strcspn(p, "\n");
        result_note(out, "%s %.*s", label, (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static int run_scan(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct needles needles = {0};
    struct scan_report r;
    int rc = take_needles(&needles, args, err);
    rc = rc != 0 ? rc : remnants_scan(&r, app->store, app->workspace, &needles, app->job, err);
    needles_release(&needles);
    if (rc != 0)
        return rc;
    report(app, &r, args_flag(args, "all"), out);
    add_lines_as_notes(out, "Not seen:", &r.unseen);
    add_lines_as_notes(out, "Not on the map:", &r.strange);
    scan_report_release(&r);
    return 0;
}

static const struct command_param scan_params[] = {
    {"subject", PT_TEXT, PF_MANY | PF_USER, NULL, 0, 0, NULL, "an identifier to look for; may be given several times"},
    {"needles", PT_PATH, 0, NULL, 0, 0, NULL, "a file with what to look for, one a line"},
    {"all", PT_FLAG, 0, NULL, 0, 0, NULL, "list coincidences too"},
    {0},
};

const struct command command_privacy_scan = {
    .name = "privacy scan",
    .summary = "search every byte of the workspace for a person, in every written form",
    .description = "As it is and in other case, as UTF-16, with the escapes of JSON and of addresses, in Base64 and "
                   "hexadecimal, and as MD5, SHA-1 and SHA-256. The database is taken apart by pages: rows, gaps "
                   "between cells, free pages, the write-ahead log. Compressed files are opened. It says where, never "
                   "what; and what it could not look at. `reckon-scan` is the same search as a program of its own, "
                   "which knows nothing of reckon's map.",
    .examples = "  reckon privacy scan --subject ann@example.org\n  reckon privacy scan --needles names.txt --json\n",
    .params = scan_params,
    .flags = CF_WORKSPACE | CF_LONG | CF_PRIVATE,
    .run = run_scan,
};
