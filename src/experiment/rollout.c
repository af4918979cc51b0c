#include "experiment/rollout.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "experiment/reading.h"
#include "stats/proportion.h"

#define LIVE_ALPHA 0.01
#define SLOW_SHARE 0.05

const char *rollout_step_name(enum rollout_step step)
{
    static const char *const names[] = {"hold", "next", "rolled back", "complete"};
    return names[step];
}

/* Plans. */

int rollout_plan_write(const struct rollout_plan *p, char **out, struct error *err)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(steps, json_integer(p->steps[i]));
    json_t *all = json_pack("{s:o, s:f, s:f, s:f, s:f}", "steps", steps, "users", p->least_users, "hours",
                            p->least_hours, "errors", p->errors, "ms", p->ms);
    char *text = all != NULL ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    *out = text != NULL ? mem_strdup(text) : NULL;
    free(text);
    json_decref(all);
    return *out != NULL ? 0 : error_nomem(err, "rollout");
}

int rollout_plan_read(struct rollout_plan *out, const char *text, const char *name, struct error *err)
{
    json_t *all = json_loads(text, 0, NULL), *steps = NULL;
    *out = (struct rollout_plan){.n = 0};
    int bad = json_unpack(all, "{s:o, s:F, s:F, s:F, s:F}", "steps", &steps, "users", &out->least_users, "hours",
                          &out->least_hours, "errors", &out->errors, "ms", &out->ms);
    if (bad == 0 && json_array_size(steps) > 0 && json_array_size(steps) <= DESIGN_LOOKS_MAX)
        for (; out->n < json_array_size(steps); out->n++)
            out->steps[out->n] = (uint32_t)json_integer_value(json_array_get(steps, out->n));
    json_decref(all);
    return out->n > 0 ? 0 : error_set(err, E_CORRUPT, name, "its rollout cannot be read");
}

/* Live guardrails. */

/* Is the share above the limit, and not by chance? */
static bool above(uint64_t hits, uint64_t n, double limit, double *share)
{
    double low, high;
    const struct proportion p = {.x = (double)hits, .n = (double)n};
    *share = (double)hits / (double)n;
    return proportion_interval(&p, PROPORTION_WILSON, LIVE_ALPHA, &low, &high, NULL) == 0 && low > limit;
}

bool rollout_breached(const struct rollout_plan *plan, const struct design *d, const struct rollout_live *arms,
                      char *why, size_t size)
{
    double share;
    for (size_t a = 1; a < d->n_arms; a++) {
        const struct rollout_live *l = &arms[a];
        if (l->requests < ROLLOUT_LIVE_MIN)
            continue;
        if (plan->errors < 1 && above(l->errors, l->requests, plan->errors, &share)) {
            snprintf(why, size, "%s fails: %llu of its last %llu requests (%.1f %%), and at most %.4g %% may", d->arms[a].name,
                     (unsigned long long)l->errors, (unsigned long long)l->requests, 100 * share, 100 * plan->errors);
            return true;
        }
        if (plan->ms > 0 && above(l->slow, l->requests, SLOW_SHARE, &share)) {
            snprintf(why, size, "%s is slow: %.1f %% of its last %llu answers took longer than %g ms, and at most 5 %% may",
                     d->arms[a].name, 100 * share, (unsigned long long)l->requests, plan->ms);
            return true;
        }
    }
    return false;
}

/* Looks. */

struct look {
    struct experiment_record record;
    struct rollout_record rollout;
    struct rollout_plan plan;
    struct design *design;
    struct reading *reading;
    int64_t seen; /* users since the last step */
};

static void look_release(struct look *l)
{
    experiment_record_release(&l->record);
    rollout_record_release(&l->rollout);
    mem_free(l->design);
    mem_free(l->reading);
}

