/* The file, and what is said of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "privacy/publication.h"

enum { LINE_MAX = 1 << 20, BLOCK = 1 << 16, STEP_ROWS = 2000 };

/* ---- lines -------------------------------------------------------------------------------------------------- */

static const char *label_of(const struct publication *self, uint32_t row, size_t quasi)
{
    return self->labels[(size_t)self->mondrian.class_of[row] * self->n_quasi + quasi];
}

static void put_csv(const struct publication *self, uint32_t row, struct str *out)
{
    for (size_t c = 0; c < self->n_columns; c++) {
        const struct publication_column *column = &self->columns[c];
        uint32_t code = column->code[row];
        if (c > 0)
            str_putc(out, ',');
        if (c < self->n_quasi)
            text_csv_cell(out, label_of(self, row, c));
        else if (column->type == EXTRACT_TEXT)
            text_csv_cell(out, column->texts.texts[code]);
        else if (!isnan(column->value[code]))
            publication_label(column, code, code, out);
    }
    str_puts(out, "\n");
}

static void put_json_value(const struct publication_column *column, uint32_t code, struct str *out)
{
    const char *text = column->type == EXTRACT_TEXT ? column->texts.texts[code] : NULL;
    if (text != NULL && text[0] != '\0')
        text_json_string(out, text, strlen(text));
    else if (text != NULL || isnan(column->value[code]))
        str_puts(out, "null");
    else if (column->type == EXTRACT_NUMBER)
        str_printf(out, "%.15g", column->value[code]);
    else {
        str_putc(out, '"');
        publication_label(column, code, code, out);
        str_putc(out, '"');
    }
}

static void put_json(const struct publication *self, uint32_t row, struct str *out)
{
    for (size_t c = 0; c < self->n_columns; c++) {
        const struct publication_column *column = &self->columns[c];
        str_putc(out, c == 0 ? '{' : ',');
        text_json_string(out, column->name, strlen(column->name));
        str_putc(out, ':');
        if (c < self->n_quasi)
            text_json_string(out, label_of(self, row, c), strlen(label_of(self, row, c)));
        else
            put_json_value(column, column->code[row], out);
    }
    str_puts(out, "}\n");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

struct writing {
    const struct publication *self;
    struct fs_new_file *file;
    struct str block;
    bool json;
};

static int flush(struct writing *w, bool all, struct error *err)
{
    if (w->block.failed)
        return error_nomem(err, "the data set");
    if (!all && w->block.len < BLOCK)
        return 0;
    int rc = fs_write(w->file, str_text(&w->block), w->block.len, err);
    str_clear(&w->block);
    return rc;
}

/* The rows of a class, by their text. */
static int write_class(struct writing *w, uint32_t class, struct error *err)
{
    const struct publication *self = w->self;
    uint32_t from = self->start[class], n = self->start[class + 1] - from, made = 0;
    char **lines = mem_zalloc(n, sizeof *lines);
    int rc = lines == NULL ? error_nomem(err, "the data set") : 0;
    for (; rc == 0 && made < n; made++) {
        struct str line;
        str_init(&line, LINE_MAX);
        if (w->json)
            put_json(self, self->rows[from + made], &line);
        else
            put_csv(self, self->rows[from + made], &line);
        lines[made] = str_take(&line);
        str_release(&line);
        rc = lines[made] == NULL ? error_nomem(err, "the data set") : 0;
    }
    if (rc == 0)
        qsort(lines, n, sizeof *lines, by_text);
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        str_puts(&w->block, lines[i]);
        rc = flush(w, false, err);
    }
    for (uint32_t i = 0; lines != NULL && i < n; i++)
        mem_free(lines[i]);
    mem_free(lines);
    return rc;
}

static int write_all(struct writing *w, struct job *job, struct error *err)
{
    int rc = 0;
    for (size_t c = 0; !w->json && c < w->self->n_columns; c++) {
        if (c > 0)
            str_putc(&w->block, ',');
        text_csv_cell(&w->block, w->self->columns[c].name);
    }
    if (!w->json)
        str_puts(&w->block, "\n");
    for (uint32_t c = 0; rc == 0 && c < w->self->n_classes; c++)
        rc = job_step(job, "writing", w->self->start[c], w->self->n_rows, "rows")
                 ? job_error_cancelled(err, "the data set")
                                                                                 : write_class(w, c, err);
    return rc != 0 ? rc : flush(w, true, err);
}

