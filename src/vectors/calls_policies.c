/* Off-policy evaluation and interleaving. */
#include <math.h>

#include "stats/interleave.h"
#include "stats/policy.h"
#include "stats/slate.h"
#include "vectors/known.h"

static struct policy_log read_log(struct known *c)
{
    struct policy_log log = {0};
    size_t m = 0;
    log.reward = known_reals(c, "reward", &log.n);
    log.behaviour = known_reals_of(c, "behaviour", log.n);
    log.target = known_reals_of(c, "target", log.n);
    if (known_has(c, "q"))
        log.q = known_reals_of(c, "q", log.n);
    if (known_has(c, "dm"))
        log.dm = known_reals_of(c, "dm", log.n);
    if (known_has(c, "unit"))
        log.unit = known_indices(c, "unit", &m);
    if (log.unit != NULL && m != log.n)
        log.n = 0;
    return log;
}

static void put_overlap(struct known *c, const struct policy_overlap *o)
{
    known_put_text(c, "support", policy_support_name(o->support));
    known_put_real(c, "mean_weight", o->mean_weight);
    known_put_real(c, "max_weight", o->max_weight);
    known_put_real(c, "effective", o->effective);
}

static int run_overlap(struct known *c, struct error *err)
{
    struct policy_log log = read_log(c);
    struct policy_overlap o;
    int rc = c->failed ? 0 : policy_overlap(&log, &o, err);
    if (rc == 0 && !c->failed)
        put_overlap(c, &o);
    return rc;
}

static int run_off_policy(struct known *c, struct error *err)
{
    struct policy_log log = read_log(c);
    struct policy_value v;
    int e = known_choice(c, "estimator", "ips|snips|clipped|dm|dr|sndr|switch|shrunk");
    if (c->failed)
        return 0;
    int rc = policy_evaluate(&log, (enum policy_estimator)e, known_real_or(c, "lambda", HUGE_VAL),
                             known_real_or(c, "alpha", 0.05), known_flag_or(c, "force", false), &v, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "value", v.value);
    known_put_real(c, "se", v.se);
    known_put_real(c, "low", v.low);
    known_put_real(c, "high", v.high);
    known_put_real(c, "clipped", v.clipped);
    put_overlap(c, &v.overlap);
    return 0;
}

static const double *read_matrix_of(struct known *c, const char *name, size_t n, size_t slots)
{
    size_t rows, columns;
    const double *m = known_matrix(c, name, &rows, &columns);
    return rows == n && columns == slots ? m : NULL;
}

static int run_slate(struct known *c, struct error *err)
{
    struct slate_log log = {0};
    struct slate_value v;
    log.reward = known_matrix(c, "reward", &log.n, &log.slots);
    log.behaviour = read_matrix_of(c, "behaviour", log.n, log.slots);
    log.target = read_matrix_of(c, "target", log.n, log.slots);
    log.q = known_has(c, "q") ? read_matrix_of(c, "q", log.n, log.slots) : NULL;
    log.v = known_has(c, "v") ? read_matrix_of(c, "v", log.n, log.slots) : NULL;
    log.position = known_has(c, "position") ? known_reals_of(c, "position", log.slots) : NULL;
    int e = known_choice(c, "estimator", "sips|iips|rips|cascade_dr");
    if (c->failed)
        return 0;
    if (log.behaviour == NULL || log.target == NULL)
        return error_set(err, E_BAD_DATA, c->function, "its matrices differ in size");
    int rc = slate_evaluate(&log, (enum slate_estimator)e, known_flag_or(c, "self_normalised", false),
                            known_real_or(c, "alpha", 0.05), known_flag_or(c, "force", false), &v, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "value", v.value);
    known_put_real(c, "se", v.se);
    known_put_real(c, "low", v.low);
    known_put_real(c, "high", v.high);
    known_put_real(c, "effective", v.effective);
    return 0;
}

static int run_interleaving(struct known *c, struct error *err)
{
    size_t n;
    const double *a = known_reals(c, "clicks_a", &n), *b = known_reals_of(c, "clicks_b", n);
    struct interleave_answer r;
    if (c->failed)
        return 0;
    int rc = interleave_compare(a, b, n, known_alternative(c), known_real_or(c, "alpha", 0.05), &r, err);
    if (rc != 0)
        return rc;
    known_put_real(c, "wins_a", r.wins_a);
    known_put_real(c, "wins_b", r.wins_b);
    known_put_real(c, "ties", r.ties);
    known_put_real(c, "preference", r.preference);
    known_put_real(c, "p_value", r.p);
    known_put_real(c, "low", r.low);
    known_put_real(c, "high", r.high);
    known_put_real(c, "mean_t", r.mean_t);
    known_put_real(c, "mean_p_value", r.mean_p);
    return 0;
}

static int run_team_draft(struct known *c, struct error *err)
{
    size_t na, nb, n;
    const uint32_t *a = known_indices(c, "a", &na), *b = known_indices(c, "b", &nb);
    int64_t length = known_integer(c, "length");
    size_t room = length > 0 && length <= 10000 ? (size_t)length : 0;
    uint32_t *items = known_alloc(c, room, sizeof *items), *who = known_alloc(c, room, sizeof *who);
    uint8_t *team = known_alloc(c, room, sizeof *team);
    struct rng rng;
    rng_init(&rng, (uint64_t)known_integer_or(c, "seed", 1), 0);
    if (c->failed)
        return 0;
    int rc = interleave_team_draft(a, na, b, nb, room, &rng, items, team, &n, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        who[i] = team[i];
    known_put_indices(c, "items", items, n);
    known_put_indices(c, "team", who, n);
    return 0;
}

#define LOG "reward, behaviour, target, q, dm, unit (per round)"

const struct known_function calls_policies[] = {
    {"overlap", LOG " → support, mean_weight, max_weight, effective", run_overlap},
    {"off_policy",
     LOG
     ", estimator ips|snips|clipped|dm|dr|sndr|switch|shrunk, lambda, alpha, force → value, se, low, high, clipped, "
     "support, mean_weight, max_weight, effective",
     run_off_policy},
    {"slate",
     "reward, behaviour, target, q, v (rows of positions), position, estimator sips|iips|rips|cascade_dr, "
     "self_normalised, alpha, force → value, se, low, high, effective",
     run_slate},
    {"interleaving",
     "clicks_a, clicks_b, alternative, alpha → wins_a, wins_b, ties, preference, p_value, low, high, mean_t, "
     "mean_p_value",
     run_interleaving},
    {"team_draft", "a, b, length, seed → items, team", run_team_draft},
    {0},
};
