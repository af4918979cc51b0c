/* experiment import | report. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/commands.h"
#include "command/experiment/experiment_report.h"
#include "command/render_document.h"
#include "command/result_json.h"
#include "experiment/findings.h"
#include "experiment/together.h"
#include "ingest/reader.h"
#include "store/users.h"

/* Exposures from a file. */

struct places {
    long user, arm, time, end, propensity; /* end: checked, and not used */
};

struct taken {
    uint64_t added, present, erased;
    uint64_t strangers;  /* users whom the store did not know */
    char stranger[300];  /* the first of them */
};

static int find_places(const struct reader *reader, const char *file, struct places *out, struct error *err)
{
    const struct columns *c = reader_columns(reader);
    *out = (struct places){columns_find(c, "user", 4), columns_find(c, "variant", 7), columns_find(c, "time", 4),
                           columns_find(c, "end", 3), columns_find(c, "propensity", 10)};
    if (out->arm < 0)
        out->arm = columns_find(c, "arm", 3);
    if (out->user >= 0 && out->arm >= 0 && out->time >= 0)
        return 0;
    error_set(err, E_BAD_DATA, file, "lacks the column %s", out->user < 0 ? "user" : out->arm < 0 ? "variant" : "time");
    return error_hint(err, E_BAD_DATA, "its header must name user, variant and time; propensity may be there too");
}

static const char *text_at(const struct row *row, long place, char *out, size_t size)
{
    out[0] = '\0';
    if (place >= 0 && (size_t)place < row->n_fields && row->fields[place].text != NULL && row->fields[place].n < size) {
        memcpy(out, row->fields[place].text, row->fields[place].n);
        out[row->fields[place].n] = '\0';
    }
    return out;
}

static int bad_row(const char *file, const struct row *row, const char *field, const char *text, struct error *err)
{
    char what[160];
    snprintf(what, sizeof what, "%.100s:%llu: %s", file, (unsigned long long)row->line, field);
    if (row->problem != NULL)
        error_set(err, E_BAD_DATA, what, "%s", row->problem);
    else if (text[0] == '\0')
        error_set(err, E_BAD_DATA, what, "is missing");
    else
        error_set(err, E_BAD_DATA, what, "'%.80s' cannot be there", text);
    return error_hint(err, E_BAD_DATA, "nothing of the file was stored");
}

static int add_exposure(struct store *store, int64_t experiment, const struct design *d, const char *file,
                        const struct row *row, const struct places *at, struct taken *taken, struct error *err)
{
    char user[300], arm[64], time[64], share[64], *end;
    struct exposure e = {.experiment = experiment};
    bool added = false, stranger = false;
    int64_t end_of = INT64_MAX;
    int variant = row->problem != NULL ? -1 : design_arm_find(d, text_at(row, at->arm, arm, sizeof arm));
    if (variant < 0)
        return bad_row(file, row, "variant", arm, err);
    text_at(row, at->user, user, sizeof user);
    if (user[0] == '\0')
        return bad_row(file, row, "user", user, err);
    text_at(row, at->time, time, sizeof time);
    if (!clock_parse(time, strlen(time), &e.time))
        return bad_row(file, row, "time", time, err);
    text_at(row, at->end, time, sizeof time);
    if (time[0] != '\0' && !clock_parse(time, strlen(time), &end_of))
        return bad_row(file, row, "end", time, err);
    if (end_of < e.time)
        return bad_row(file, row, "end: before the exposure's time", time, err);
    text_at(row, at->propensity, share, sizeof share);
    e.variant = (uint32_t)variant;
    e.propensity = share[0] != '\0' ? strtod(share, &end) : d->arms[variant].weight / 10000.0;
    if (!(e.propensity > 0 && e.propensity <= 1))
        return bad_row(file, row, "propensity", share, err);
    int rc = users_intern(store, user, strlen(user), &e.user, &stranger, err);
    if (rc == E_REFUSED) { /* erased: left out */
        taken->erased++;
        return 0;
    }
    if (rc == 0)
        rc = exposures_add(store, &e, &added, err);
    if (stranger && taken->strangers++ == 0)
        memcpy(taken->stranger, user, sizeof taken->stranger);
    taken->added += added;
    taken->present += !added;
    return rc;
}

