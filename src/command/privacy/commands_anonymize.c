/* privacy anonymize | publications. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/period_argument.h"
#include "privacy/publication.h"
#include "store/publications.h"

enum { FILES_MAX = 16 };

/* ---- what is asked for ------------------------------------------------------------------------------------- */

struct asked {
    struct publication_request request;
    char **quasi, **sensitive, **keep;
    const char *hierarchies[FILES_MAX];
};

static void asked_release(struct asked *self)
{
    mem_free(self->quasi);
    mem_free(self->sensitive);
    mem_free(self->keep);
}

static int read_model(const struct args *args, struct publication_request *r, struct error *err)
{
    const char *how = args_text(args, "diversity");
    r->model = (struct microdata_model){.k = (uint32_t)args_int(args, "k"), .l = args_real(args, "l"),
                                        .c = args_real(args, "c"),
                                        .t = args_given(args, "t") ? args_real(args, "t") : (double)NAN};
    r->options = (struct mondrian_options){args_flag(args, "relaxed"), args_real(args, "suppress")};
    if (args_given(args, "l"))
        r->model.diversity = strcmp(how, "entropy") == 0     ? DIVERSITY_ENTROPY
                             : strcmp(how, "recursive") == 0 ? DIVERSITY_RECURSIVE
                                                             : DIVERSITY_DISTINCT;
    else if (args_given(args, "diversity") || args_given(args, "c"))
        return error_set(err, E_USAGE, "--l", "is missing: how diverse?");
    return 0;
}

static int read_list(const struct args *args, const char *name, char ***words, size_t *n, struct error *err)
{
    return args_text(args, name) != NULL ? args_list(args, name, words, n, err) : 0;
}

static int read_asked(const struct app *app, const struct args *args, struct asked *out, struct error *err)
{
    struct publication_request *r = &out->request;
    *out = (struct asked){.request = {.set = args_text(args, "data"),
                                      .rows_per_person = (uint32_t)args_int(args, "rows-per-person"),
                                      .population = (double)args_int(args, "population")}};
    int rc = read_list(args, "quasi", &out->quasi, &r->n_quasi, err);
    rc = rc != 0 ? rc : read_list(args, "sensitive", &out->sensitive, &r->n_sensitive, err);
    rc = rc != 0 ? rc : read_list(args, "keep", &out->keep, &r->n_keep, err);
    rc = rc != 0 ? rc : period_argument(app, args, &r->filter, err);
    rc = rc != 0 ? rc : read_model(args, r, err);
    if (rc == 0 && args_count(args, "hierarchy") > FILES_MAX)
        rc = error_set(err, E_USAGE, "--hierarchy", "is given more than %d times", FILES_MAX);
    for (size_t i = 0; rc == 0 && i < args_count(args, "hierarchy"); i++)
        out->hierarchies[r->n_hierarchies++] = args_text_at(args, "hierarchy", i);
    r->quasi = (const char *const *)out->quasi;
    r->sensitive = (const char *const *)out->sensitive;
    r->keep = (const char *const *)out->keep;
    r->hierarchies = out->hierarchies;
    if (rc != 0)
        asked_release(out);
    return rc;
}

/* ---- what is answered --------------------------------------------------------------------------------------- */

static void add_measure(struct result *out, const char *name, double before, double after, const char *meaning)
{
    result_add_text(out, name);
    result_add_real(out, before);
    result_add_real(out, after);
    result_add_text(out, meaning);
}

static void report_risk(struct result *out, const struct publication *p)
{
    const struct risk *b = &p->before, *a = &p->after;
    result_add_column(out, "measure", CELL_TEXT, "", "", -1);
    result_add_column(out, "as_it_is", CELL_REAL, "", "the same columns and rows, not generalised", 4);
    result_add_column(out, "published", CELL_REAL, "", "", 4);
    result_add_column(out, "meaning", CELL_TEXT, "", "", -1);
    add_measure(out, "prosecutor risk", b->prosecutor, a->prosecutor, "somebody known to be in it is found: the "
                "highest chance");
    add_measure(out, "journalist risk", b->journalist, a->journalist, "somebody in the population is: the highest "
                "chance");
    add_measure(out, "marketer risk", b->marketer, a->marketer, "share of people whom an attack on all finds");
    add_measure(out, "alone", b->alone, a->alone, "share of people who are alone in some class");
    add_measure(out, "dominance", b->dominance, a->dominance, "largest share of a class' rows that are one person's");
    add_measure(out, "smallest class", b->smallest, a->smallest, "people");
    add_measure(out, "certainty penalty", 0, p->cost.penalty, "how much of the quasi-identifiers is left open, 0 to 1");
}

