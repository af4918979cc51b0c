/* quarantine list | retry | drop: the rows that imports could not take. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/data/import_options.h"
#include "command/data/listing.h"
#include "ingest/quarantine.h"
#include "store/imports.h"

enum { RAW_SHOWN = 120 };

struct listing {
    struct result *out;
    int64_t limit, shown;
    bool full; /* show the whole raw text */
};

static void add_raw(struct listing *l, const char *raw, size_t raw_n)
{
    struct str shown;
    size_t n = raw_n;
    if (!l->full && n > RAW_SHOWN)
        for (n = RAW_SHOWN; n > 0 && ((unsigned char)raw[n] & 0xC0) == 0x80;)
            n--;
    str_init(&shown, 8 * raw_n + 16);
    text_terminal_safe(&shown, raw, n);
    if (n < raw_n)
        str_puts(&shown, "\xE2\x80\xA6");
    result_add_text(l->out, str_text(&shown));
    str_release(&shown);
}

static int show_entry(void *context, const struct quarantine_row *row)
{
    struct listing *l = context;
    if (l->shown == l->limit)
        return 1;
    l->shown++;
    result_add_int(l->out, row->entry);
    result_add_int(l->out, row->import);
    result_add_text(l->out, row->file);
    result_add_int(l->out, row->line);
    result_add_text(l->out, row->field);
    result_add_text(l->out, row->reason);
    add_raw(l, row->raw, row->raw_n);
    return 0;
}

/* The columns of the view in its order; the row is the last one. */
static int take_entry(void *context, const struct browse_value *values, const struct browse_key *key)
{
    struct listing *l = context;
    (void)key;
    if (l->shown == l->limit)
        return 1;
    l->shown++;
    for (size_t i = 0; i + 1 < l->out->n_columns; i++)
        listing_add_value(l->out, &values[i]);
    const struct browse_value *raw = &values[l->out->n_columns - 1];
    add_raw(l, raw->type == BROWSE_TEXT ? raw->text : "", raw->type == BROWSE_TEXT ? strlen(raw->text) : 0);
    return 0;
}

/* Filtered or sorted: as the other lists are. */
static int list_fitting(struct app *app, const struct args *args, struct listing *l, struct error *err)
{
    struct browse *browse = NULL;
    struct str where;
    str_init(&where, BROWSE_WHERE_MAX);
    if (args_given(args, "import"))
        str_printf(&where, "import=%lld ", (long long)args_int(args, "import"));
    if (args_text(args, "where") != NULL)
        str_puts(&where, args_text(args, "where"));
    struct browse_query query = {.where = str_text(&where),
                                 .sort = args_text(args, "sort"),
                                 .descending = args_flag(args, "descending")};
    int rc = where.failed ? error_set(err, E_USAGE, "--where", "the filter is too long") : 0;
    if (rc == 0)
        rc = browse_open(&browse, app->store, "quarantine", err);
    if (rc == 0)
        rc = browse_page(app->store, browse, &query, NULL, false, (size_t)l->limit + 1, take_entry, l, app->job, err);
    browse_free(browse);
    str_release(&where);
    return rc;
}

static int run_list(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t total;
    struct listing l = {.out = out, .limit = args_int(args, "n"), .full = args_flag(args, "full")};
    int rc = quarantine_count(app->store, &total, err);
    if (rc != 0)
        return rc;
    result_add_column(out, "entry", CELL_INT, "", "", 0);
    result_add_column(out, "import", CELL_INT, "", "", 0);
    result_add_column(out, "file", CELL_TEXT, "", "", 0);
    result_add_column(out, "line", CELL_INT, "", "", 0);
    result_add_column(out, "field", CELL_TEXT, "", "", 0);
    result_add_column(out, "reason", CELL_TEXT, "", "", 0);
    result_add_column(out, "row", CELL_TEXT, "", "", 0);
    bool fitting = args_given(args, "where") || args_given(args, "sort");
    rc = fitting ? list_fitting(app, args, &l, err)
                 : quarantine_each(app->store, args_int(args, "import"), show_entry, &l, err);
    if (rc < 0)
        return rc;
    result_fact_int(out, "in_quarantine", total, "rows");
    if (rc == 1)
        result_note(out, "There are more; --n %lld shows twice as many.", (long long)l.limit * 2);
    if (total > 0)
        result_note(out, "Next: reckon quarantine retry --map FIELD=COLUMN (or --encoding, --time-format, …) reads them "
                         "again; reckon quarantine drop ENTRY… removes them.");
    return 0;
}