static int import_rows(struct app *app, const struct args *args, const struct experiment_record *r,
                       const struct design *d, struct taken *taken, struct error *err)
{
    const char *file = args_text(args, "file");
    struct reader_options options = {.name = NULL};
    struct reader *reader;
    struct places at;
    struct row row;
    double n = 0;
    int rc = reader_open(&reader, file, &options, err);
    if (rc != 0)
        return rc;
    rc = find_places(reader, file, &at, err);
    if (rc == 0)
        rc = store_begin(app->store, err);
    while (rc == 0 && (rc = reader_next(reader, &row, err)) == 1) {
        rc = add_exposure(app->store, r->experiment, d, file, &row, &at, taken, err);
        if (fmod(++n, 1024) == 0 && rc == 0 && job_step(app->job, "exposures", n, 0, "rows"))
            rc = job_error_cancelled(err, "experiment import");
    }
    rc = store_end(app->store, rc, err);
    reader_free(reader);
    return rc;
}

static int run_import(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    struct taken taken = {.added = 0};
    if (d == NULL)
        return error_nomem(err, "experiment import");
    int rc = experiments_find(app->store, args_text(args, "name"), &r, err);
    if (rc == 0)
        rc = design_read(d, r.design, r.name, err);
    if (rc == 0 && r.state == EXPERIMENT_DRAFT) {
        rc = error_set(err, E_CONFLICT, r.name, "has not begun: exposures belong to a design that is fixed");
        rc = error_hint(err, rc, "reckon experiment start %s", r.name);
    }
    if (rc == 0)
        rc = import_rows(app, args, &r, d, &taken, err);
    if (rc == 0) {
        result_fact_int(out, "added", (int64_t)taken.added, "exposures");
        result_fact_int(out, "present", (int64_t)taken.present, "exposures");
        result_fact_int(out, "left out", (int64_t)taken.erased, "of people who were erased");
        result_fact_int(out, "new", (int64_t)taken.strangers, "users whom the shop did not know");
        if (taken.strangers > (taken.added + taken.present) / 2)
            result_note(out, "Most of these users have done nothing in the shop, %s for one: are they written as in its "
                             "events? A report would find all of them alike.", taken.stranger);
        result_note(out, "Next: reckon experiment report %s", r.name);
    }
    experiment_record_release(&r);
    mem_free(d);
    return rc;
}

static const struct command_param import_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"},
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL,
     "CSV or JSON Lines with user, variant and time; an end is checked"},
    {0},
};

const struct command command_experiment_import = {
    .name = "experiment import",
    .summary = "take in who saw which arm when, from a file",
    .description = "For tests whose users another system assigned. The first exposure of a user to an arm counts; "
                   "importing a file again changes nothing. A row that cannot be read refuses the whole file.",
    .examples = "  reckon experiment import checkout exposures.csv\n",
    .params = import_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_import,
};

/* The report. */

static void add_value(struct result *out, bool known, double value)
{
    if (known)
        result_add_real(out, value);
    else
        result_add_null(out);
}

static const char *judgement(const struct reading *r, const struct reading_line *line, const struct design *d)
{
    if (r->verdict == READING_BROKEN)
        return "not to be read";
    if (!line->known)
        return line->why;
    if (d->metrics[line->metric].role == DESIGN_GUARDRAIL)
        return line->significant ? "hurt" : line->passed ? "passed" : "not cleared yet";
    if (!line->significant)
        return "no difference shown";
    return (line->effect > 0) != d->metrics[line->metric].metric.down ? "better" : "worse";
}

