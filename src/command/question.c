#include "command/question.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "recommend/cores.h"
#include "store/items.h"
#include "store/kinds.h"

/* --limit-per brand=2 */
static int read_limits(struct question *self, const struct args *args, struct error *err)
{
    size_t n = args_count(args, "limit-per");
    if (n > RECOMMENDER_LIMITS_MAX)
        return error_set(err, E_USAGE, "--limit-per", "may be given %d times at most", RECOMMENDER_LIMITS_MAX);
    for (size_t i = 0; i < n; i++) {
        const char *text = args_text_at(args, "limit-per", i), *equals = strrchr(text, '=');
        size_t length = (size_t)(equals - text);
        int64_t k;
        if (length >= sizeof self->fields[i] || !text_to_int64(equals + 1, strlen(equals + 1), &k) || k < 1 ||
            k > 10000) {
            error_set(err, E_USAGE, "--limit-per", "'%s' is not an attribute and a number from 1 on", text);
            return error_hint(err, E_USAGE, "write it like --limit-per brand=2: at most two items of each brand");
        }
        memcpy(self->fields[i], text, length);
        self->fields[i][length] = '\0';
        self->limits[i] = (struct recommender_limit){self->fields[i], (uint32_t)k};
    }
    self->request.limits = self->limits;
    self->request.n_limits = (uint32_t)n;
    return 0;
}

/* --met, --without: what if. */
static int read_what_if(struct question *self, const struct args *args, struct error *err)
{
    size_t met = args_count(args, "met"), without = args_count(args, "without");
    self->without = mem_zalloc(without, sizeof *self->without);
    if (self->without == NULL)
        return error_nomem(err, "the question");
    for (size_t i = 0; i < met; i++)
        self->recent[self->request.n_recent++] =
            (struct recommender_event){args_text_at(args, "met", i), kinds_usual_weight("view")};
    for (size_t i = 0; i < without; i++)
        self->without[i] = args_text_at(args, "without", i);
    self->request.exclude = self->without;
    self->request.n_exclude = (uint32_t)without;
    return 0;
}

/* What the server would be told of the moment, after all that was met; an item that is not there is a slip here. */
static int read_moment(struct question *self, const struct args *args, struct store *store, const char *view,
                       struct error *err)
{
    size_t n = args_count(args, "cart");
    int64_t item;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        self->cart[i] = args_text_at(args, "cart", i);
        rc = items_find(store, self->cart[i], &item, err);
        self->recent[self->request.n_recent++] =
            (struct recommender_event){self->cart[i], kinds_usual_weight("add_to_cart")};
    }
    if (rc == 0 && view != NULL) {
        rc = items_find(store, view, &item, err);
        self->recent[self->request.n_recent++] = (struct recommender_event){view, kinds_usual_weight("view")};
    }
    self->request.cart = self->cart;
    self->request.n_cart = (uint32_t)n;
    self->request.view = view;
    self->request.page = args_text(args, "page");
    return rc;
}

static int read_recent(struct question *self, const struct args *args, struct store *store, bool similar,
                       struct error *err)
{
    size_t cart = args_count(args, "cart"), met = similar ? 0 : args_count(args, "met");
    self->recent = mem_zalloc(met + cart + 1, sizeof *self->recent);
    self->cart = mem_zalloc(cart, sizeof *self->cart);
    if (self->recent == NULL || self->cart == NULL)
        return error_nomem(err, "the question");
    int rc = similar ? 0 : read_what_if(self, args, err);
    if (rc == 0)
        rc = read_moment(self, args, store, similar ? NULL : args_text(args, "view"), err);
    self->request.recent = self->recent;
    return rc;
}

