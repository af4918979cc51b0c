/* import --guess: what a file is, and its first rows under that reading. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/commands.h"
#include "ingest/guess.h"

enum { ROWS_SHOWN = 5, ATTRIBUTES_SHOWN = 8 };

static void add_field(struct result *out, const struct field *f)
{
    if (f->text == NULL) {
        result_add_null(out);
        return;
    }
    char text[256];
    size_t n = f->n < sizeof text - 1 ? f->n : sizeof text - 1;
    while (n < f->n && n > 0 && ((unsigned char)f->text[n] & 0xC0) == 0x80)
        n--;
    memcpy(text, f->text, n);
    text[n] = '\0';
    result_add_text(out, text);
}

static enum cell_type type_of(enum spec_field field)
{
    switch (field) {
    case FIELD_TIME:
        return CELL_TIME;
    case FIELD_QUANTITY:
    case FIELD_PRICE:
    case FIELD_RATING:
        return CELL_REAL;
    default:
        return CELL_TEXT;
    }
}

/* The column of a field in the proposal, or NULL. */
static const char *mapped_column(const struct spec *spec, int field)
{
    for (size_t i = 0; i < spec->n_maps; i++)
        if (spec->maps[i].field == (enum spec_field)field)
            return spec->maps[i].column;
    return NULL;
}

/* The fields, and of CSV the attributes too (JSON Lines meet theirs only as they go). */
static void add_columns(const struct scan *scan, struct result *out)
{
    const struct mapping *m = scan->mapping;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (mapped_column(scan->spec, f) != NULL)
            result_add_column(out, spec_field_name((enum spec_field)f), type_of((enum spec_field)f), "",
                              mapped_column(scan->spec, f), -1);
    static const char *const owners[] = {[OWNER_EVENT] = "attr", [OWNER_ITEM] = "item", [OWNER_USER] = "user"};
    for (size_t i = 0; m->format == READER_CSV && i < m->n_attributes && i < ATTRIBUTES_SHOWN; i++) {
        char label[SPEC_NAME_MAX + 8];
        snprintf(label, sizeof label, "%s.%s", owners[m->attributes[i].owner], m->attributes[i].name);
        result_add_column(out, label, CELL_TEXT, "", m->columns->names[m->attributes[i].column], 0);
    }
}

static void add_row(const struct scan *scan, struct result *out)
{
    const struct mapping *m = scan->mapping;
    const struct record *r = &scan->record;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (mapped_column(scan->spec, f) == NULL)
            continue;
        if (m->column[f] < 0)
            result_add_null(out);
        else if (f == FIELD_TIME)
            result_add_time(out, r->time);
        else if (type_of((enum spec_field)f) == CELL_REAL)
            result_add_real(out, f == FIELD_QUANTITY ? r->quantity : f == FIELD_PRICE ? r->price : r->rating);
        else if (f == FIELD_DWELL || f == FIELD_POSITION)
            add_field(out, &scan->row.fields[m->column[f]]);
        else
            add_field(out, &r->text[f]);
    }
    for (size_t i = 0; m->format == READER_CSV && i < m->n_attributes && i < ATTRIBUTES_SHOWN; i++) {
        struct field f = validator_attribute(&scan->row, &m->attributes[i]);
        add_field(out, &f);
    }
}

/* Sequences have no columns: their first users. */
static void add_sequence(const struct scan *scan, bool first, struct result *out)
{
    if (first) {
        result_add_column(out, "user", CELL_TEXT, "", "", 0);
        result_add_column(out, "items", CELL_INT, "items", "", 0);
        result_add_column(out, "first item", CELL_TEXT, "", "", 0);
        result_add_column(out, "last item", CELL_TEXT, "", "", 0);
    }
    add_field(out, &scan->row.fields[0]);
    result_add_int(out, (int64_t)scan->row.n_fields - 1);
    add_field(out, &scan->row.fields[1]);
    add_field(out, &scan->row.fields[scan->row.n_fields - 1]);
}

/* The sample under the proposal: its first good rows, and how many are bad. */
static int show_rows(const struct guess *guess, struct result *out, struct error *err)
{
    struct types types = {0};
    struct scan scan;
    enum verdict verdict;
    uint64_t good = 0, bad = 0, cleaned = 0;
    char example[320] = "";
    struct spec *spec = guess->spec;
    char encoding[SPEC_NAME_MAX];
    memcpy(encoding, spec->encoding, sizeof encoding);
    spec->encoding[0] = '\0'; /* the sample is UTF-8 already */
    int rc = scan_open_text(&scan, "the sample", str_text(&guess->sample), guess->sample.len, spec, NULL, &types,
                            clock_now_ms(), err);
    bool sequence = spec->format == READER_SEQUENCE;
    while (rc == 0 && (rc = scan_next(&scan, &verdict, err)) == 1) {
        rc = 0;
        if (verdict == VERDICT_BAD && bad++ == 0)
            snprintf(example, sizeof example, "line %llu: %s", (unsigned long long)scan.row.line, scan.fault.reason);
        cleaned += verdict == VERDICT_CLEANED;
        if (verdict != VERDICT_GOOD || ++good > ROWS_SHOWN)
            continue;
        if (good == 1 && !sequence)
            add_columns(&scan, out);
        if (sequence)
            add_sequence(&scan, good == 1, out);
        else
            add_row(&scan, out);
    }
    if (rc == 0) {
        result_fact_int(out, "rows_in_sample", (int64_t)scan.rows, "rows");
        result_fact_int(out, "left_out_in_sample", (int64_t)cleaned, "rows");
        result_fact_int(out, "bad_in_sample", (int64_t)bad, "rows");
        if (bad > 0)
            result_fact_text(out, "first_bad", example);
    }
    memcpy(spec->encoding, encoding, sizeof encoding);
    scan_close(&scan);
    types_release(&types);
    return rc;
}

