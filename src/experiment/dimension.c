#include "experiment/dimension.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/exposed_values.h"

static const char *const weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

enum { UNKNOWN = 0, NAMED_MAX = DIMENSION_LEVELS_MAX - 2, TEXTS_MAX = 4096 };

/* One text among those that were met, and how many users have it. */
struct met {
    char *text;
    size_t users, place; /* place: in the order of meeting */
};

struct gathering {
    struct dimension *out;
    struct met *met;
    size_t n_met, cap_met, cap_users, cap_which, cap_numbers;
    uint32_t *which;   /* of each user: the place of its text */
    double *numbers;   /* or its number */
    bool numeric, boolean;
    double rows;
    struct job *job;
    struct error *err;
};

static int find_text(struct gathering *g, const char *text, uint32_t *place)
{
    for (size_t i = 0; i < g->n_met; i++)
        if (strcmp(g->met[i].text, text) == 0) {
            g->met[i].users++;
            *place = (uint32_t)i;
            return 0;
        }
    *place = UINT32_MAX; /* one of very many: "other" */
    if (g->n_met == TEXTS_MAX)
        return 0;
    if (mem_grow((void **)&g->met, &g->cap_met, g->n_met + 1, sizeof *g->met) != 0)
        return E_NOMEM;
    char *copy = mem_strdup(text);
    if (copy == NULL)
        return E_NOMEM;
    g->met[g->n_met] = (struct met){copy, 1, g->n_met};
    *place = (uint32_t)g->n_met++;
    return 0;
}

static int take(void *context, int64_t user, const struct attribute_value *value)
{
    struct gathering *g = context;
    size_t n = g->out->n;
    int rc = 0;
    if (mem_grow((void **)&g->out->users, &g->cap_users, n + 1, sizeof *g->out->users) != 0 ||
        mem_grow((void **)&g->which, &g->cap_which, n + 1, sizeof *g->which) != 0 ||
        mem_grow((void **)&g->numbers, &g->cap_numbers, n + 1, sizeof *g->numbers) != 0)
        return error_nomem(g->err, g->out->name);
    g->out->users[n] = user;
    g->numbers[n] = value->number;
    if (!g->numeric)
        rc = find_text(g, g->boolean ? value->number != 0 ? "yes" : "no" : value->text != NULL ? value->text : "",
                       &g->which[n]);
    if (rc != 0)
        return error_nomem(g->err, g->out->name);
    g->out->n++;
    if (fmod(++g->rows, 4096) == 0 && job_step(g->job, g->out->name, g->rows, 0, "users"))
        return job_error_cancelled(g->err, "experiment report");
    return 0;
}

