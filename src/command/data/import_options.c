#include "command/data/import_options.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/preset.h"

/* An option's name is the spec's key; a flag sets its key to a fixed value. */
static const struct {
    const char *option, *key, *value;
} options[] = {
    {"format", "format", NULL},           {"delimiter", "delimiter", NULL},     {"encoding", "encoding", NULL},
    {"no-header", "header", "false"},     {"no-quotes", "quotes", "false"},     {"kind", "kind", NULL},
    {"time-format", "time-format", NULL}, {"time-zone", "time-zone", NULL},     {"decimal-comma", "decimal-comma", "true"},
};

static int apply_maps(const struct args *args, struct spec *spec, struct error *err)
{
    for (size_t i = 0; i < args_count(args, "map"); i++) {
        const char *text = args_text_at(args, "map", i), *equals = strchr(text, '=');
        char field[2 * SPEC_NAME_MAX];
        if ((size_t)(equals - text) >= sizeof field)
            return error_set(err, E_USAGE, "--map", "'%s' has too long a field", text);
        snprintf(field, sizeof field, "%.*s", (int)(equals - text), text);
        int rc = spec_map(spec, field, equals + 1, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int apply_whole_numbers(const struct args *args, struct spec *spec, struct error *err)
{
    char **words;
    size_t n;
    if (!args_given(args, "whole-number"))
        return 0;
    int rc = args_list(args, "whole-number", &words, &n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        enum spec_field f = spec_field_of(words[i]);
        if (f == FIELD_COUNT)
            rc = error_set(err, E_USAGE, "--whole-number", "'%s' is no field", words[i]);
        else
            spec->whole_number[f] = true;
    }
    mem_free(words);
    return rc;
}

int import_options_apply(const struct args *args, struct spec *spec, struct error *err)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(options[i].option, "kind") == 0 && spec->entity != SPEC_EVENTS)
            continue;
        if (!args_given(args, options[i].option))
            continue;
        const char *value = options[i].value != NULL ? options[i].value : args_text(args, options[i].option);
        int rc = spec_set(spec, options[i].key, value, err);
        if (rc != 0)
            return rc;
    }
    int rc = apply_whole_numbers(args, spec, err);
    return rc != 0 ? rc : apply_maps(args, spec, err);
}

int import_options_spec(const struct args *args, enum spec_entity entity, struct spec **out, struct error *err)
{
    struct spec *spec = spec_new(entity);
    if (spec == NULL)
        return error_nomem(err, "the mapping");
    int rc = args_given(args, "preset") ? preset_load(spec, args_text(args, "preset"), err) : 0;
    if (rc == 0)
        rc = import_options_apply(args, spec, err);
    if (rc != 0) {
        spec_free(spec);
        return rc;
    }
    *out = spec;
    return 0;
}

static void add_row(struct result *out, const char *outcome, const char *reason, uint64_t n, const char *example)
{
    result_add_text(out, outcome);
    result_add_text(out, reason);
    result_add_int(out, (int64_t)n);
    result_add_text(out, example);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void add_reasons(const struct import_report *r, struct result *out)
{
    for (size_t i = 0; i < r->n_reasons; i++) {
        char example[512];
        snprintf(example, sizeof example, "%s:%llu: %s", base_name(r->reasons[i].file),
                 (unsigned long long)r->reasons[i].line, r->reasons[i].reason);
        add_row(out, "bad", r->reasons[i].kind, r->reasons[i].n, example);
    }
}

void import_options_report(const struct import_report *r, const struct spec *spec, struct result *out)
{
    result_add_column(out, "outcome", CELL_TEXT, "", "what became of the rows", 0);
    result_add_column(out, "reason", CELL_TEXT, "", "", 0);
    result_add_column(out, "rows", CELL_INT, "rows", "", 0);
    result_add_column(out, "example", CELL_TEXT, "", "", 0);
    add_row(out, "read", NULL, r->rows, NULL);
    if (!r->refused) {
        bool sequence = spec->format == READER_SEQUENCE;
        add_row(out, "imported", sequence ? "events of sequences" : NULL, r->stored.events_added, NULL);
        add_row(out, "already there",
                spec->entity != SPEC_EVENTS ? "their attributes were written" : sequence ? "events of sequences" : NULL,
                r->stored.events_present, NULL);
    }
    for (size_t i = 0; i < spec->n_rules; i++)
        add_row(out, "left out", spec->rules[i].name, r->cleaned_by_rule[i], spec->rules[i].value);
    if (r->stored.withheld > 0)
        add_row(out, "left out", "of people without consent to analytics", r->stored.withheld, NULL);
    if (r->stored.suppressed > 0)
        add_row(out, "left out", "of people who were erased", r->stored.suppressed, NULL);
    add_reasons(r, out);
    if (r->refused)
        return;
    result_fact_int(out, "new_users", (int64_t)r->stored.new_users, "users");
    result_fact_int(out, "new_items", (int64_t)r->stored.new_items, "items");
    if (r->stored.first <= r->stored.last) {
        result_fact_time(out, "first", r->stored.first);
        result_fact_time(out, "last", r->stored.last);
    }
    result_fact_int(out, "bad", (int64_t)r->bad, "rows");
    result_fact_real(out, "seconds", r->seconds, "s");
    result_fact_real(out, "rows_per_second", r->seconds > 0 ? (double)r->rows / r->seconds : 0, "rows/s");
}
