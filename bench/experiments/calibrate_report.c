/* False alarms and coverage of the report as a whole, by simulation: users with events are drawn into arms alike, added up
 * and read by a design, as `experiment report` does; counted is how often each part of it says that there is something.
 *
 *     calibrate_report [RUNS]      (10,000)
 *
 * Users: an activity that spreads like a lognormal drives views, clicks (each user with an inclination of its own, so that
 * clicks by views are clustered), and rare purchases of skewed value, before the exposure and after. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "experiment/findings.h"
#include "experiment/reading_private.h"
#include "stats/variate.h"

enum { BUY = 1, VIEW, CLICK, USERS = 2000, EVENTS_MAX = 200, LEVELS = 4, COUNTS_MAX = 40, LOOKS = 20 };
#define AT (INT64_C(20000) * CLOCK_DAY_MS)
#define NOW (AT + 90 * CLOCK_DAY_MS)
#define ALPHA 0.05

struct counted {
    const char *name;
    double hits, n, nominal;
    bool at_most, shows;
};

struct tally {
    struct counted row[COUNTS_MAX];
    size_t n;
};

static void count(struct tally *t, const char *name, bool hit, double nominal, bool at_most, bool shows)
{
    size_t i = 0;
    while (i < t->n && strcmp(t->row[i].name, name) != 0)
        i++;
    if (i == t->n)
        t->row[t->n++] = (struct counted){.name = name, .nominal = nominal, .at_most = at_most, .shows = shows};
    t->row[i].n++;
    t->row[i].hits += hit;
}

struct person {
    struct metric_event events[EVENTS_MAX];
    size_t n;
};

static int64_t moment(struct rng *rng, bool before)
{
    int64_t ms = (int64_t)(rng_uniform(rng) * 7 * CLOCK_DAY_MS);
    return before ? AT - 1 - ms : AT + ms;
}

static void do_some(struct person *p, struct rng *rng, bool before, double activity, double taste)
{
    size_t views = (size_t)fmin(variate_poisson(rng, 2 * activity), 40);
    for (size_t i = 0; i < views && p->n + 3 < EVENTS_MAX; i++) {
        int64_t time = moment(rng, before);
        p->events[p->n++] = (struct metric_event){time, VIEW, 0};
        if (rng_uniform(rng) < taste)
            p->events[p->n++] = (struct metric_event){time, CLICK, 0};
        if (rng_uniform(rng) < 0.05)
            p->events[p->n++] = (struct metric_event){time, BUY, exp(3 + 0.8 * rng_normal(rng))};
    }
}

static void draw(struct person *p, struct rng *rng)
{
    double activity = exp(0.6 * rng_normal(rng)), taste = variate_beta(rng, 1, 4);
    p->n = 0;
    do_some(p, rng, true, activity, taste);
    do_some(p, rng, false, activity, taste);
}

/* Those of a run, who are drawn into the arms of each of its experiments. */
static struct person people[USERS];

static struct design design_of(const char *const *metrics, size_t n, size_t arms, enum design_method method)
{
    struct design d = {.n_metrics = n, .n_arms = arms, .effect = 0.05, .alpha = ALPHA, .power = 0.8, .looks = 5,
                       .share = 10000, .window_days = 7, .pre_days = 28, .method = method, .users = USERS, .cuped = true};
    for (size_t m = 0; m < n; m++) {
        struct metric *is = &d.metrics[m].metric;
        d.metrics[m].role = m == 0 ? DESIGN_PRIMARY : DESIGN_SECONDARY;
        if (metric_parse(is, metrics[m], NULL) != 0)
            exit(2);
        is->kind_id = strcmp(is->kind, "purchase") == 0 ? BUY : strcmp(is->kind, "click") == 0 ? CLICK : VIEW;
        is->below_id = VIEW;
    }
    for (size_t a = 0; a < arms; a++)
        d.arms[a].weight = (uint32_t)(10000 / arms);
    return d;
}

static struct collected_by *by_levels(const struct design *d)
{
    struct collected_by *by = mem_zalloc(1, sizeof *by);
    by->dimension.n_levels = LEVELS;
    for (size_t l = 0; l < LEVELS; l++)
        by->level[l] = sums_new(d, NOW, NULL);
    return by;
}