static int find(struct look *l, struct store *store, const char *name, struct error *err)
{
    bool known = false;
    *l = (struct look){.design = mem_zalloc(1, sizeof *l->design), .reading = mem_zalloc(1, sizeof *l->reading)};
    int rc = l->design == NULL || l->reading == NULL ? error_nomem(err, name)
                                                     : experiments_find(store, name, &l->record, err);
    if (rc == 0)
        rc = design_read(l->design, l->record.design, l->record.name, err);
    if (rc == 0 && l->record.state != EXPERIMENT_RUNNING) {
        rc = error_set(err, E_CONFLICT, l->record.name, "is %s: it does not run",
                       experiment_state_name(l->record.state));
        return error_hint(err, rc, "reckon experiment start %s", l->record.name);
    }
    if (rc == 0)
        rc = rollouts_find(store, l->record.experiment, &l->rollout, &known, err);
    if (rc == 0 && !known) {
        rc = error_set(err, E_CONFLICT, l->record.name, "has no rollout");
        return error_hint(err, rc, "reckon experiment ramp %s --steps 1,10,100", l->record.name);
    }
    if (rc == 0 && (l->rollout.state == ROLLOUT_ABORTED || l->rollout.state == ROLLOUT_ROLLED_BACK)) {
        rc = error_set(err, E_CONFLICT, l->record.name, "its rollout was %s", rollout_state_name(l->rollout.state));
        return error_hint(err, rc, "reckon experiment ramp %s --steps 1,10,100 begins another", l->record.name);
    }
    return rc != 0 ? rc : rollout_plan_read(&l->plan, l->rollout.plan, l->record.name, err);
}

static int read_what_there_is(struct look *l, struct store *store, int64_t now, struct job *job, struct error *err)
{
    struct collected collected = {.sums = NULL};
    int rc = 0;
    for (size_t m = 0; m < l->design->n_metrics && rc == 0; m++)
        rc = metric_bind(&l->design->metrics[m].metric, 1, store, err);
    if (rc == 0)
        rc = collect(&collected, store, l->record.experiment, l->design, now, job, err);
    if (rc == 0)
        rc = reading_make(l->reading, &collected, l->design, err);
    if (rc == 0)
        rc = exposures_since(store, l->record.experiment, l->rollout.since, &l->seen, err);
    collected_release(&collected);
    return rc;
}

static enum rollout_step decide(const struct look *l, const char *breach, int64_t now, struct rollout_outcome *out)
{
    const struct rollout_plan *p = &l->plan;
    const struct reading *r = l->reading;
    uint32_t coverage = l->record.coverage;
    double hours = (double)(now - l->rollout.since) / 3600000;
    size_t next = 0;
    out->coverage = coverage;
    out->users = (double)l->seen;
    if (breach != NULL || r->verdict == READING_BROKEN || r->verdict == READING_HARM || r->verdict == READING_WORSE) {
        out->coverage = 0;
        snprintf(out->reason, sizeof out->reason, "%s", breach != NULL ? breach : r->sentence);
        return ROLLOUT_BACK;
    }
    while (next < p->n && p->steps[next] <= coverage)
        next++;
    if (next == p->n) {
        snprintf(out->reason, sizeof out->reason, "the last step, %g %%, is reached", coverage / 100.0);
        return ROLLOUT_DONE;
    }
    if (l->rollout.state == ROLLOUT_PAUSED || hours < 0) {
        snprintf(out->reason, sizeof out->reason, "%s",
                 hours < 0 ? "the clock is before the last step: it has gone back" : "the rollout is paused");
        return ROLLOUT_HOLD;
    }
    bool seen = coverage == 0 || l->seen > 0;
    if (coverage > 0 && ((double)l->seen < p->least_users || hours < p->least_hours || !seen)) {
        snprintf(out->reason, sizeof out->reason, "%lld of at least %.0f users and %.1f of at least %g hours%s",
                 (long long)l->seen, p->least_users, hours, p->least_hours,
                 seen ? "" : ", and nobody was exposed since the last step");
        return ROLLOUT_HOLD;
    }
    out->coverage = p->steps[next];
    snprintf(out->reason, sizeof out->reason, "from %g %% to %g %%: %lld users, no guardrail is hurt", coverage / 100.0,
             out->coverage / 100.0, (long long)l->seen);
    return ROLLOUT_NEXT;
}

/* In the transaction: what was read is still so. */
static int still_so(const struct look *l, struct store *store, const char *name, bool *so, struct error *err)
{
    struct experiment_record fresh = {.experiment = 0};
    struct rollout_record rollout = {.experiment = 0};
    bool known = false;
    int rc = experiments_find(store, name, &fresh, err);
    if (rc == 0)
        rc = rollouts_find(store, fresh.experiment, &rollout, &known, err);
    *so = rc == 0 && known && fresh.state == l->record.state && fresh.coverage == l->record.coverage &&
          rollout.state == l->rollout.state && rollout.since == l->rollout.since;
    experiment_record_release(&fresh);
    rollout_record_release(&rollout);
    return rc;
}

