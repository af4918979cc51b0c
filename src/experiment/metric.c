#include "experiment/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "store/kinds.h"

static const struct {
    const char *word, *means;
} shorthands[] = {
    {"conversion", "rate:purchase"}, {"orders", "count:purchase"}, {"revenue", "revenue:purchase"},
    {"ctr", "ratio:click/view"},     {"retention", "retention:7"},
};

static const char *const types[] = {"rate:", "count:", "revenue:", "ratio:", "retention:",
                                    "churn:", "ltv:", "quantile:"};

static int refuse(const char *text, struct error *err)
{
    error_set(err, E_USAGE, text, "is not a metric");
    return error_hint(err, E_USAGE, "write conversion, orders, revenue, ctr, retention, or rate:KIND, count:KIND, "
                                    "revenue:KIND, ratio:KIND/KIND, quantile:Q/KIND, retention:DAYS, churn:DAYS, "
                                    "ltv:DAYS; with ,down when less is better");
}

static bool copy_kind(char *out, size_t size, const char *from, size_t n)
{
    if (n == 0 || n >= size)
        return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

static bool read_days(struct metric *out, const char *text)
{
    return text_to_int64(text, strlen(text), &out->days) && out->days >= 1 && out->days <= 3650;
}

static bool read_rest(struct metric *out, const char *rest)
{
    const char *slash = strchr(rest, '/');
    size_t n = strlen(rest), before = slash != NULL ? (size_t)(slash - rest) : 0;
    switch (out->type) {
    case METRIC_RATIO:
        return slash != NULL && copy_kind(out->kind, sizeof out->kind, rest, before) &&
               copy_kind(out->below, sizeof out->below, slash + 1, strlen(slash + 1));
    case METRIC_QUANTILE:
        return slash != NULL && text_to_double(rest, before, &out->q) && out->q > 0 && out->q < 1 &&
               copy_kind(out->kind, sizeof out->kind, slash + 1, strlen(slash + 1));
    case METRIC_RETENTION:
        return read_days(out, rest);
    case METRIC_CHURN:
        out->down = true;
        return read_days(out, rest) && out->days >= 2;
    case METRIC_LTV:
        return slash != NULL ? copy_kind(out->kind, sizeof out->kind, rest, before) && read_days(out, slash + 1)
                             : copy_kind(out->kind, sizeof out->kind, "purchase", 8) && read_days(out, rest);
    default:
        return slash == NULL && copy_kind(out->kind, sizeof out->kind, rest, n);
    }
}

int metric_parse(struct metric *out, const char *text, struct error *err)
{
    char word[METRIC_NAME_MAX];
    *out = (struct metric){.down = false};
    if (strlen(text) >= sizeof word)
        return refuse(text, err);
    snprintf(out->name, sizeof out->name, "%s", text);
    snprintf(word, sizeof word, "%s", text);
    char *comma = strchr(word, ',');
    if (comma != NULL) {
        if (strcmp(comma, ",down") != 0)
            return refuse(text, err);
        out->down = true;
        *comma = '\0';
    }
    const char *means = word;
    for (size_t i = 0; i < sizeof shorthands / sizeof shorthands[0]; i++)
        if (strcmp(word, shorthands[i].word) == 0)
            means = shorthands[i].means;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        size_t n = strlen(types[t]);
        if (strncmp(means, types[t], n) != 0)
            continue;
        out->type = (enum metric_type)t;
        return read_rest(out, means + n) ? 0 : refuse(text, err);
    }
    return refuse(text, err);
}

static int find_kind(const struct kind *kinds, size_t n, const char *name, const char *metric, int64_t *id,
                     struct error *err)
{
    struct str names;
    if (name[0] == '\0')
        return 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *id = kinds[i].kind;
            return 0;
        }
    str_init(&names, 200);
    for (size_t i = 0; i < n; i++)
        str_printf(&names, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    int rc = error_set(err, E_NOT_FOUND, metric, "the store has no events of kind %s", name);
    rc = error_hint(err, rc, n > 0 ? "its events are of kind %s" : "it has no events yet; reckon import events FILE%s",
                    n > 0 ? str_text(&names) : "");
    str_release(&names);
    return rc;
}

int metric_bind(struct metric *metrics, size_t n, struct store *store, struct error *err)
{
    struct kind *kinds;
    size_t n_kinds;
    int rc = kinds_list(store, false, &kinds, &n_kinds, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = find_kind(kinds, n_kinds, metrics[i].kind, metrics[i].name, &metrics[i].kind_id, err);
        if (rc == 0)
            rc = find_kind(kinds, n_kinds, metrics[i].below, metrics[i].name, &metrics[i].below_id, err);
    }
    mem_free(kinds);
    return rc;
}

