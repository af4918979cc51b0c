#include "ui/earlier.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "command/models/recipes.h"
#include "store/registry.h"

/* What a reading thread fills. */
struct reading {
    char recipe[EARLIER_NAME], kind[REGISTRY_NAME_MAX];
    struct earlier_model models[EARLIER_MAX];
    int64_t model[EARLIER_MAX];
    size_t n;
    struct charts charts;
    const char *spec; /* whose points are being read */
};

static void reading_free(void *data)
{
    struct reading *r = data;
    charts_clear(&r->charts);
    mem_free(r);
}

static bool is_kind(const char *name)
{
    struct recipe_about about;
    for (size_t i = 0; recipes_about(i, &about); i++)
        if (strcmp(about.name, name) == 0)
            return true;
    return false;
}

static int take_model(void *context, const struct model_record *record)
{
    struct reading *r = context;
    if (r->n == EARLIER_MAX || strcmp(record->kind, r->kind) != 0)
        return 0;
    struct earlier_model *m = &r->models[r->n];
    snprintf(m->spec, sizeof m->spec, "%.64s@%" PRId64, record->name, record->version);
    snprintf(m->stage, sizeof m->stage, "%s", record->stage);
    m->created = record->created;
    m->value = m->low = m->high = (double)NAN;
    r->model[r->n++] = record->model;
    return 0;
}

static int take_metric(void *context, const struct model_metric *metric)
{
    struct earlier_model *m = context;
    if (strncmp(metric->metric, "ndcg@", 5) != 0)
        return 0;
    snprintf(m->metric, sizeof m->metric, "%s", metric->metric);
    snprintf(m->protocol, sizeof m->protocol, "%s", metric->protocol);
    m->value = metric->value;
    m->low = metric->low;
    m->high = metric->high;
    return 0;
}

/* Only of the last training, not of the one that was measured before it: those carry the same names. */
static int take_point(void *context, const struct model_point *p)
{
    struct reading *r = context;
    char name[CHART_NAME_MAX + EARLIER_NAME];
    snprintf(name, sizeof name, "%s, %s", r->spec, p->series);
    charts_add(&r->charts, name, p->x_unit, p->x, p->y);
    return 0;
}

static int read_earlier(struct store *store, void *data, struct job *job, struct error *err)
{
    struct reading *r = data;
    struct model_record record;
    (void)job;
    snprintf(r->kind, sizeof r->kind, "%.*s", REGISTRY_NAME_MAX - 1, r->recipe);
    if (!is_kind(r->recipe)) {
        int rc = registry_find(store, r->recipe, &record, err);
        if (rc != 0)
            return rc;
        memcpy(r->kind, record.kind, sizeof r->kind);
        model_record_release(&record);
    }
    int rc = registry_each(store, take_model, r, err);
    for (size_t i = r->n; rc == 0 && i-- > 0;) {
        r->spec = r->models[i].spec;
        rc = registry_metrics(store, r->model[i], take_metric, &r->models[i], err);
        if (rc == 0)
            rc = registry_curves(store, r->model[i], take_point, r, err);
    }
    return rc;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct earlier *self = owner;
    struct reading *r = data;
    self->known = true;
    self->problem = rc != 0 ? *err : (struct error){0};
    charts_clear(&self->charts);
    self->n = rc == 0 ? r->n : 0;
    if (rc != 0)
        return;
    memcpy(self->models, r->models, sizeof self->models);
    self->charts = r->charts;
    r->charts.n = 0;
}

void earlier_init(struct earlier *self, struct console *console)
{
    self->console = console;
}

void earlier_release(struct earlier *self)
{
    if (self->console != NULL)
        fetcher_forget(console_fetcher(self->console), self);
    charts_clear(&self->charts);
}

void earlier_ask(struct earlier *self, const char *recipe, bool again)
{
    if (strcmp(self->recipe, recipe) == 0 && !again)
        return;
    struct reading *r = mem_zalloc(1, sizeof *r);
    if (r == NULL)
        return;
    if (strcmp(self->recipe, recipe) != 0) {
        self->known = false;
        self->n = 0;
        charts_clear(&self->charts);
    }
    snprintf(self->recipe, sizeof self->recipe, "%s", recipe);
    snprintf(r->recipe, sizeof r->recipe, "%s", recipe);
    fetcher_forget(console_fetcher(self->console), self);
    struct question q = {
        .owner = self, .lane = READ_NOW, .data = r, .read = read_earlier, .deliver = deliver, .free = reading_free};
    if (fetcher_ask(console_fetcher(self->console), &q, &self->problem) != 0)
        self->known = true;
}
