/* import events | items | users, import presets. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/settings.h"
#include "command/commands.h"
#include "command/data/import_options.h"
#include "ingest/preset.h"

static int max_bad_share(const struct app *app, const struct args *args, double *share, struct error *err)
{
    struct settings settings;
    if (args_given(args, "max-bad")) {
        *share = args_real(args, "max-bad");
        return 0;
    }
    int rc = app_settings(app, &settings, err);
    if (rc == 0)
        *share = settings_real(&settings, SETTING_ID_MAX_BAD);
    return rc;
}

static void add_notes(const struct import_report *r, enum spec_entity entity, struct result *out)
{
    if (r->rows == 0)
        result_note(out, "There were no rows: only a header, or nothing but empty lines.");
    if (r->bad > 0)
        result_note(out, "%llu bad row%s set aside: `reckon quarantine list` shows %s, `reckon quarantine retry` reads "
                    "%s again under a corrected mapping.", (unsigned long long)r->bad, r->bad == 1 ? " was" : "s were",
                    r->bad == 1 ? "it" : "them", r->bad == 1 ? "it" : "them");
    if (entity == SPEC_EVENTS && r->stored.events_added == 0 && r->stored.events_present > 0)
        result_note(out, "Nothing was new: all of it had been imported before.");
    else if (entity == SPEC_EVENTS && r->stored.events_added > 0)
        result_note(out, "Next: reckon compare --models popular,knn,ease,ials,blend");
    else if (entity != SPEC_EVENTS)
        result_note(out, "Next: reckon recommend --user USER --n 10");
}

static int run_import(struct app *app, const struct args *args, enum spec_entity entity, struct result *out,
                      struct error *err)
{
    struct import_report *report = mem_alloc(1, sizeof *report);
    struct spec *spec = NULL;
    struct import_options options = {.loader = {.now = clock_now_ms()}};
    size_t n = args_count(args, "file");
    const char **paths = mem_alloc(n, sizeof *paths);
    int rc = report != NULL && paths != NULL ? 0 : error_nomem(err, "the import");
    if (rc == 0)
        rc = import_options_spec(args, entity, &spec, err);
    if (rc == 0 && args_given(args, "unmapped"))
        rc = spec_set(spec, "unmapped", args_text(args, "unmapped"), err);
    if (rc == 0)
        rc = max_bad_share(app, args, &options.max_bad, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        paths[i] = args_text_at(args, "file", i);
    if (rc == 0) {
        options.spec = spec;
        options.paths = paths;
        options.n_paths = n;
        rc = import_run(app->store, &options, report, app->job, err);
        if (rc == 0 || report->refused)
            import_options_report(report, spec, out);
        if (rc == 0)
            add_notes(report, entity, out);
    }
    spec_free(spec);
    mem_free(paths);
    mem_free(report);
    return rc;
}

static int run_events(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_import(app, args, SPEC_EVENTS, out, err);
}

static int run_items(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_import(app, args, SPEC_ITEMS, out, err);
}

static int run_users(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_import(app, args, SPEC_USERS, out, err);
}

static const struct command_param import_params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED | PF_MANY, NULL, 0, 0, NULL,
     "CSV or JSON Lines, plain or compressed; - is standard input"},
    IMPORT_MAP_PARAMS,
    IMPORT_FORM_PARAMS,
    {"unmapped", PT_CHOICE, 0, NULL, 0, 0, "keep|drop",
     "what becomes of other columns: attributes, or nothing (events: drop, items and users: keep)"},
    {"max-bad", PT_REAL, 0, NULL, 0, 1, NULL,
     "share of bad rows at which nothing is imported (the setting import.max-bad: 0.01)"},
    {0},
};

#define COMMON                                                                                                       \
    "Files are CSV (any delimiter, quotes, encodings), JSON Lines, or sequence files, plain or compressed with xz, "  \
    "gzip, bzip2, zstd or lz4. A preset or --map says which column is which field; a column that has exactly a "      \
    "field's name needs no mapping, and `reckon import --guess FILE` proposes one.\n\n"                               \
    "Every row is checked before anything is stored. Bad rows are set aside (`reckon quarantine list`); if more "     \
    "than --max-bad of all rows are bad, nothing is stored and the exit status is 5. Importing the same thing again " \
    "changes nothing, and an import that was interrupted is completed by running it again."

const struct command command_import_events = {
    .name = "import events",
    .summary = "import what people did: views, clicks, purchases, ratings",
    .description = COMMON "\n\n"
                   "Fields: user, item, time (these are needed), kind, quantity, price, rating, dwell, session, "
                   "channel, device, referrer, position, id (the source's own identifier of the event), title (of the item); "
                   "attr.NAME is an attribute of the event, item.NAME of its item, user.NAME of its user. "
                   "A type may follow: item.price:number (number, text, boolean, list).",
    .examples = "  reckon import events --preset online-retail samples/online-retail.csv.xz\n"
                "  reckon import events --map user=uid --map item=sku --map time=ts --kind purchase sales.csv\n"
                "  zcat clicks.jsonl.gz | reckon import events -\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_events,
};

const struct command command_import_items = {
    .name = "import items",
    .summary = "import products: titles and attributes",
    .description = COMMON "\n\n"
                   "Fields: item (needed), title, and attr.NAME. Other columns become attributes under their own "
                   "names; their type (number, text, boolean, list) is found from all of their values unless it is "
                   "given, as in attr.tags:list=tags. An attribute keeps its first type.",
    .examples = "  reckon import items --preset movielens-100k-items u.item\n"
                "  reckon import items --map item=sku --map title=name products.csv\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_items,
};

const struct command command_import_users = {
    .name = "import users",
    .summary = "import people: their attributes",
    .description = COMMON "\n\n"
                   "Fields: user (needed) and attr.NAME. Other columns become attributes, as with items.",
    .examples = "  reckon import users --preset movielens-100k-users u.user\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_users,
};

static int run_presets(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    const char *name = args_text(args, "name");
    if (name != NULL) {
        const char *text = preset_text(name);
        if (text == NULL) {
            error_set(err, E_NOT_FOUND, name, "there is no such preset");
            return error_hint(err, E_NOT_FOUND, "`reckon import presets` lists them");
        }
        result_set_document(out, text);
        return 0;
    }
    result_add_column(out, "preset", CELL_TEXT, "", "", 0);
    result_add_column(out, "for", CELL_TEXT, "", "", 0);
    result_add_column(out, "about", CELL_TEXT, "", "", 0);
    for (const struct preset *p = presets; p->name != NULL; p++) {
        char entity[16], about[SPEC_CONDITION_MAX];
        preset_describe(p, entity, about);
        result_add_text(out, p->name);
        result_add_text(out, entity);
        result_add_text(out, about);
    }
    result_note(out, "A preset of your own is a file in the same form: reckon import presets online-retail >mine.toml, "
                     "change it, then --preset ./mine.toml");
    return 0;
}

static const struct command_param presets_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL, NULL, 0, 0, NULL, "the preset whose text to show"},
    {0},
};

const struct command command_import_presets = {
    .name = "import presets",
    .summary = "list the presets for known data sets, or show one",
    .description = "",
    .examples = "  reckon import presets online-retail\n",
    .params = presets_params,
    .run = run_presets,
};