int publication_write(const struct publication *self, const char *path, struct fs_new_file *file, char sha256[65],
                      struct job *job, struct error *err)
{
    struct writing w = {.self = self, .file = file,
                        .json = text_ends_with(path, ".jsonl") || text_ends_with(path, ".ndjson")};
    if (!w.json && !text_ends_with(path, ".csv"))
        return error_set(err, E_USAGE, "--out", "must end in .csv or .jsonl: that says what is written");
    int rc = fs_create(file, path, 0600, err);
    if (rc != 0)
        return rc;
    str_init(&w.block, (size_t)BLOCK * 4 + LINE_MAX);
    rc = write_all(&w, job, err);
    str_release(&w.block);
    rc = rc != 0 ? rc : fs_sha256_file(file->temp, sha256, err);
    if (rc != 0)
        fs_abandon(file);
    return rc;
}

/* ---- the report ----------------------------------------------------------------------------------------------- */

static json_t *columns_of(const struct publication *self)
{
    static const char *const roles[] = {"quasi-identifier", "sensitive", "kept"};
    static const char *const hows[] = {"", "", "day", "month", "quarter", "year"};
    json_t *list = json_array();
    for (size_t i = 0; i < extract_width(self->extract); i++) {
        const struct extract_column *source = extract_column(self->extract, i);
        const struct publication_column *c = NULL;
        for (size_t j = 0; j < self->n_columns; j++)
            c = self->columns[j].source == i ? &self->columns[j] : c;
        json_t *one = json_pack("{s:s, s:s}", "name", source->name, "role",
                                c != NULL ? roles[c->role] : source->identifies ? "identifier, removed" : "dropped");
        if (c != NULL && c->how == HOW_STEP)
            json_object_set_new(one, "step", json_real(c->step));
        else if (c != NULL && c->how >= HOW_DAY)
            json_object_set_new(one, "period", json_string(hows[c->how]));
        if (c != NULL && c->hierarchy != NULL)
            json_object_set_new(one, "hierarchy_levels", json_integer((json_int_t)c->hierarchy->n_levels));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *model_of(const struct publication_request *r)
{
    static const char *const names[] = {"none", "distinct", "entropy", "recursive"};
    json_t *model = json_pack("{s:i, s:s, s:b, s:f}", "k", (int)r->model.k, "l_diversity", names[r->model.diversity],
                              "relaxed", r->options.relaxed, "may_suppress", r->options.suppress);
    if (r->model.diversity != DIVERSITY_NONE)
        json_object_set_new(model, "l", real(r->model.l));
    if (r->model.diversity == DIVERSITY_RECURSIVE)
        json_object_set_new(model, "c", real(r->model.c));
    if (!isnan(r->model.t))
        json_object_set_new(model, "t", real(r->model.t));
    return model;
}

static json_t *risk_of(const struct risk *r)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "prosecutor", r->prosecutor, "journalist",
                     r->journalist, "marketer", r->marketer, "prosecutor_average", r->average, "alone", r->alone,
                     "dominance", r->dominance, "classes", (int)r->classes, "smallest", (int)r->smallest);
}

json_t *publication_report(const struct publication *self, const struct publication_request *request)
{
    char now[40];
    json_t *achieved = json_pack("{s:i, s:i, s:i}", "k", (int)self->worst.people, "classes", (int)self->n_classes,
                                 "largest_class", (int)self->after.largest);
    if (self->n_sensitive > 0) {
        json_object_set_new(achieved, "l_distinct", json_integer(self->worst.values));
        json_object_set_new(achieved, "l_entropy", real(self->worst.entropy));
        json_object_set_new(achieved, "t", real(self->worst.distance));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:{s:o, s:o}, "
                     "s:{s:f, s:f, s:f}}",
                     "format", "reckon-publication-1", "made", clock_format(clock_now_ms(), now, sizeof now),
                     "data_set",
                     request->set, "columns", columns_of(self), "asked", model_of(request), "achieved", achieved,
                     "rows", "read", (json_int_t)((uint64_t)self->n_rows + self->rows_left_out), "published",
                     (json_int_t)self->after.rows, "suppressed", (json_int_t)self->mondrian.suppressed,
                     "left_out_by_limit", (json_int_t)self->rows_left_out, "people", (json_int_t)self->after.people,
                     "left_out", "without_consent", (json_int_t)self->without_consent, "restricted",
                     (json_int_t)self->restricted, "legal_hold", (json_int_t)self->on_hold,
                     "risk", "before", risk_of(&self->before), "after", risk_of(&self->after),
                     "utility", "discernibility", self->cost.discernibility, "average_class", self->cost.average_class,
                     "certainty_penalty", self->cost.penalty);
}