bool metric_is_rate(const struct metric *self)
{
    return self->type == METRIC_RATE || self->type == METRIC_RETENTION || self->type == METRIC_CHURN;
}

bool metric_is_money(const struct metric *self)
{
    return self->type == METRIC_REVENUE || self->type == METRIC_LTV;
}

bool metric_is_ripe(const struct metric *self, int64_t exposed, int64_t now)
{
    return self->days == 0 || exposed <= now - self->days * CLOCK_DAY_MS;
}

const char *metric_says(const struct metric *self, char *text, size_t size)
{
    switch (self->type) {
    case METRIC_RATE: snprintf(text, size, "share of users with a %s", self->kind); break;
    case METRIC_COUNT: snprintf(text, size, "%s events per user", self->kind); break;
    case METRIC_REVENUE: snprintf(text, size, "revenue by %s per user", self->kind); break;
    case METRIC_RATIO: snprintf(text, size, "%s events per %s event", self->kind, self->below); break;
    case METRIC_RETENTION:
        snprintf(text, size, "share of users seen again after %lld days", (long long)self->days);
        break;
    case METRIC_CHURN:
        snprintf(text, size, "share of users not seen again within %lld days", (long long)self->days);
        break;
    case METRIC_LTV:
        snprintf(text, size, "revenue by %s per user within %lld days", self->kind, (long long)self->days);
        break;
    case METRIC_QUANTILE: snprintf(text, size, "%g-quantile of what a %s comes to", self->q, self->kind); break;
    }
    return text;
}

double metric_event_value(double price, double quantity)
{
    double value = price * (isnan(quantity) ? 1 : quantity);
    return isfinite(value) ? value : 0;
}

static double measure(const struct metric *self, const struct metric_event *e, int64_t kind)
{
    if (e->kind != kind)
        return 0;
    return metric_is_money(self) ? e->value : 1;
}

static struct metric_value retained(const struct metric *self, const struct metric_event *events, size_t n,
                                    int64_t exposed)
{
    int64_t until = exposed + self->days * CLOCK_DAY_MS, since = until - self->days * CLOCK_DAY_MS / 7;
    struct metric_value v = {.x = 1};
    for (size_t i = 0; i < n; i++) {
        v.y = events[i].time >= since && events[i].time < until ? 1 : v.y;
        v.pre = events[i].time < exposed ? 1 : v.pre;
    }
    return v;
}

static struct metric_value churned(const struct metric *self, const struct metric_event *events, size_t n,
                                   int64_t exposed)
{
    struct metric_value v = {.y = 1, .x = 1, .pre = 1};
    for (size_t i = 0; i < n; i++) {
        int64_t since = events[i].time - exposed;
        v.y = since >= CLOCK_DAY_MS && since < self->days * CLOCK_DAY_MS ? 0 : v.y;
        v.pre = since < -CLOCK_DAY_MS ? 0 : v.pre;
    }
    return v;
}

bool metric_counts(const struct metric *self, const struct metric_event *e, int64_t exposed, int64_t window)
{
    return self->type == METRIC_QUANTILE && e->kind == self->kind_id && e->value != 0 && e->time >= exposed &&
           e->time < exposed + window;
}

struct metric_value metric_of(const struct metric *self, const struct metric_event *events, size_t n, int64_t exposed,
                              int64_t before, int64_t window)
{
    struct metric_value v = {.x = self->type == METRIC_RATIO ? 0 : 1};
    if (self->type == METRIC_RETENTION)
        return retained(self, events, n, exposed);
    if (self->type == METRIC_CHURN)
        return churned(self, events, n, exposed);
    window = self->days > 0 ? self->days * CLOCK_DAY_MS : window;
    for (size_t i = 0; i < n; i++) {
        const struct metric_event *e = &events[i];
        if (e->time < exposed - before || e->time >= exposed + window)
            continue;
        if (e->time < exposed) {
            v.pre += measure(self, e, self->kind_id);
        } else {
            v.y += measure(self, e, self->kind_id);
            if (self->type == METRIC_RATIO && e->kind == self->below_id)
                v.x++;
        }
    }
    if (self->type == METRIC_RATE) {
        v.y = v.y > 0 ? 1 : 0;
        v.pre = v.pre > 0 ? 1 : 0;
    }
    return v;
}