static void add(struct collected *c, const struct design *d, const struct person *p, size_t arm, size_t level)
{
    struct sums_user user;
    sums_measure(c->sums, &user, p->events, p->n, AT);
    if (sums_add(c->sums, arm, &user, NULL) != 0)
        exit(1);
    days_add(&c->days, arm, d, p->events, p->n, AT, NOW);
    struct collected_by *both[] = {c->by, c->strata};
    for (size_t i = 0; i < 2; i++)
        if (both[i] != NULL && sums_add(both[i]->level[level], arm, &user, NULL) != 0)
            exit(1);
}

static void finish(struct collected *c, const struct design *d)
{
    struct collected_by *both[] = {c->by, c->strata};
    sums_finish(c->sums, NULL, NULL);
    days_finish(&c->days, d->n_arms);
    for (size_t i = 0; i < 2; i++)
        for (size_t l = 0; l < LEVELS && both[i] != NULL; l++)
            sums_finish(both[i]->level[l], c->sums, NULL);
}

static bool misses_zero(const struct reading_line *line)
{
    return line->known && line->bounded && (line->low > 0 || line->high < 0);
}

/* A report of two arms that is read once: every test of it. */
static void read_once(struct tally *t, const struct design *d, bool strata, struct rng *rng)
{
    struct collected c = {.n_by = 1, .by = by_levels(d), .sums = sums_new(d, NOW, NULL),
                          .strata = strata ? by_levels(d) : NULL};
    struct reading *r = mem_zalloc(1, sizeof *r);
    struct findings *f = mem_zalloc(1, sizeof *f);
    bool secondary = false, segment = false, before = false;
    days_init(&c.days, d);
    for (int u = 0; u < USERS; u++) {
        const struct person *p = &people[u];
        add(&c, d, p, (size_t)rng_below(rng, 2), p->n > 8 ? 3 : (size_t)rng_below(rng, 3));
    }
    finish(&c, d);
    if (reading_make(r, &c, d, NULL) != 0 || findings_make(f, &c, r, d, NULL) != 0)
        exit(1);
    static const char *const plain[] = {"conversion, CUPED", "revenue (skewed), CUPED", "clicks by views (clustered)",
                                        "orders, CUPED", "median purchase, users as clusters", "churn, CUPED"};
    static const char *const strat[] = {"conversion, CUPED and strata", "revenue (skewed), CUPED and strata"};
    static const char *const miss[] = {"interval: conversion", "interval: revenue (skewed)", "interval: clicks by views",
                                       "interval: orders", "interval: median purchase", "interval: churn"};
    for (size_t m = 0; m < d->n_metrics; m++)
        if (r->lines[m].known && !(strata && m > 1)) {
            count(t, strata ? strat[m] : plain[m], r->lines[m].p <= ALPHA, ALPHA, false, false);
            if (!strata)
                count(t, miss[m], misses_zero(&r->lines[m]), ALPHA, false, false);
        }
    for (size_t i = 1; i < r->n_lines; i++)
        secondary = secondary || r->lines[i].significant;
    for (size_t i = 0; i < f->n_segments; i++)
        segment = segment || f->segments[i].line.significant;
    for (size_t i = 0; i < f->n_before; i++)
        before = before || f->before[i].adjusted <= ALPHA;
    if (!strata) {
        count(t, "any of 5 secondaries, Holm", secondary, ALPHA, true, false);
        count(t, "any of 4 segments, Holm", segment, ALPHA, true, false);
        count(t, "segments differ (Q)", f->by[0].known && f->by[0].p <= ALPHA, ALPHA, false, false);
        count(t, "the effect changes with days", f->trend[0].known && f->trend[0].p <= ALPHA, ALPHA, false, false);
        count(t, "the arms differed before, any of 6, Holm", before, ALPHA, true, false);
        count(t, "the test is broken (wanted .1 %)", r->verdict == READING_BROKEN, 0.001, false, false);
    }
    findings_release(f);
    mem_free(f);
    mem_free(r);
    collected_release(&c);
}