static const struct command_param list_params[] = {
    {"n", PT_INT, 0, "20", 1, 1e9, NULL, "how many to show"},
    {"import", PT_INT, 0, NULL, 1, 1e15, NULL, "only of this import"},
    {"where", PT_TEXT, 0, NULL, 0, 0, NULL, "terms that must all hold, as in events list: line>100 reason~time"},
    {"sort", PT_TEXT, 0, NULL, 0, 0, NULL, "column to sort by"},
    {"descending", PT_FLAG, 0, NULL, 0, 0, NULL, "the largest first"},
    {"full", PT_FLAG, 0, NULL, 0, 0, NULL, "show the whole row, not only its beginning"},
    {0},
};

const struct command command_quarantine_list = {
    .name = "quarantine list",
    .summary = "show the rows that imports could not take, and why",
    .description = "Each bad row is kept with its file, line, the field that is wrong, the reason and its raw text.",
    .examples = "  reckon quarantine list --n 5\n  reckon quarantine list --where 'reason~time' --sort line\n",
    .params = list_params,
    .flags = CF_WORKSPACE,
    .run = run_list,
};

static int correct(const void *context, struct spec *spec, struct error *err)
{
    return import_options_apply(context, spec, err);
}

static int run_retry(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct quarantine_report *report = mem_alloc(1, sizeof *report);
    struct spec *none = spec_new(SPEC_EVENTS);
    struct quarantine_options options = {.import = args_int(args, "import"),
                                         .correct = correct,
                                         .context = args,
                                         .loader = {.now = clock_now_ms()}};
    int rc = report != NULL && none != NULL ? 0 : error_nomem(err, "quarantine");
    if (rc == 0)
        rc = quarantine_retry(app->store, &options, report, app->job, err);
    if (rc == 0) {
        import_options_report(&report->import, none, out);
        result_fact_int(out, "left_out", (int64_t)report->import.cleaned, "rows");
        if (report->retried == 0)
            result_note(out, "There was nothing in quarantine.");
        else if (report->import.bad > 0)
            result_note(out, "Rows that are still bad stay: `reckon quarantine list`.");
    }
    spec_free(none);
    mem_free(report);
    return rc;
}

static const struct command_param retry_params[] = {
    {"import", PT_INT, 0, NULL, 1, 1e15, NULL, "only the rows of this import"},
    {"map", PT_SETTING, PF_MANY, NULL, 0, 0, NULL, "field=column, over the mapping of the import"},
    {"kind", PT_TEXT, 0, NULL, 0, 0, NULL, "kind of the events that state none"},
    IMPORT_FORM_PARAMS,
    {0},
};

const struct command command_quarantine_retry = {
    .name = "quarantine retry",
    .summary = "read the rows in quarantine again, under a corrected mapping",
    .description = "Every row is read with the mapping of its import and the corrections given here. What is good "
                   "now is imported and leaves quarantine; what is still bad stays. It can be run as often as it takes.",
    .examples = "  reckon quarantine retry --encoding ISO-8859-1\n"
                "  reckon quarantine retry --time-format '%d/%m/%Y %H:%M'\n",
    .params = retry_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_retry,
};

static int drop_entries(struct app *app, const struct args *args, int64_t *dropped, struct error *err)
{
    size_t n = args_count(args, "entry");
    for (size_t i = 0; i < n; i++) {
        const char *text = args_text_at(args, "entry", i);
        int64_t entry;
        if (!text_to_int64(text, strlen(text), &entry))
            return error_set(err, E_USAGE, "ENTRY", "'%s' is no entry's number", text);
        int rc = quarantine_drop(app->store, entry, err);
        if (rc != 0)
            return rc;
    }
    *dropped = (int64_t)n;
    return 0;
}

static int run_drop(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    int64_t dropped = 0;
    bool all = args_flag(args, "all") || args_given(args, "import");
    if (all == (args_count(args, "entry") > 0)) {
        error_set(err, E_USAGE, "quarantine drop", "say either which entries, or --import N, or --all");
        return error_hint(err, E_USAGE, "`reckon quarantine list` shows the entries");
    }
    int rc = store_begin(app->store, err);
    if (rc == 0)
        rc = all ? quarantine_drop_all(app->store, args_int(args, "import"), &dropped, err)
                 : drop_entries(app, args, &dropped, err);
    rc = store_end(app->store, rc, err);
    if (rc != 0)
        return rc;
    result_fact_int(out, "dropped", dropped, "rows");
    return 0;
}

static const struct command_param drop_params[] = {
    {"entry", PT_TEXT, PF_POSITIONAL | PF_MANY, NULL, 0, 0, NULL, "entries to remove"},
    {"import", PT_INT, 0, NULL, 1, 1e15, NULL, "all of this import"},
    {"all", PT_FLAG, 0, NULL, 0, 0, NULL, "all there are"},
    {0},
};

const struct command command_quarantine_drop = {
    .name = "quarantine drop",
    .summary = "remove rows from quarantine for good",
    .description = "",
    .examples = "  reckon quarantine drop 17 18 --yes\n  reckon quarantine drop --all --yes\n",
    .params = drop_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_DESTRUCTIVE,
    .run = run_drop,
};