static void report_facts(struct result *out, const struct publication *p, const struct publication_request *r)
{
    result_fact_int(out, "rows", (int64_t)p->after.rows, "");
    result_fact_int(out, "people", p->after.people, "");
    result_fact_int(out, "classes", p->n_classes, "");
    result_fact_int(out, "suppressed_rows", p->mondrian.suppressed, "");
    result_fact_int(out, "k", p->worst.people, "people");
    if (p->n_sensitive > 0) {
        result_fact_int(out, "l_distinct", p->worst.values, "");
        result_fact_real(out, "l_entropy", p->worst.entropy, "");
        result_fact_real(out, "t", p->worst.distance, "");
    }
    result_fact_real(out, "discernibility", p->cost.discernibility, "");
    result_fact_real(out, "average_class", p->cost.average_class, "");
    result_fact_int(out, "without_consent", p->without_consent, "left out");
    result_fact_int(out, "restricted", p->restricted, "left out");
    result_fact_int(out, "on_hold", p->on_hold, "left out");
    if (r->rows_per_person > 0)
        result_fact_int(out, "rows_left_out", (int64_t)p->rows_left_out, "");
}

static void add_notes(struct result *out, const struct publication *p, const struct publication_request *r,
                      int64_t earlier)
{
    bool any = r->model.diversity != DIVERSITY_NONE || !isnan(r->model.t);
    if (p->n_sensitive > 0 && !any)
        result_note(out, "k alone does not hide a sensitive value that a whole class shares: --l or --t do.");
    if (p->n_columns > p->n_quasi + p->n_sensitive)
        result_note(out, "Columns that are kept are given as they are: they must be nothing that others know of a "
                    "person.");
    if (p->after.dominance > 0.5)
        result_note(out, "In some class more than half of the rows are one person's: --rows-per-person limits that.");
    if (earlier > 0)
        result_note(out, "%" PRId64 " data %s published of the same before: whoever has both can compare them, and k "
                    "does not hold for the two together.", earlier, earlier == 1 ? "set was" : "sets were");
}

/* ---- the files ----------------------------------------------------------------------------------------------- */

static int write_report(const struct args *args, const struct publication *p, const struct publication_request *r,
                        const char *sha256, int64_t earlier, char path[FS_PATH_MAX], struct error *err)
{
    if (args_text(args, "report") != NULL)
        snprintf(path, FS_PATH_MAX, "%s", args_text(args, "report"));
    else
        snprintf(path, FS_PATH_MAX, "%.*s.report.json", FS_PATH_MAX - 32, args_text(args, "out"));
    json_t *report = publication_report(p, r);
    json_object_set_new(report, "sha256", json_string(sha256));
    json_object_set_new(report, "published_before", json_integer(earlier));
    char *text = report != NULL ? json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    int rc = text == NULL ? error_nomem(err, "the report") : fs_write_all(path, text, strlen(text), 0600, err);
    free(text);
    json_decref(report);
    return rc;
}

/* Where the file will be, as an absolute path; mem_free. */
static char *place_of(const struct fs_new_file *file)
{
    char path[FS_PATH_MAX], *real = NULL;
    char *dir = realpath(file->temp, NULL), *slash = dir != NULL ? strrchr(dir, '/') : NULL;
    const char *name = strrchr(file->path, '/');
    if (slash != NULL) {
        slash[1] = '\0';
        if (fs_join(path, sizeof path, dir, name != NULL ? name + 1 : file->path) == 0)
            real = mem_strdup(path);
    }
    free(dir);
    return real;
}