static void read_arms(struct tally *t, const struct design *d, struct rng *rng)
{
    struct collected c = {.sums = sums_new(d, NOW, NULL)};
    struct reading *r = mem_zalloc(1, sizeof *r);
    bool any = false, missed = false;
    for (int u = 0; u < USERS; u++) {
        const struct person *p = &people[u];
        add(&c, d, p, (size_t)rng_below(rng, 4), 0);
    }
    finish(&c, d);
    if (reading_make(r, &c, d, NULL) != 0)
        exit(1);
    for (size_t i = 0; i < r->n_lines; i++) {
        any = any || r->lines[i].significant;
        missed = missed || misses_zero(&r->lines[i]);
    }
    count(t, "any of 3 arms against control, Dunnett", any, ALPHA, false, false);
    count(t, "interval: any of 3 arms, simultaneous", missed, ALPHA, false, false);
    mem_free(r);
    collected_release(&c);
}

/* Read again and again while users come, and stopped at the first difference. */
static void peek(struct tally *t, const char *name, const struct design *d, uint32_t looks, bool at_most, bool shows,
                 struct rng *rng)
{
    struct collected c = {.sums = sums_new(d, NOW, NULL)};
    bool found = false;
    for (int u = 0; u < USERS; u++) {
        const struct person *p = &people[u];
        add(&c, d, p, (size_t)rng_below(rng, 2), 0);
        if ((u + 1) % (USERS / (int)looks) != 0 || found || u < 199)
            continue;
        struct reading_rule rule;
        struct reading_line line = {.arm = 1};
        sums_finish(c.sums, NULL, NULL);
        if (reading_rule_make(&rule, d, u + 1, NULL) != 0)
            exit(1);
        rule.frequentist = true;
        if (reading_compare(&line, c.sums, &rule, NULL) != 0)
            exit(1);
        found = line.known && line.p <= ALPHA;
    }
    count(t, name, found, ALPHA, at_most, shows);
    collected_release(&c);
}

int main(int argc, char **argv)
{
    static const char *const metrics[] = {"conversion", "revenue", "ratio:click/view", "orders", "quantile:0.5/purchase",
                                          "churn:5"};
    static const char *const revenue[] = {"revenue"}, *const ratio[] = {"ratio:click/view"};
    long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
    struct tally t = {.n = 0};
    struct design fixed = design_of(metrics, 6, 2, DESIGN_FIXED), strata = design_of(metrics, 2, 2, DESIGN_FIXED),
                  arms = design_of(revenue, 1, 4, DESIGN_FIXED),
                  always = design_of(revenue, 1, 2, DESIGN_ALWAYS_VALID),
                  always_ratio = design_of(ratio, 1, 2, DESIGN_ALWAYS_VALID),
                  group = design_of(revenue, 1, 2, DESIGN_GROUP_SEQUENTIAL), once = design_of(revenue, 1, 2, DESIGN_FIXED);
    int bad = 0;
    for (long i = 0; i < runs; i++) {
        struct rng rng;
        rng_init(&rng, 20261124, (uint64_t)i);
        for (int u = 0; u < USERS; u++)
            draw(&people[u], &rng);
        read_once(&t, &fixed, false, &rng);
        read_once(&t, &strata, true, &rng);
        read_arms(&t, &arms, &rng);
        peek(&t, "always-valid, revenue, 20 looks", &always, LOOKS, true, false, &rng);
        peek(&t, "always-valid, clicks by views, 20 looks", &always_ratio, LOOKS, true, false, &rng);
        peek(&t, "group-sequential, revenue, 5 looks", &group, 5, false, false, &rng);
        peek(&t, "fixed, looked at 20 times (shows why not)", &once, LOOKS, true, true, &rng);
    }
    printf("| part of the report | runs | rate | Monte-Carlo error | |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < t.n; i++) {
        const struct counted *c = &t.row[i];
        double p = c->hits / c->n, error = sqrt(c->nominal * (1 - c->nominal) / c->n), off = p - c->nominal;
        bool good = off <= 3 * error && (c->at_most || off >= -3 * error);
        bad += !good && !c->shows;
        printf("| %s | %.0f | %.2f %% | %.2f %% | %s |\n", c->name, c->n, 100 * p, 100 * error,
               c->shows ? "not judged" : good ? (c->at_most ? "holds" : "within 3 errors") : "OFF");
    }
    return bad > 0;
}