/* What of it the command has; `similar` is about nobody: it knows neither modes nor new items for them. */
static struct asked read_asked(const struct args *args, bool similar)
{
    struct asked asked = {.filter = args_text(args, "filter"), .n = (uint32_t)args_int(args, "n"), .fresh = -1,
                          .diversity = args_given(args, "diversity") ? args_real(args, "diversity") : -1};
    asked.rules = args_text(args, "rules");
    asked.scenario = args_text(args, "scenario");
    if (!similar) {
        asked.mode = args_text(args, "mode");
        asked.fresh = args_given(args, "fresh") ? args_real(args, "fresh") : -1;
    }
    return asked;
}

static int open_chosen(struct question *self, struct app *app, const struct recommender_options *options,
                       struct error *err)
{
    struct recommender_core *core = NULL;
    int rc = cores_open(app->cores, &core, app->store, options, err);
    if (rc == 0)
        rc = recommender_new(&self->recommender, core, app->store, options->job, err);
    recommender_core_release(core);
    return rc;
}

static int open_recommender(struct question *self, struct app *app, const struct args *args, bool similar,
                            struct error *err)
{
    struct recommender_options options = {.model = args_text(args, "model"), .similar = similar, .job = app->job,
                                          .setting = settings_text(&self->settings, SETTING_ID_MODEL)};
    const char *asked = options.model;
    if (asked == NULL && self->scenario != NULL && self->scenario->n_models > 0)
        options.model = self->scenario->models[0].spec;
    int rc = open_chosen(self, app, &options, err);
    if (rc == E_USAGE && similar && asked == NULL && options.model != NULL) { /* the scenario's cannot tell */
        options.model = NULL;
        rc = open_chosen(self, app, &options, err);
    }
    return rc;
}

/* The other models of the scenario. */
static int open_voices(struct question *self, struct app *app, struct error *err)
{
    const struct scenario *s = self->scenario;
    int rc = 0;
    for (uint32_t m = 1; s != NULL && m < s->n_models && rc == 0; m++) {
        const struct recommender_options options = {.model = s->models[m].spec, .job = app->job};
        rc = cores_open(app->cores, &self->voices[self->n_voices].core, app->store, &options, err);
        if (rc == 0)
            self->voices[self->n_voices++].weight = s->models[m].weight;
    }
    self->request.voices = self->voices;
    self->request.n_voices = self->n_voices;
    self->request.weight = s != NULL && s->n_models > 0 ? s->models[0].weight : 1;
    return rc;
}

int question_open_placer(struct question *self, struct app *app, struct error *err)
{
    int rc = cores_open_placer(app->cores, &self->placer, app->store, app->job, err);
    for (uint32_t v = 0; rc == 0 && self->placer != NULL && v < self->n_voices; v++)
        if (recommender_core_record(self->voices[v].core)->model == recommender_core_record(self->placer)->model) {
            recommender_core_release(self->placer); /* the same one, once */
            self->placer = recommender_core_hold(self->voices[v].core);
        }
    self->request.placer = self->placer;
    return rc;
}

int question_begin(struct question *self, struct app *app, const struct args *args, bool similar, struct error *err)
{
    struct asked asked = read_asked(args, similar);
    *self = (struct question){.request = {.at = clock_now_ms()}};
    int rc = app_settings(app, &self->settings, err);
    if (rc == 0)
        rc = policy_load(&self->policy, app->store, err);
    if (rc == 0)
        rc = read_limits(self, args, err);
    if (rc == 0)
        rc = policy_request(self->policy, &asked, &self->settings, &self->request, &self->scenario, err);
    if (rc == 0)
        rc = read_recent(self, args, app->store, similar, err);
    if (rc == 0)
        rc = open_recommender(self, app, args, similar, err);
    if (rc == 0 && !similar && !args_given(args, "model"))
        rc = open_voices(self, app, err);
    if (rc == 0 && !similar && (self->request.fresh > 0 || self->n_voices > 0))
        rc = question_open_placer(self, app, err);
    if (rc != 0)
        question_end(self);
    return rc;
}

