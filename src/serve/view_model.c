#include "serve/view_model.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "recommend/cores.h"
#include "recommend/policy.h"
#include "recommend/recommender.h"
#include "serve/view.h"

struct recommender_core *view_named_core(const struct view *self, const char *spec)
{
    for (size_t i = 0; i < self->n_named; i++)
        if (strcmp(self->named[i].spec, spec) == 0)
            return recommender_core_hold(self->named[i].core);
    return NULL;
}

struct recommender_core *view_model_core(const struct view *self, int64_t model)
{
    struct recommender_core *known[] = {self->core, self->similar_core, self->placer};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] != NULL && recommender_core_record(known[i])->model == model)
            return recommender_core_hold(known[i]);
    for (size_t i = 0; i < self->n_named; i++)
        if (recommender_core_record(self->named[i].core)->model == model)
            return recommender_core_hold(self->named[i].core);
    return NULL;
}

/* The model as this view or the former one (may be NULL) has it open; NULL when neither has. */
static struct recommender_core *have_open(const struct view *self, const struct view *former,
                                          const struct model_record *wanted)
{
    struct recommender_core *core = view_model_core(self, wanted->model);
    return core != NULL || former == NULL ? core : view_model_core(former, wanted->model);
}

/* Read from its file only when neither this view nor the former has it. */
static int open_core(struct recommender_core **out, const struct view *self, struct store *store,
                     const struct recommender_options *options, const struct view *former, struct error *err)
{
    struct model_record wanted;
    int rc = recommender_choose(store, options, &wanted, err);
    if (rc != 0)
        return rc;
    *out = have_open(self, former, &wanted);
    model_record_release(&wanted);
    return *out != NULL ? 0 : recommender_core_open(out, store, options, err);
}

static void say(char out[400], const struct error *err)
{
    snprintf(out, 400, "%.100s: %.250s", err->what, err->why);
}

/* A model of a scenario, so that no request has to ask the registry what its name means. */
static int open_named(struct view *self, struct store *store, const char *spec, const struct view *former,
                      struct error *err)
{
    struct recommender_options options = {.model = spec};
    struct recommender_core *core = view_named_core(self, spec);
    if (core != NULL) {
        recommender_core_release(core);
        return 0;
    }
    size_t cap = self->n_named;
    if (mem_grow((void **)&self->named, &cap, self->n_named + 1, sizeof *self->named) != 0)
        return error_nomem(err, "serve");
    int rc = open_core(&core, self, store, &options, former, err);
    if (rc == 0)
        self->named[self->n_named++] = (struct view_named){spec, core};
    return rc;
}

/* Those that cannot be had are looked for again when somebody asks for them, who then learns why. */
static void open_scenarios(struct view *self, struct store *store, const struct view *former)
{
    for (size_t i = 0; i < policy_scenarios(self->policy); i++) {
        const struct scenario *s = policy_scenario_at(self->policy, i);
        for (uint32_t m = 0; m < s->n_models; m++)
            open_named(self, store, s->models[m].spec, former, NULL);
    }
}

/* Without one, new items wait for the next training. */
static void open_placer(struct view *self, struct store *store, const struct view *former)
{
    struct model_record wanted;
    bool found = false;
    if (recommender_find_placer(store, &wanted, &found, NULL) != 0 || !found)
        return;
    self->placer = have_open(self, former, &wanted);
    model_record_release(&wanted);
    if (self->placer == NULL)
        cores_open_placer(NULL, &self->placer, store, NULL, NULL);
}

/* A model that cannot be had leaves the former one in its place: reading goes on. */
int view_model_open(struct view *self, struct store *store, const struct view *former, struct error *err)
{
    struct recommender_options options = {.setting = settings_text(&self->settings, SETTING_ID_MODEL)};
    int rc = open_core(&self->core, self, store, &options, former, err);
    if (rc != 0) {
        say(self->core_problem, err);
        if (rc != E_NOT_FOUND && former != NULL && former->core != NULL)
            self->core = recommender_core_hold(former->core);
    }
    options.similar = true;
    rc = open_core(&self->similar_core, self, store, &options, former, err);
    if (rc != 0 && rc != E_NOT_FOUND && rc != E_USAGE && former != NULL && former->similar_core != NULL)
        self->similar_core = recommender_core_hold(former->similar_core);
    open_scenarios(self, store, former);
    open_placer(self, store, former);
    if (self->core != NULL) {
        const struct model_record *r = recommender_core_record(self->core);
        snprintf(self->model, sizeof self->model, "%s@%lld", r->name, (long long)r->version);
    }
    return 0;
}

void view_model_release(struct view *self)
{
    recommender_core_release(self->core);
    recommender_core_release(self->similar_core);
    recommender_core_release(self->placer);
    for (size_t i = 0; i < self->n_named; i++)
        recommender_core_release(self->named[i].core);
    mem_free(self->named);
}
