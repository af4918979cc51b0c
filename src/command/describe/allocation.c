#include "command/describe/allocation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/words.h"
#include "ingest/reader.h"

enum { ROWS_MAX = 10000, TOKENS_MAX_BITS = 52 };
#define MONEY_MAX 1e9

enum {
    BUDGET, PROVIDER, MODEL, TEAM, PHASE, MONTH, PERIOD, ENDS, SOFT_TOKENS, HARD_TOKENS, SOFT_COST, HARD_COST, FIELDS
};

static const struct {
    const char *name, *also;
} fields[FIELDS] = {
    {"budget", "name"}, {"provider", NULL}, {"model", NULL}, {"team", "agent"}, {"phase", NULL}, {"month", NULL},
    {"period", NULL}, {"ends", NULL}, {"soft_tokens", NULL}, {"hard_tokens", "tokens"}, {"soft_cost", NULL},
    {"hard_cost", "cost"},
};

struct reading {
    struct allocation *out;
    struct reader *reader;
    long column[FIELDS]; /* -1: there is none */
    allocation_fn fn;
    void *context;
    struct error *err;
    const char *path;
    uint64_t line;
};

static void wrong(struct reading *self, const char *field, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void wrong(struct reading *self, const char *field, const char *fmt, ...)
{
    char why[256], what[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    if (self->out->wrong++ == 0) {
        snprintf(what, sizeof what, "%.100s:%llu%s%s", self->path, (unsigned long long)self->line,
                 field[0] != '\0' ? ": " : "", field);
        error_set(self->err, E_BAD_DATA, what, "%s", why);
        error_hint(self->err, E_BAD_DATA, "nothing of the table was taken");
    }
    self->fn(self->context, self->line, field, why);
}

/* The name under which that field stands in this file. */
static const char *called(const struct reading *self, int field)
{
    return reader_columns(self->reader)->names[self->column[field]];
}

/* A copy without blanks around it; NULL: not there, or empty. */
static char *text_of(struct reading *self, const struct row *row, int field)
{
    long at = self->column[field];
    if (at < 0 || (size_t)at >= row->n_fields || row->fields[at].text == NULL)
        return NULL;
    const char *text = row->fields[at].text;
    size_t n = row->fields[at].n;
    for (; n > 0 && (*text == ' ' || *text == '\t'); n--)
        text++;
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    if (n == 0)
        return NULL;
    if (n >= 256 || !text_utf8_valid(text, n) || memchr(text, '\0', n) != NULL) {
        wrong(self, called(self, field), "is too long, or not text");
        return NULL;
    }
    return mem_strndup(text, n);
}

/* "15,000" -> "15000"; false: the commas do not stand between thousands. */
static bool without_commas(char *text)
{
    static const char digits[] = "0123456789";
    size_t run = strspn(text, digits);
    char *p = text + run, *to = text;
    if (*p != ',')
        return true;
    if (run < 1 || run > 3)
        return false;
    for (; *p == ','; p += 4)
        if (strspn(p + 1, digits) != 3)
            return false;
    for (p = text; *p != '\0'; p++)
        if (*p != ',')
            *to++ = *p;
    *to = '\0';
    return true;
}

/* In millionths of money, or tokens; -1: not said. */
static int64_t limit_of(struct reading *self, const struct row *row, int field, bool is_money)
{
    char *text = text_of(self, row, field);
    double value = 0, most = is_money ? MONEY_MAX : ldexp(1, TOKENS_MAX_BITS);
    int64_t out = -1;
    if (text == NULL)
        return -1;
    char *shown = mem_strdup(text);
    if (!without_commas(text) || !text_to_double(text, strlen(text), &value))
        wrong(self, called(self, field), "'%s' is not a number", shown != NULL ? shown : "");
    else if (value < 0 || value > most)
        wrong(self, called(self, field), "'%s' is not from 0 to %.0f", shown != NULL ? shown : "", most);
    else if (!is_money && value != floor(value))
        wrong(self, called(self, field), "'%s' is not whole, and there are no parts of a token", shown != NULL ? shown : "");
    else
        out = is_money ? llround(value * 1e6) : (int64_t)value;
    mem_free(shown);
    mem_free(text);
    return out;
}

static void take_month(struct reading *self, const struct row *row, struct ledger_budget *b)
{
    char *text = text_of(self, row, MONTH), day[16];
    int64_t at;
    if (text == NULL)
        return;
    snprintf(day, sizeof day, "%.7s-01", text);
    if (strlen(text) != 7 || !clock_parse(day, strlen(day), &at))
        wrong(self, "month", "'%s' is not a month, as in 2026-11", text);
    else
        snprintf(b->month, sizeof b->month, "%s", text);
    b->monthly = true;
    mem_free(text);
}

static void take_time(struct reading *self, const struct row *row, struct ledger_budget *b)
{
    char *period = text_of(self, row, PERIOD), *ends = text_of(self, row, ENDS);
    if (period != NULL && strcmp(period, "month") == 0)
        b->monthly = true;
    else if (period != NULL && strcmp(period, "once") != 0)
        wrong(self, "period", "'%s' is neither 'month' nor 'once'", period);
    else if (period != NULL && b->month[0] != '\0')
        wrong(self, "period", "is 'once', and the budget is for a month");
    if (ends != NULL && !clock_parse(ends, strlen(ends), &b->ends))
        wrong(self, "ends", "'%s' is not a date, as in 2026-12-31", ends);
    else if (ends != NULL && b->monthly)
        wrong(self, "ends", "is for budgets that are given once; a month ends by itself");
    mem_free(period);
    mem_free(ends);
}

/* "research-2026-11", of what it covers: letters, digits, '-', '_' and '.' alone. */
static void make_name(struct ledger_budget *b)
{
    const char *const parts[] = {b->provider, b->model, b->team, b->phase, b->month[0] != '\0' ? b->month : NULL};
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *p = parts[i] != NULL ? parts[i] : "";
        if (n > 0 && *p != '\0' && n + 1 < sizeof b->name)
            b->name[n++] = '-';
        for (; *p != '\0' && n + 1 < sizeof b->name; p++) {
            char one[2] = {*p, '\0'};
            b->name[n++] = text_is_name(one, sizeof one) ? *p : '-';
        }
    }
    b->name[n] = '\0';
    if (n == 0)
        snprintf(b->name, sizeof b->name, "all");
}

static void take_name(struct reading *self, const struct row *row, struct ledger_budget *b)
{
    char *name = text_of(self, row, BUDGET);
    if (name == NULL)
        make_name(b);
    else if (!text_is_name(name, LEDGER_NAME_MAX))
        wrong(self, called(self, BUDGET), "'%s' is no name: letters, digits, '-', '_' and '.', at most %d", name,
              LEDGER_NAME_MAX - 1);
    else
        snprintf(b->name, sizeof b->name, "%s", name);
    mem_free(name);
    for (size_t i = 0; i < self->out->n; i++)
        if (b->name[0] != '\0' && strcmp(self->out->list[i].name, b->name) == 0)
            wrong(self, self->column[BUDGET] >= 0 ? called(self, BUDGET) : "", "a budget '%s' is in line %llu already",
                  b->name, (unsigned long long)self->out->lines[i]);
}

static void take_row(struct reading *self, const struct row *row, struct ledger_budget *b)
{
    uint64_t before = self->out->wrong;
    if (row->n_fields > reader_columns(self->reader)->n)
        wrong(self, "", "has %zu fields, and the header has %zu (a number with a comma wants quotes)", row->n_fields,
              reader_columns(self->reader)->n);
    b->provider = text_of(self, row, PROVIDER);
    b->model = text_of(self, row, MODEL);
    b->team = text_of(self, row, TEAM);
    b->phase = text_of(self, row, PHASE);
    take_month(self, row, b);
    take_time(self, row, b);
    b->soft_tokens = limit_of(self, row, SOFT_TOKENS, false);
    b->hard_tokens = limit_of(self, row, HARD_TOKENS, false);
    b->soft_cost = limit_of(self, row, SOFT_COST, true);
    b->hard_cost = limit_of(self, row, HARD_COST, true);
    if (self->out->wrong == before && b->soft_tokens < 0 && b->hard_tokens < 0 && b->soft_cost < 0 && b->hard_cost < 0)
        wrong(self, "", "limits nothing: neither tokens nor cost are said");
    if (b->soft_tokens >= 0 && b->hard_tokens >= 0 && b->soft_tokens > b->hard_tokens)
        wrong(self, "soft_tokens", "is above the hard limit");
    if (b->soft_cost >= 0 && b->hard_cost >= 0 && b->soft_cost > b->hard_cost)
        wrong(self, "soft_cost", "is above the hard limit");
    take_name(self, row, b);
}

/* Which column is what; a name that means nothing is a mistake, since a limit would be lost. */
static int find_columns(struct reading *self)
{
    const struct columns *c = reader_columns(self->reader);
    const char *names[2 * FIELDS + 1] = {0};
    size_t n = 0;
    self->line = 1;
    for (int f = 0; f < FIELDS; f++) {
        self->column[f] = -1;
        names[n++] = fields[f].name;
        if (fields[f].also != NULL)
            names[n++] = fields[f].also;
    }
    for (size_t i = 0; i < c->n; i++) {
        int f = 0;
        while (f < FIELDS && !text_equal_nocase(c->names[i], fields[f].name) &&
               (fields[f].also == NULL || !text_equal_nocase(c->names[i], fields[f].also)))
            f++;
        if (f < FIELDS && self->column[f] < 0) {
            self->column[f] = (long)i;
            continue;
        }
        struct str hint;
        str_init(&hint, 240);
        words_nearest(&hint, names, c->names[i]);
        wrong(self, c->names[i], f < FIELDS ? "is there twice" : "is no column of an allocation table; %s", str_text(&hint));
        str_release(&hint);
    }
    return self->out->wrong > 0 ? E_BAD_DATA : 0;
}

static int read_rows(struct reading *self)
{
    struct allocation *out = self->out;
    struct row row;
    int rc;
    while ((rc = reader_next(self->reader, &row, self->err)) == 1) {
        self->line = row.line;
        if (out->n == ROWS_MAX)
            return error_set(self->err, E_BAD_DATA, self->path, "has more than %d budgets", ROWS_MAX);
        if (row.problem != NULL) {
            wrong(self, "", "%s", row.problem);
            continue;
        }
        if (mem_grow((void **)&out->list, &out->cap, out->n + 1, sizeof *out->list) != 0 ||
            mem_grow((void **)&out->lines, &out->cap_lines, out->n + 1, sizeof *out->lines) != 0)
            return error_nomem(self->err, self->path);
        out->list[out->n] = (struct ledger_budget){0};
        take_row(self, &row, &out->list[out->n]);
        out->lines[out->n++] = row.line;
    }
    if (rc == 0 && out->n == 0 && out->wrong == 0)
        rc = error_set(self->err, E_BAD_DATA, self->path, "no budget is in it");
    return rc != 0 ? rc : out->wrong > 0 ? E_BAD_DATA : 0;
}

int allocation_read(struct allocation *out, const char *path, allocation_fn fn, void *context, struct error *err)
{
    struct error ignored;
    struct reading self = {.out = out, .fn = fn, .context = context, .err = err != NULL ? err : &ignored, .path = path};
    const struct reader_options options = {.format = READER_CSV};
    memset(out, 0, sizeof *out);
    int rc = reader_open(&self.reader, path, &options, err);
    if (rc != 0)
        return rc;
    if (strcmp(path, "-") == 0)
        self.path = "standard input";
    rc = find_columns(&self);
    rc = rc != 0 ? rc : read_rows(&self);
    reader_free(self.reader);
    if (rc != 0)
        allocation_release(out);
    return rc;
}

void allocation_release(struct allocation *self)
{
    for (size_t i = 0; i < self->n; i++)
        ledger_budget_release(&self->list[i]);
    mem_free(self->list);
    mem_free(self->lines);
    self->list = NULL;
    self->lines = NULL;
    self->n = 0;
}