static int set_says(struct look *l, int64_t now, const char *text)
{
    mem_free(l->rollout.says);
    l->rollout.says = mem_strdup(text);
    l->rollout.looked = now;
    return l->rollout.says != NULL ? 0 : E_NOMEM;
}

static int put(struct look *l, struct store *store, struct rollout_outcome *out, const struct audit_actor *actor,
               int64_t now, struct error *err)
{
    bool so, back = out->step == ROLLOUT_BACK, step = out->step == ROLLOUT_NEXT;
    bool done = out->step == ROLLOUT_DONE && l->rollout.state != ROLLOUT_COMPLETE;
    int rc = still_so(l, store, l->record.name, &so, err);
    if (rc == 0 && !so) {
        out->step = ROLLOUT_HOLD;
        out->coverage = l->record.coverage;
        snprintf(out->reason, sizeof out->reason, "somebody else has changed it meanwhile");
        return 0;
    }
    if (rc == 0 && !back && !step && !done)
        return rollouts_looked(store, l->record.experiment, now, out->reason, err);
    if (rc == 0 && set_says(l, now, out->reason) != 0)
        rc = error_nomem(err, l->record.name);
    l->rollout.state = back ? ROLLOUT_ROLLED_BACK : done ? ROLLOUT_COMPLETE : l->rollout.state;
    l->rollout.since = done ? l->rollout.since : now;
    l->record.coverage = out->coverage;
    l->record.state = back ? EXPERIMENT_PAUSED : l->record.state;
    if (rc == 0)
        rc = rollouts_put(store, &l->rollout, err);
    if (rc == 0 && !done)
        rc = experiments_update(store, &l->record, now, back ? "rolled back" : "step", out->reason, err);
    if (rc == 0)
        rc = audit_append(store, back ? "experiment rolled back" : step ? "experiment step" : "experiment rolled out",
                          actor, now,
                          json_pack("{s:s, s:I, s:s}", "experiment", l->record.name, "coverage",
                                    (json_int_t)out->coverage, "why", out->reason), NULL, err);
    return rc;
}

int rollout_look(struct rollout_outcome *out, struct store *store, const char *name, const char *breach,
                 const struct audit_actor *actor, int64_t now, struct job *job, struct error *err)
{
    struct look l;
    *out = (struct rollout_outcome){.step = ROLLOUT_HOLD};
    int rc = find(&l, store, name, err);
    if (rc == 0 && breach == NULL)
        rc = read_what_there_is(&l, store, now, job, err);
    if (rc == 0) {
        out->step = decide(&l, breach, now, out);
        rc = store_begin(store, err);
        if (rc == 0)
            rc = put(&l, store, out, actor, now, err);
        rc = store_end(store, rc, err);
    }
    look_release(&l);
    return rc;
}

int rollout_command(struct store *store, struct experiment_record *record, enum rollout_state to, const char *reason,
                    int64_t now, struct error *err)
{
    static const char *const done[] = {"rollout resumed", "rollout paused", "rollout aborted"};
    struct rollout_record r = {.experiment = 0};
    bool known = false;
    int rc = rollouts_find(store, record->experiment, &r, &known, err);
    if (rc == 0 && !known) {
        rc = error_set(err, E_CONFLICT, record->name, "has no rollout");
        rc = error_hint(err, rc, "reckon experiment ramp %s --steps 1,10,100", record->name);
    }
    bool fits = to == ROLLOUT_PAUSED    ? r.state == ROLLOUT_RUNNING
                : to == ROLLOUT_RUNNING ? r.state == ROLLOUT_PAUSED
                                        : r.state != ROLLOUT_ABORTED && r.state != ROLLOUT_ROLLED_BACK;
    if (rc == 0 && !fits)
        rc = error_set(err, E_CONFLICT, record->name, "its rollout is %s: it cannot be %s", rollout_state_name(r.state),
                       to == ROLLOUT_RUNNING ? "resumed" : rollout_state_name(to));
    if (rc == 0) {
        r.since = to == ROLLOUT_RUNNING ? now : r.since; /* the time of the pause counts for nothing */
        r.state = to;
        rc = rollouts_put(store, &r, err);
    }
    if (rc == 0 && to == ROLLOUT_ABORTED) {
        record->coverage = 0;
        record->state = EXPERIMENT_PAUSED;
    }
    if (rc == 0)
        rc = experiments_update(store, record, now, done[to], reason, err);
    rollout_record_release(&r);
    return rc;
}
