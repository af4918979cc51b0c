/* What is seen of a class. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "privacy/publication.h"

enum { NAMES_SHOWN = 8 };

/* ---- numbers and times -------------------------------------------------------------------------------------- */

static void put_period(const struct publication_column *c, double begin, struct str *out)
{
    char date[40];
    int year = 0, month = 0;
    clock_format_date((int64_t)begin, date, sizeof date);
    char *day = strrchr(date, '-');
    if (c->how == HOW_DAY || day == NULL || sscanf(date, "%d-%d", &year, &month) != 2) {
        str_puts(out, date);
        return;
    }
    if (c->how == HOW_QUARTER)
        str_printf(out, "%04d-Q%d", year, (month - 1) / 3 + 1);
    else
        str_append(out, date, c->how == HOW_YEAR ? strcspn(date + 1, "-") + 1 : (size_t)(day - date));
}

static void put_times(const struct publication_column *c, uint32_t low, uint32_t high, struct str *out)
{
    put_period(c, c->value[low], out);
    if (high > low) {
        str_puts(out, "..");
        put_period(c, c->value[high], out);
    }
}

/* [a, b]: both in it; [a, b): b is not. */
static void put_numbers(const struct publication_column *c, uint32_t low, uint32_t high, struct str *out)
{
    if (c->how == HOW_STEP)
        str_printf(out, "[%.10g, %.10g)", c->value[low], c->value[high] + c->step);
    else if (low == high)
        str_printf(out, "%.15g", c->value[low]);
    else
        str_printf(out, "[%.15g, %.15g]", c->value[low], c->value[high]);
}

/* ---- names -------------------------------------------------------------------------------------------------- */

static const char *shown(const char *text)
{
    return text[0] != '\0' ? text : "missing";
}

/* The largest group that begins at `low` and ends by `high`; *end: its last code. */
static const char *largest(const struct publication_column *c, uint32_t low, uint32_t high, uint32_t *end)
{
    const struct publication_hierarchy *h = c->hierarchy;
    for (size_t l = h != NULL ? h->n_levels : 0; l-- > 0;) {
        size_t at = low * h->n_levels + l;
        if (h->first[at] == low && h->last[at] <= high && h->last[at] > low) {
            *end = h->last[at];
            return h->group[at];
        }
    }
    *end = low;
    return shown(c->texts.texts[low]);
}

static void put_names(const struct publication_column *c, uint32_t low, uint32_t high, struct str *out)
{
    size_t before = out->len;
    int n = 0;
    uint32_t end;
    if (low == 0 && high > 0 && high == c->n_codes - 1) {
        str_putc(out, '*');
        return;
    }
    for (uint32_t at = low; at <= high && n <= NAMES_SHOWN; at = end + 1, n++) {
        const char *name = largest(c, at, high, &end);
        str_printf(out, "%s%s", n > 0 ? "|" : "", name);
    }
    if (n <= NAMES_SHOWN)
        return;
    out->len = before; /* too many to list: the first and the last in their order */
    str_printf(out, "%s..%s", shown(c->texts.texts[low]), shown(c->texts.texts[high]));
}

int publication_label(const struct publication_column *column, uint32_t low, uint32_t high, struct str *out)
{
    if (column->type == EXTRACT_TEXT) {
        put_names(column, low, high, out);
        return out->failed ? -1 : 0;
    }
    if (low == 0 && column->missing) {
        str_puts(out, high > 0 ? "missing or " : "missing");
        low = 1;
    }
    if (low <= high && column->type == EXTRACT_TIME)
        put_times(column, low, high, out);
    else if (low <= high)
        put_numbers(column, low, high, out);
    return out->failed ? -1 : 0;
}