static void add_lines(struct result *out, const struct reading *r, const struct design *d)
{
    static const char *const roles[] = {"primary", "secondary", "guardrail"};
    result_add_column(out, "metric", CELL_TEXT, "", "", 0);
    result_add_column(out, "role", CELL_TEXT, "", "", 0);
    result_add_column(out, "arm", CELL_TEXT, "", "against control", 0);
    result_add_column(out, "control", CELL_REAL, "", "", -1);
    result_add_column(out, "treatment", CELL_REAL, "", "", -1);
    result_add_column(out, "lift", CELL_REAL, "%", "relative to control", 2);
    result_add_column(out, "low", CELL_REAL, "%", "the interval of the lift, at the level of the design", 2);
    result_add_column(out, "high", CELL_REAL, "%", "", 2);
    result_add_column(out, "p", CELL_REAL, "", "", -1);
    result_add_column(out, "adjusted", CELL_REAL, "", "p corrected for the number of arms and metrics, comparable with alpha", -1);
    result_add_column(out, "corrected", CELL_REAL, "%", "the lift given that it was found: what is picked because it is "
                      "large is likely too large", 2);
    result_add_column(out, "best", CELL_REAL, "", "probability that the arm is better than control, with a flat prior",
                      4);
    result_add_column(out, "loss", CELL_REAL, "%", "expected relative loss of choosing the arm", 3);
    result_add_column(out, "left", CELL_REAL, "", "share of the variance that variance reduction leaves", 3);
    result_add_column(out, "test", CELL_TEXT, "", "", 0);
    result_add_column(out, "says", CELL_TEXT, "", "", 0);
    for (size_t i = 0; i < r->n_lines; i++) {
        const struct reading_line *line = &r->lines[i];
        bool known = line->known && r->verdict != READING_BROKEN;
        result_add_text(out, d->metrics[line->metric].metric.name);
        result_add_text(out, roles[d->metrics[line->metric].role]);
        result_add_text(out, d->arms[line->arm].name);
        add_value(out, known, line->control);
        add_value(out, known, line->treatment);
        add_value(out, known && line->bounded, 100 * line->lift);
        add_value(out, known && line->bounded, 100 * line->low);
        add_value(out, known && line->bounded, 100 * line->high);
        add_value(out, known, line->p);
        add_value(out, known, line->adjusted);
        add_value(out, known && line->is_corrected, 100 * line->corrected);
        add_value(out, known, line->best);
        add_value(out, known, 100 * line->loss);
        add_value(out, known, line->variance_left);
        result_add_text(out, line->test);
        result_add_text(out, judgement(r, line, d));
    }
}

/* The interval plot: three points for each line. */
static void add_intervals(struct result *out, const struct reading *r, const struct design *d)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        const struct reading_line *line = &r->lines[i];
        char name[METRIC_NAME_MAX + EXPERIMENT_NAME_MAX + 4];
        if (!line->known || !line->bounded || r->verdict == READING_BROKEN)
            continue;
        snprintf(name, sizeof name, "%s: %s", d->metrics[line->metric].metric.name, d->arms[line->arm].name);
        result_begin_series(out, name, "lift %", "metric");
        result_add_point(out, 100 * line->low, (double)i);
        result_add_point(out, 100 * line->lift, (double)i);
        result_add_point(out, 100 * line->high, (double)i);
    }
}