static int keep_record(struct app *app, const struct fs_new_file *file, const struct publication *p,
                       const struct publication_request *r, const char *sha256, int64_t *number, struct error *err)
{
    char *place = place_of(file);
    struct publication_record record = {.at = clock_now_ms(), .data_set = r->set, .sha256 = sha256,
                                        .place = place != NULL ? place : file->path,
                                        .rows = (int64_t)p->after.rows, .people = p->after.people,
                                        .k = p->worst.people};
    int rc = store_begin(app->store, err);
    rc = rc != 0 ? rc : publications_add(app->store, &record, err);
    rc = audited_end(app, "data set published",
                     json_pack("{s:I, s:s, s:I, s:I, s:s}", "publication", (json_int_t)record.publication, "data_set",
                               r->set, "people", (json_int_t)record.people, "k", (json_int_t)record.k, "sha256",
                               sha256), rc, err);
    mem_free(place);
    *number = record.publication;
    return rc;
}

/* That it left is written down before it is in its place: killed in between, there is a record too many and never a
 * file that nobody knows of. */
static int publish(struct app *app, const struct args *args, const struct publication *p,
                   const struct publication_request *r, int64_t earlier, struct result *out, struct error *err)
{
    char sha256[65], report[FS_PATH_MAX];
    struct fs_new_file file;
    int64_t number = 0;
    int rc = publication_write(p, args_text(args, "out"), &file, sha256, app->job, err);
    if (rc != 0)
        return rc;
    rc = write_report(args, p, r, sha256, earlier, report, err);
    rc = rc != 0 ? rc : keep_record(app, &file, p, r, sha256, &number, err);
    rc = rc != 0 ? rc : fs_commit(&file, err);
    if (rc != 0) {
        fs_abandon(&file);
        return rc;
    }
    result_fact_int(out, "publication", number, "");
    result_fact_text(out, "written", args_text(args, "out"));
    result_fact_text(out, "report", report);
    return 0;
}

static int run_anonymize(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct asked asked;
    struct publication p = {0};
    int64_t earlier = 0;
    bool dry = args_flag(args, "dry-run");
    if (!dry && args_text(args, "out") == NULL)
        return error_set(err, E_USAGE, "--out", "is missing: where to, as .csv or .jsonl? Or --dry-run");
    if (!dry && args_text(args, "report") != NULL && strcmp(args_text(args, "report"), args_text(args, "out")) == 0)
        return error_set(err, E_USAGE, "--report", "is the same file as --out");
    int rc = read_asked(app, args, &asked, err);
    if (rc != 0)
        return rc;
    rc = publications_count(app->store, asked.request.set, &earlier, err);
    rc = rc != 0 ? rc : publication_make(&p, app->store, &asked.request, app->job, err);
    rc = rc != 0 || dry ? rc : publish(app, args, &p, &asked.request, earlier, out, err);
    if (rc == 0) {
        report_facts(out, &p, &asked.request);
        report_risk(out, &p);
        add_notes(out, &p, &asked.request, earlier);
    }
    publication_release(&p);
    asked_release(&asked);
    return rc;
}