static void add_facts(const struct guess *g, struct result *out)
{
    const struct spec *s = g->spec;
    char delimiter[8] = "";
    result_fact_text(out, "what", g->known_entity ? spec_entity_name(g->entity) : "not clear");
    result_fact_text(out, "format", reader_format_name(s->format));
    if (s->format == READER_CSV) {
        snprintf(delimiter, sizeof delimiter, "%s", s->delimiter == '\t' ? "tab" : (char[2]){s->delimiter, '\0'});
        result_fact_text(out, "delimiter", delimiter);
        result_fact_bool(out, "header", !s->no_header);
    }
    result_fact_text(out, "encoding", s->encoding[0] != '\0' ? s->encoding : "UTF-8");
    if (g->preset != NULL)
        result_fact_text(out, "preset", g->preset);
}

/* What is known of each column, for a person to decide. */
static void show_columns(const struct guess *g, struct result *out)
{
    result_add_column(out, "column", CELL_TEXT, "", "", 0);
    result_add_column(out, "looks like", CELL_TEXT, "", "", 0);
    result_add_column(out, "field", CELL_TEXT, "", "what it could be", 0);
    result_add_column(out, "values", CELL_INT, "", "in the sample", 0);
    result_add_column(out, "different", CELL_INT, "", "how many of them, about", 0);
    for (size_t i = 0; i < g->n_columns; i++) {
        const struct guess_column *c = &g->columns[i];
        result_add_text(out, c->name);
        result_add_text(out, c->values == 0              ? "nothing"
                             : c->times == c->values     ? "times"
                             : c->numbers < c->values    ? "texts"
                             : c->whole == c->numbers    ? "whole numbers"
                                                         : "numbers");
        result_add_text(out, c->field != FIELD_COUNT ? spec_field_name(c->field) : NULL);
        result_add_int(out, c->values);
        result_add_int(out, c->distinct);
    }
}

static void note_unclear(const struct guess *g, const char *path, struct result *out)
{
    struct str text;
    struct guess as = *g;
    result_note(out, "It is not clear what this is: events need a user, an item and a time, products an item, people a "
                     "user. Say which column is which with --map FIELD=COLUMN.");
    /* a table of things has each of them once; different values are counted a little short */
    if (g->n_columns == 0 || g->columns[0].name[0] == '\0' ||
        g->columns[0].distinct * 10 < g->columns[0].values * 8)
        return;
    str_init(&text, 16384);
    as.entity = SPEC_ITEMS;
    guess_command(&as, path, &text);
    result_note(out, "If each row is a product: %s", str_text(&text));
    str_clear(&text);
    as.entity = SPEC_USERS;
    guess_command(&as, path, &text);
    result_note(out, "If each row is a person: %s", str_text(&text));
    str_release(&text);
}

static void add_notes(const struct guess *g, const char *path, struct result *out)
{
    struct str text;
    str_init(&text, 16384);
    for (size_t i = 0; i < g->n_columns && g->preset == NULL; i++)
        if (g->columns[i].field != FIELD_COUNT)
            str_printf(&text, "%s%s is column %s (%s)", text.len > 0 ? ", " : "", spec_field_name(g->columns[i].field),
                       g->columns[i].name, g->columns[i].why);
    if (text.len > 0)
        result_note(out, "%s.", str_text(&text));
    if (g->ambiguous_dates && g->spec->time.style == TIME_PATTERN)
        result_note(out, "The dates can be read month first or day first; month first is shown. If that is wrong, give "
                         "--time-format with %%d and %%m changed round.");
    str_clear(&text);
    if (guess_command(g, path, &text) == 0 && g->known_entity)
        result_note(out, "Next: %s", str_text(&text));
    else
        note_unclear(g, path, out);
    str_release(&text);
}

static int run_guess(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app;
    const char *path = args_text(args, "guess");
    struct guess guess;
    if (path == NULL) {
        error_set(err, E_USAGE, "import", "say what to import: events, items or users");
        return error_hint(err, E_USAGE,
                          "`reckon import events FILE`, or `reckon import --guess FILE` to see what a file is");
    }
    int rc = guess_file(&guess, path, err);
    if (rc != 0)
        return rc;
    add_facts(&guess, out);
    if (guess.known_entity)
        rc = show_rows(&guess, out, err);
    else
        show_columns(&guess, out);
    if (rc == 0)
        add_notes(&guess, path, out);
    guess_release(&guess);
    return rc;
}

static const struct command_param guess_params[] = {
    {"guess", PT_PATH, 0, NULL, 0, 0, NULL, "the file to look at; - is standard input"},
    {0},
};

const struct command command_import_guess = {
    .name = "import",
    .summary = "with --guess: propose how to read a file, and show its first rows so",
    .description = "Looks at the first 64 KB of a file: format, delimiter, header, encoding, and which column is which "
                   "field, by the columns' names and their values. It shows the first rows as they would be imported "
                   "and the command to type next, and imports nothing.",
    .examples = "  reckon import --guess clicks.csv.gz\n",
    .params = guess_params,
    .run = run_guess,
};