static int by_users(const void *a, const void *b)
{
    const struct met *x = a, *y = b;
    if (x->users != y->users)
        return x->users > y->users ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int name_texts(struct gathering *g, struct error *err)
{
    struct dimension *d = g->out;
    uint8_t *level = mem_zalloc(g->n_met + 1, sizeof *level);
    if (level == NULL)
        return error_nomem(err, d->name);
    if (g->n_met > 0)
        qsort(g->met, g->n_met, sizeof *g->met, by_users);
    for (size_t i = 0; i < g->n_met; i++) {
        bool named = i < NAMED_MAX;
        size_t at = named ? i + 1 : NAMED_MAX + 1;
        level[g->met[i].place] = (uint8_t)at;
        snprintf(d->label[at], sizeof d->label[at], "%s", named ? g->met[i].text : "other");
        d->n_levels = at + 1;
    }
    for (size_t i = 0; i < d->n; i++)
        d->level[i] = g->which[i] == UINT32_MAX ? NAMED_MAX + 1 : level[g->which[i]];
    mem_free(level);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quarters, or fewer when many users have one value. */
static int cut_numbers(struct gathering *g, struct error *err)
{
    struct dimension *d = g->out;
    double *sorted = mem_dup(g->numbers, (d->n > 0 ? d->n : 1) * sizeof *sorted), cut[3];
    size_t n_cuts = 0;
    if (sorted == NULL)
        return error_nomem(err, d->name);
    qsort(sorted, d->n, sizeof *sorted, by_value);
    for (size_t q = 1; q < 4 && d->n > 0; q++) {
        double at = sorted[d->n * q / 4];
        if (at > sorted[0] && (n_cuts == 0 || at > cut[n_cuts - 1]))
            cut[n_cuts++] = at;
    }
    for (size_t c = 0; c <= n_cuts && d->n > 0; c++) {
        char *label = d->label[c + 1];
        if (n_cuts == 0)
            snprintf(label, DIMENSION_LABEL_MAX, "%g and more", sorted[0]);
        else if (c == 0)
            snprintf(label, DIMENSION_LABEL_MAX, "below %g", cut[0]);
        else if (c == n_cuts)
            snprintf(label, DIMENSION_LABEL_MAX, "%g and more", cut[c - 1]);
        else
            snprintf(label, DIMENSION_LABEL_MAX, "%g to below %g", cut[c - 1], cut[c]);
        d->n_levels = c + 2;
    }
    for (size_t i = 0; i < d->n; i++) {
        size_t c = 0;
        while (c < n_cuts && g->numbers[i] >= cut[c])
            c++;
        d->level[i] = (uint8_t)(c + 1);
    }
    mem_free(sorted);
    return 0;
}

static int refuse(struct store *store, const char *name, struct error *err)
{
    struct attribute *list;
    size_t n;
    struct str names;
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &list, &n, err);
    if (rc != 0)
        return rc;
    str_init(&names, 200);
    for (size_t i = 0; i < n; i++)
        if (list[i].type != ATTRIBUTE_LIST)
            str_printf(&names, ", %s", list[i].name);
    mem_free(list);
    error_set(err, E_USAGE, name, "is not what users can be told apart by");
    error_hint(err, E_USAGE, "write weekday, history, device, channel, item:ATTRIBUTE%s%s", str_text(&names),
               n == 0 ? "; people of this store have no attributes" : "");
    str_release(&names);
    return E_USAGE;
}

static int find_attribute(struct attribute *out, struct store *store, enum attribute_entity entity, const char *name,
                          const char *written, struct error *err)
{
    struct attribute *list;
    size_t n, at = 0;
    int rc = attributes_list(store, entity, &list, &n, err);
    if (rc != 0)
        return rc;
    while (at < n && (strcmp(list[at].name, name) != 0 || list[at].type == ATTRIBUTE_LIST))
        at++;
    bool found = at < n;
    if (found)
        *out = list[at];
    mem_free(list);
    return found ? 0 : refuse(store, written, err);
}

static int read_values(struct dimension *d, struct store *store, int64_t experiment, enum exposed_value what,
                       const struct attribute *attribute, struct job *job, struct error *err)
{
    struct gathering g = {.out = d, .job = job, .err = err};
    g.numeric = what <= EXPOSED_ITEM && attribute->type == ATTRIBUTE_NUMBER;
    g.boolean = what <= EXPOSED_ITEM && attribute->type == ATTRIBUTE_BOOLEAN;
    int rc = exposed_values_each(store, experiment, what, attribute, take, &g, err);
    if (rc == 0 && (d->level = mem_alloc(d->n > 0 ? d->n : 1, sizeof *d->level)) == NULL)
        rc = error_nomem(err, d->name);
    if (rc == 0)
        rc = g.numeric ? cut_numbers(&g, err) : name_texts(&g, err);
    for (size_t i = 0; i < g.n_met; i++)
        mem_free(g.met[i].text);
    mem_free(g.met);
    mem_free(g.which);
    mem_free(g.numbers);
    return rc;
}

int dimension_read(struct dimension *d, struct store *store, int64_t experiment, const char *name, struct job *job,
                   struct error *err)
{
    struct attribute attribute = {.attribute = 0};
    enum exposed_value what = EXPOSED_ATTRIBUTE;
    int rc = 0;
    *d = (struct dimension){.kind = DIMENSION_VALUES, .n_levels = 1, .label = {"unknown"}};
    if (strlen(name) >= sizeof d->name)
        return refuse(store, name, err);
    snprintf(d->name, sizeof d->name, "%s", name);
    if (strcmp(name, "weekday") == 0) {
        d->kind = DIMENSION_WEEKDAY;
        for (d->n_levels = 0; d->n_levels < 7; d->n_levels++)
            snprintf(d->label[d->n_levels], sizeof d->label[0], "%s", weekdays[d->n_levels]);
        return 0;
    }
    if (strcmp(name, "history") == 0) {
        d->kind = DIMENSION_HISTORY;
        d->n_levels = 2;
        snprintf(d->label[0], sizeof d->label[0], "new");
        snprintf(d->label[1], sizeof d->label[1], "known");
        return 0;
    }
    if (strcmp(name, "device") == 0)
        what = EXPOSED_DEVICE;
    else if (strcmp(name, "channel") == 0)
        what = EXPOSED_CHANNEL;
    else if (strncmp(name, "item:", 5) == 0)
        what = EXPOSED_ITEM, rc = find_attribute(&attribute, store, ATTRIBUTE_OF_ITEM, name + 5, name, err);
    else
        rc = find_attribute(&attribute, store, ATTRIBUTE_OF_USER, name + (strncmp(name, "user:", 5) == 0 ? 5 : 0),
                            name, err);
    if (rc == 0 && experiment != 0)
        rc = read_values(d, store, experiment, what, &attribute, job, err);
    if (rc != 0)
        dimension_release(d);
    return rc;
}

void dimension_release(struct dimension *self)
{
    mem_free(self->users);
    mem_free(self->level);
    self->users = NULL;
    self->level = NULL;
    self->n = 0;
}

size_t dimension_level(const struct dimension *self, int64_t user, int64_t exposed, bool before)
{
    if (self->kind == DIMENSION_HISTORY)
        return before ? 1 : 0;
    if (self->kind == DIMENSION_WEEKDAY) {
        int64_t day = (exposed - (exposed < 0 ? CLOCK_DAY_MS - 1 : 0)) / CLOCK_DAY_MS;
        return (size_t)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    }
    size_t low = 0, high = self->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->users[middle] < user)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n && self->users[low] == user ? self->level[low] : UNKNOWN;
}