void question_end(struct question *self)
{
    recommender_free(self->recommender);
    for (uint32_t v = 0; v < self->n_voices; v++)
        recommender_core_release(self->voices[v].core);
    recommender_core_release(self->placer);
    policy_release(self->policy);
    mem_free(self->recent);
    mem_free(self->cart);
    mem_free(self->without);
    self->recent = NULL;
    self->cart = NULL;
    self->without = NULL;
    self->n_voices = 0;
    self->placer = NULL;
    self->recommender = NULL;
    self->policy = NULL;
}

const char *question_mode(const struct question *self)
{
    return self->request.repeat ? "repeat" : "discover";
}

void question_report_model(const struct question *self, struct result *out)
{
    const struct model_record *r = recommender_record(self->recommender);
    char spec[96];
    snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
    result_fact_text(out, "model", spec);
    result_fact_text(out, "chosen", recommender_choice(self->recommender));
    result_fact_time(out, "trained_on_events_until", r->data_to);
    for (uint32_t v = 0; v < self->n_voices; v++) {
        r = recommender_core_record(self->voices[v].core);
        snprintf(spec, sizeof spec, "%s@%lld", r->name, (long long)r->version);
        result_fact_text(out, "with", spec);
    }
    if (self->scenario != NULL) {
        snprintf(spec, sizeof spec, "%s@%lld", self->scenario->name, (long long)self->scenario->version);
        result_fact_text(out, "scenario", spec);
    }
}

void question_report_rules(const struct question *self, const struct slate *s, struct result *out)
{
    if (self->request.filter != NULL) {
        result_fact_text(out, "filter", self->request.filter);
        result_fact_int(out, "filtered", s->filtered, "items");
    }
    if (self->request.rules != NULL) {
        char set[96];
        if (ruleset_version(self->request.rules) != 0)
            snprintf(set, sizeof set, "%s@%lld", ruleset_name(self->request.rules),
                     (long long)ruleset_version(self->request.rules));
        else
            snprintf(set, sizeof set, "%.90s", ruleset_name(self->request.rules));
        result_fact_text(out, "rules", set);
        if (s->hidden > 0)
            result_fact_int(out, "hidden", s->hidden, "items");
    }
    if (s->rules_note[0] != '\0')
        result_note(out, "Rules: %s.", s->rules_note);
    if (s->filter_note[0] != '\0')
        result_note(out, "The filter: %s.", s->filter_note);
}

void question_report_slate(const struct question *self, const struct slate *s, struct result *out)
{
    result_fact_int(out, "history", s->history_events, "events");
    result_fact_int(out, "history_items", s->history_items, "items");
    result_fact_int(out, "eligible", s->eligible, "items");
    result_fact_int(out, "catalogue", s->catalogue, "items");
    if (s->withheld[0] != '\0') {
        result_fact_text(out, "withheld", s->withheld);
        result_note(out, "Nothing of this user's own was used: %s.", s->withheld);
    }
    if (s->fallback[0] != '\0')
        result_fact_text(out, "fallback", s->fallback);
    if (s->fallback[0] != '\0' && s->withheld[0] == '\0') {
        result_note(out, "The model knows nothing of this user's history, so this is %s.", s->fallback);
    }
    if (self->request.fresh > 0) {
        result_fact_int(out, "new_items", s->new_items, "items");
        if (s->new_items == 0)
            result_note(out, "No item came after the model was trained, or within %s days before (the setting "
                             "recommend.fresh-days), so none is shown as new.",
                        settings_text(&self->settings, SETTING_ID_FRESH_DAYS));
        else if (self->placer == NULL)
            result_note(out, "Nothing is known of the new items: `reckon train content` trains a model that places them "
                             "by their titles and attributes.");
    }
    question_report_rules(self, s, out);
    if (s->unknown_items > 0)
        result_note(out, "%u items of the history are unknown to the model: train it again to let them count.",
                    s->unknown_items);
}