static void add_counts(struct result *out, const struct reading *r, const struct collected *c, const struct design *d)
{
    result_fact_text(out, "verdict", reading_verdict_name(r->verdict));
    result_fact_text(out, "says", r->sentence);
    result_fact_int(out, "users", (int64_t)r->users, "");
    result_fact_int(out, "planned", (int64_t)r->planned, "users");
    for (size_t a = 0; a < d->n_arms; a++) {
        char name[EXPERIMENT_NAME_MAX + 16];
        snprintf(name, sizeof name, "users of %s", d->arms[a].name);
        result_fact_int(out, name, (int64_t)c->sums->users[a], "");
    }
    result_fact_int(out, "in several arms", (int64_t)c->crossed, "users, dropped");
    if (c->strays > 0)
        result_fact_int(out, "in an unknown arm", (int64_t)c->strays, "users, dropped");
    result_fact_int(out, "window still open", (int64_t)c->open, "users");
    if (r->srm_known) {
        result_fact_real(out, "sample ratio p", r->srm.p, "");
        result_fact_real(out, "sample ratio p at any look", r->srm_sequential, "");
    }
    result_fact_text(out, "read", design_method_name(d->method));
    if (c->first != 0) {
        result_fact_time(out, "first exposure", c->first);
        result_fact_time(out, "last exposure", c->last);
    }
}

static void add_caps(struct result *out, const struct collected *c, const struct design *d)
{
    for (size_t m = 0; m < d->n_metrics; m++)
        if (c->sums->capped_at[m] > 0)
            result_note(out, "%s is cut at %g in all arms.", d->metrics[m].metric.name, c->sums->capped_at[m]);
    if (c->crossed > 0)
        result_note(out, "%.0f of %.0f users met several arms and count for none; many of them would be a fault of the "
                         "assignment.", c->crossed, c->exposed);
}

/* Other experiments that the same people met meanwhile. */
static int add_together(struct result *out, struct app *app, const struct experiment_record *r, const struct design *d,
                        double exposed, struct error *err)
{
    struct together *t = mem_zalloc(1, sizeof *t);
    int rc = t == NULL ? error_nomem(err, "experiment report")
                       : together_read(t, app->store, r->experiment, d, exposed, err);
    struct str apart;
    str_init(&apart, 1 << 14);
    for (size_t i = 0; rc == 0 && i < t->n; i++) {
        const struct together_other *o = &t->others[i];
        if (!o->bound)
            str_printf(&apart, "%s%s (%.0f)", apart.len > 0 ? ", " : "", o->name, o->users);
        else
            result_note(out, "%s AND THIS TEST ARE NOT APART: of %.0f users looked at %.0f met both within %lld days, "
                             "and their arms go together (p %.3g). What one does shows in the other: read neither; plan "
                             "one anew with a --salt or a --layer of its own.", o->name, t->looked_at, o->users,
                        (long long)d->window_days, o->p);
    }
    if (rc == 0 && apart.len > 0)
        result_note(out, "Of %.0f users looked at some met other tests too within %lld days: %s. Their arms have nothing "
                         "to do with these, so that what they do is in all arms alike; a --layer keeps tests apart.",
                    t->looked_at,
                    (long long)d->window_days, str_text(&apart));
    str_release(&apart);
    mem_free(t);
    return rc;
}

/* Weekdays always, and what was asked for. */
static int read_by(struct app *app, const struct args *args, const struct experiment_record *r, const struct design *d,
                   struct collected *c, struct error *err)
{
    const char *names[COLLECT_BY_MAX] = {"weekday"};
    size_t n = 1, asked = args_count(args, "segment");
    for (size_t i = 0; i < asked; i++) {
        bool again = false;
        for (size_t j = 0; j < n; j++)
            again = again || strcmp(names[j], args_text_at(args, "segment", i)) == 0;
        if (!again && n == COLLECT_BY_MAX)
            return error_set(err, E_USAGE, "segment", "at most %d can be looked at", COLLECT_BY_MAX - 1);
        if (!again)
            names[n++] = args_text_at(args, "segment", i);
    }
    return collect_by(c, app->store, r->experiment, d, clock_now_ms(), names, n, app->job, err);
}

