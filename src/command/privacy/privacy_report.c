#include "command/privacy/privacy_report.h"

#include <string.h>

static void add_columns(struct result *out, const char *n)
{
    result_add_column(out, "place", CELL_TEXT, "", "a table, a column, a kind of file", -1);
    result_add_column(out, "method", CELL_TEXT, "", "", -1);
    result_add_column(out, n, CELL_INT, "", "", -1);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void add_list(struct result *out, const json_t *list)
{
    json_t *one;
    size_t i;
    json_array_foreach (list, i, one) {
        result_add_text(out, text_of(one, "place"));
        result_add_text(out, text_of(one, "method"));
        result_add_int(out, json_integer_value(json_object_get(one, "n")));
    }
}

void privacy_report_plan(const struct erasure_plan *plan, struct result *out)
{
    add_columns(out, "n");
    add_list(out, json_object_get(plan->record.facts, "plan"));
    result_fact_int(out, "people", plan->users, "");
    if (plan->unknown > 0)
        result_fact_int(out, "unknown", (int64_t)plan->unknown, "");
    if (plan->erased > 0)
        result_fact_int(out, "erased_before", (int64_t)plan->erased, "");
    result_fact_time(out, "due", plan->record.due);
    result_note(out, "Besides, the database file is written anew and its log emptied.");
}

static void add_models(struct result *out, const json_t *list)
{
    json_t *one;
    size_t i;
    json_array_foreach (list, i, one) {
        result_add_text(out, text_of(one, "before"));
        result_add_text(out, text_of(one, "method"));
        result_add_int(out, 1);
    }
}

static void add_findings(struct result *out, const json_t *list)
{
    json_t *one;
    size_t i;
    json_array_foreach (list, i, one) {
        const char *verdict = text_of(one, "verdict"), *where = text_of(one, "where");
        if (verdict == NULL || strcmp(verdict, "found") != 0)
            continue;
        result_add_text(out, where != NULL && where[0] != '\0' ? where : text_of(one, "file"));
        result_add_text(out, "still there");
        result_add_int(out, json_integer_value(json_object_get(one, "n")));
    }
}

int privacy_report_case(struct store *store, const struct case_record *r, struct result *out, struct error *err)
{
    (void)store;
    const json_t *scan = json_object_get(r->facts, "scan"), *due = json_object_get(r->facts, "models_due");
    json_t *one;
    size_t i;
    add_columns(out, "n");
    if (r->facts != NULL && json_object_get(r->facts, "removed") == NULL)
        add_list(out, json_object_get(r->facts, "plan"));
    add_list(out, json_object_get(r->facts, "removed"));
    add_list(out, json_object_get(r->facts, "kept"));
    add_list(out, json_object_get(r->facts, "files"));
    add_list(out, json_object_get(r->facts, "backups"));
    add_list(out, json_object_get(r->facts, "backups_elsewhere"));
    add_list(out, json_object_get(r->facts, "kept_elsewhere"));
    add_models(out, json_object_get(r->facts, "models"));
    json_array_foreach (due, i, one) {
        result_add_text(out, text_of(one, "model"));
        char waits[240];
        const char *why = text_of(one, "why");
        snprintf(waits, sizeof waits, "waits to be trained again, or removed%s%s", why != NULL ? ": " : "",
                 why != NULL ? why : "");
        result_add_text(out, waits);
        result_add_int(out, 1);
    }
    add_findings(out, json_object_get(scan, "findings"));
    result_fact_int(out, "case", r->number, "");
    result_fact_text(out, "state", r->state);
    result_fact_text(out, "next", erasure_next(r));
    result_fact_int(out, "people", r->people, "");
    result_fact_text(out, "regulation", r->regulation);
    result_fact_time(out, "received", r->received);
    result_fact_time(out, "due", r->due);
    if (r->closed != 0)
        result_fact_time(out, "closed", r->closed);
    if (scan != NULL) {
        result_fact_text(out, "scan", text_of(scan, "result"));
        result_fact_int(out, "searched", json_integer_value(json_object_get(scan, "bytes")), "bytes");
        result_fact_int(out, "found", json_integer_value(json_object_get(scan, "found")), "");
        result_fact_int(out, "possible", json_integer_value(json_object_get(scan, "possible")), "");
        result_fact_int(out, "coincidences", json_integer_value(json_object_get(scan, "coincidences")), "");
    }
    return result_check(out, err);
}