static const struct command_param anonymize_params[] = {
    {"data", PT_CHOICE, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, "events|users|profiles",
     "what of: what people did; people; people and items, a row for each pair"},
    {"quasi", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "columns that others may know too, as NAME, or NAME:10 (steps), "
     "NAME:month (day, quarter, year)"},
    {"sensitive", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "columns that nobody shall find out of a person"},
    {"keep", PT_TEXT, PF_LIST, NULL, 0, 0, NULL, "columns that are neither, given as they are; all others are dropped"},
    {"k", PT_INT, 0, "10", 2, 1e9, NULL, "people that look the same, at least"},
    {"l", PT_REAL, 0, NULL, 1, 1e9, NULL, "how diverse the sensitive values of a class are, at least"},
    {"diversity", PT_CHOICE, 0, "distinct", 0, 0, "distinct|entropy|recursive", "what l means"},
    {"c", PT_REAL, 0, "3", 0, 1e9, NULL, "of recursive diversity: r1 < c (rl + ... + rm)"},
    {"t", PT_REAL, 0, NULL, 0, 1, NULL, "how far the sensitive values of a class are from those of all, at most"},
    {"hierarchy", PT_PATH, PF_MANY, NULL, 0, 0, NULL, "CSV of what belongs together: a column's value, then its "
     "groups, small to large"},
    {"relaxed", PT_FLAG, 0, NULL, 0, 0, NULL, "ranges of classes may overlap, which leaves less open"},
    {"suppress", PT_REAL, 0, "0", 0, 0.999, NULL, "share of rows that may be left out for the sake of the others"},
    {"rows-per-person", PT_INT, 0, "0", 0, 1e9, NULL, "at most so many, at random; 0: all"},
    PERIOD_PARAMS,
    {"population", PT_INT, 0, "0", 0, 9e15, NULL, "people whom the data are a sample of, for the journalist's risk"},
    {"out", PT_PATH, 0, NULL, 0, 0, NULL, "the file: .csv or .jsonl"},
    {"report", PT_PATH, 0, NULL, 0, 0, NULL, "what is said of it, as JSON; default: beside the file"},
    {"dry-run", PT_FLAG, 0, NULL, 0, 0, NULL, "only measure"},
    {0},
};

const struct command command_privacy_anonymize = {
    .name = "privacy anonymize",
    .summary = "publish a data set in which nobody can be told from k others",
    .description = "Quasi-identifiers become ranges and sets until rows look the same in classes of at least k people "
                   "(k counts people, not rows, and linked identifiers are one person); l and t bound what a class "
                   "gives away of sensitive values. Identifiers never leave; columns that are not named are dropped. "
                   "Who does not allow analytics or sale, whose processing is restricted, or on whom a legal hold is, "
                   "is not in it. Before anything is written, the result is checked by what will be seen. It says what "
                   "risk is left and what it cost.",
    .examples = "  reckon privacy anonymize users --quasi age:5,country --sensitive events --k 10 --out people.csv\n"
                "  reckon privacy anonymize events --quasi time:month,user.country --sensitive item --k 20 --l 5 \\\n"
                "      --suppress 0.02 --out events.jsonl\n"
                "  reckon privacy anonymize users --quasi age,country --hierarchy countries.csv --t 0.2 --sensitive "
                "spent --dry-run\n",
    .params = anonymize_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_anonymize,
};

/* ---- publications --------------------------------------------------------------------------------------------- */

static int add_publication(void *context, const struct publication_record *r)
{
    struct result *out = context;
    result_add_int(out, r->publication);
    result_add_time(out, r->at);
    result_add_text(out, r->data_set);
    result_add_int(out, r->people);
    result_add_int(out, r->rows);
    result_add_int(out, r->k);
    result_add_text(out, r->place);
    result_add_bool(out, fs_exists(r->place));
    result_add_text(out, r->sha256);
    return 0;
}

static int run_publications(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)args;
    result_add_column(out, "publication", CELL_INT, "", "", -1);
    result_add_column(out, "at", CELL_TIME, "", "", -1);
    result_add_column(out, "data", CELL_TEXT, "", "", -1);
    result_add_column(out, "people", CELL_INT, "", "", -1);
    result_add_column(out, "rows", CELL_INT, "", "", -1);
    result_add_column(out, "k", CELL_INT, "", "people in the smallest class", -1);
    result_add_column(out, "file", CELL_TEXT, "", "where it was written to", -1);
    result_add_column(out, "there", CELL_BOOL, "", "there is a file of that name now", -1);
    result_add_column(out, "sha256", CELL_TEXT, "", "", -1);
    return publications_each(app->store, add_publication, out, err);
}

const struct command command_privacy_publications = {
    .name = "privacy publications",
    .summary = "list the anonymised data sets that were published",
    .description = "The newest first. An erasure does not reach what was handed out; its certificate names those that "
                   "were made before.",
    .examples = "  reckon privacy publications\n",
    .flags = CF_WORKSPACE,
    .run = run_publications,
};