static int read_all(struct app *app, const struct args *args, struct experiment_record *r, struct design *d,
                    struct collected *c, struct error *err)
{
    int rc = experiments_find(app->store, args_text(args, "name"), r, err);
    if (rc == 0)
        rc = design_read(d, r->design, r->name, err);
    if (rc == 0 && d->interleave) {
        rc = error_set(err, E_USAGE, r->name, "interleaves its arms: nobody meets one alone");
        rc = error_hint(err, rc, "reckon experiment preference %s", r->name);
    }
    if (rc == 0 && r->state == EXPERIMENT_DRAFT) {
        rc = error_set(err, E_CONFLICT, r->name, "has not begun: there is nothing to report");
        rc = error_hint(err, rc, "reckon experiment start %s", r->name);
    }
    for (size_t m = 0; m < d->n_metrics && rc == 0; m++)
        rc = metric_bind(&d->metrics[m].metric, 1, app->store, err);
    return rc != 0 ? rc : read_by(app, args, r, d, c, err);
}

/* The result that is there, as a page. */
static int set_page(struct result *out, const char *format, struct error *err)
{
    struct str page;
    str_init(&page, 1 << 22);
    int rc = strcmp(format, "html") == 0   ? render_html(&page, out)
             : strcmp(format, "json") == 0 ? result_json(&page, "experiment report", out, NULL)
                                           : render_markdown(&page, out);
    if (rc == 0)
        result_set_document(out, str_text(&page));
    str_release(&page);
    return rc == 0 ? 0 : error_nomem(err, "experiment report");
}

static int run_report(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    struct experiment_record r = {.experiment = 0};
    struct design *d = mem_zalloc(1, sizeof *d);
    struct reading *reading = mem_zalloc(1, sizeof *reading);
    struct findings *findings = mem_zalloc(1, sizeof *findings);
    struct collected c = {.sums = NULL};
    int rc = d == NULL || reading == NULL || findings == NULL ? error_nomem(err, "experiment report")
                                          : read_all(app, args, &r, d, &c, err);
    if (rc == 0)
        rc = reading_make(reading, &c, d, err);
    bool readable = rc == 0 && reading->verdict != READING_BROKEN && reading->verdict != READING_NOBODY &&
                    reading->verdict != READING_ONE_ARM;
    if (readable)
        rc = findings_make(findings, &c, reading, d, err);
    if (rc == 0) {
        result_set_title(out, "%s: %s", r.name, reading->sentence);
        out->alarm = reading->verdict == READING_BROKEN;
        add_lines(out, reading, d);
        add_counts(out, reading, &c, d);
        add_intervals(out, reading, d);
        add_caps(out, &c, d);
        rc = add_together(out, app, &r, d, c.exposed, err);
    }
    if (rc == 0) {
        if (readable)
            experiment_report_findings(out, findings, &c, d);
        if (args_text(args, "format") != NULL)
            rc = set_page(out, args_text(args, "format"), err);
    }
    collected_release(&c);
    experiment_record_release(&r);
    if (findings != NULL)
        findings_release(findings);
    mem_free(findings);
    mem_free(reading);
    mem_free(d);
    return rc;
}

static const struct command_param report_params[] = {
    {"name", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the experiment"},
    {"format", PT_CHOICE, 0, NULL, 0, 0, "markdown|html|json", "a page to send round, instead of tables"},
    {"segment", PT_TEXT, PF_MANY, NULL, 0, 0, NULL, "also tell users apart by history, device, channel, an attribute of "
     "people, or item:ATTRIBUTE of what they did last before"},
    {0},
};

const struct command command_experiment_report = {
    .name = "experiment report",
    .summary = "say in one sentence what may be concluded, and show the numbers",
    .description =
        "Exposures are joined with what each user did in the attribution window from the first exposure on. The share "
        "of "
        "users in each arm is looked at first: a test whose shares are not as planned is broken, and gives no verdict. "
        "Then every arm is compared with control on every metric, by the design alone.",
    .examples = "  reckon experiment report checkout\n  reckon experiment report checkout --json\n"
                "  reckon experiment report checkout --segment country --segment device --segment item:category\n"
                "  reckon experiment report checkout --format html >checkout.html\n",
    .params = report_params,
    .flags = CF_WORKSPACE | CF_LONG,
    .run = run_report,
};
