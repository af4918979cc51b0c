/* src/experiment: what a metric is of a user, sums of parts against sums of the whole, designs that come back as they
 * went, and readings of arms that were made by hand. */
#include "check_main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "experiment/findings.h"
#include "experiment/plan.h"
#include "store/experiments.h"
#include "store_fixture.h"

enum { PURCHASE = 1, VIEW = 2 };
#define AT (INT64_C(400) * CLOCK_DAY_MS)
#define DAY CLOCK_DAY_MS
#define HOUR (CLOCK_DAY_MS / 24)

static struct metric metric(const char *text)
{
    struct metric m;
    struct error err;
    ck_assert_msg(metric_parse(&m, text, &err) == 0, "%s: %s", text, err.why);
    m.kind_id = strcmp(m.kind, "purchase") == 0 ? PURCHASE : VIEW;
    m.below_id = VIEW;
    return m;
}

static struct metric_value value(const char *text, const struct metric_event *events, size_t n)
{
    struct metric m = metric(text);
    return metric_of(&m, events, n, AT, 28 * DAY, 7 * DAY);
}

static void near_to(double got, double want)
{
    ck_assert_msg(fabs(got - want) <= 1e-9 * fmax(1, fabs(want)), "%.17g is not %.17g", got, want);
}

START_TEST(metrics_of_a_user)
{
    const struct metric_event events[] = {
        {AT - 40 * DAY, PURCHASE, 100}, {AT - 3 * DAY, PURCHASE, 7}, {AT - HOUR, VIEW, 0},
        {AT, VIEW, 0},                  {AT + HOUR, PURCHASE, 10},   {AT + 5 * DAY, PURCHASE, -4},
        {AT + 6 * DAY + HOUR, VIEW, 0}, {AT + 7 * DAY, PURCHASE, 50}, {AT + 20 * DAY, PURCHASE, 9}};
    size_t n = sizeof events / sizeof events[0];
    near_to(value("conversion", events, n).y, 1);
    near_to(value("conversion", events, n).pre, 1);
    near_to(value("orders", events, n).y, 2);
    near_to(value("revenue", events, n).y, 6); /* a purchase at the end of the window is outside of it */
    near_to(value("revenue", events, n).pre, 7);
    near_to(value("ratio:purchase/view", events, n).y, 2);
    near_to(value("ratio:purchase/view", events, n).x, 2);
    near_to(value("retention:7", events, n).y, 1);
    near_to(value("retention:14", events, n).y, 0);
    near_to(value("ltv:14", events, n).y, 56);
    near_to(value("ltv:30", events, n).y, 65);
    near_to(value("ltv:30", events, n).pre, 7);
    near_to(value("churn:5", events, n).y, 1); /* what happened on the first day does not count */
    near_to(value("churn:6", events, n).y, 0);
    near_to(value("churn:6", events, n).pre, 0);
    near_to(value("churn:6", events + 2, 1).pre, 1);
    near_to(value("conversion", NULL, 0).y, 0);
    near_to(value("churn:6", NULL, 0).y, 1);
}
END_TEST

START_TEST(quantiles_are_of_events_with_a_price)
{
    struct metric m = metric("quantile:0.5/purchase");
    near_to(m.q, 0.5);
    const struct metric_event in = {AT, PURCHASE, 3}, free_one = {AT, PURCHASE, 0}, before = {AT - 1, PURCHASE, 3},
                              after = {AT + 7 * DAY, PURCHASE, 3}, other = {AT, VIEW, 3};
    ck_assert(metric_counts(&m, &in, AT, 7 * DAY));
    ck_assert(!metric_counts(&m, &free_one, AT, 7 * DAY) && !metric_counts(&m, &before, AT, 7 * DAY));
    ck_assert(!metric_counts(&m, &after, AT, 7 * DAY) && !metric_counts(&m, &other, AT, 7 * DAY));
}
END_TEST

START_TEST(what_is_no_metric_is_refused)
{
    static const char *const bad[] = {
        "", "sales", "rate:", "ratio:click", "ratio:/view", "retention:0", "retention:x", "churn:1", "ltv:", "ltv:/7",
        "quantile:purchase", "quantile:0/purchase", "quantile:1/purchase", "quantile:nan/purchase", "quantile:0.5/",
        "conversion,up", "rate:a/b", "retention:99999999999999999999"};
    struct metric m;
    struct error err;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(metric_parse(&m, bad[i], &err) == E_USAGE, "%s is taken", bad[i]);
        ck_assert(err.hint[0] != '\0');
    }
    ck_assert(metric("churn:30").down && metric("conversion,down").down && !metric("ltv:90").down);
}
END_TEST

static struct design design_of(const char *const *metrics, size_t n, size_t arms)
{
    struct design d = {.n_metrics = n, .n_arms = arms, .effect = 0.05, .alpha = 0.05, .power = 0.8, .looks = 5,
                       .share = 10000, .window_days = 7, .pre_days = 28, .method = DESIGN_FIXED, .users = 1000,
                       .floor = 0.02, .keep = 0.9, .epsilon = 0.2};
    for (size_t m = 0; m < n; m++) {
        d.metrics[m].metric = metric(metrics[m]);
        d.metrics[m].role = m == 0 ? DESIGN_PRIMARY : DESIGN_SECONDARY;
    }
    for (size_t a = 0; a < arms; a++) {
        snprintf(d.arms[a].name, sizeof d.arms[a].name, "arm%zu", a);
        d.arms[a].weight = (uint32_t)(10000 / arms + (a < 10000 % arms));
    }
    snprintf(d.salt, sizeof d.salt, "salt");
    return d;
}

START_TEST(designs_come_back_as_they_went)
{
    const char *const metrics[] = {"conversion", "quantile:0.9/purchase", "churn:30", "ltv:view/90"};
    struct design d = design_of(metrics, 4, 3), back;
    d.metrics[2].role = DESIGN_GUARDRAIL;
    d.metrics[2].margin = 0.1;
    d.cuped = true;
    d.correction = DESIGN_CORRECTION_BH;
    snprintf(d.strata, sizeof d.strata, "item:category");
    d.cap = 0.99;
    d.method = DESIGN_GROUP_SEQUENTIAL;
    char *text, *again;
    struct error err;
    ck_assert_int_eq(design_horizon(&d), 90);
    ck_assert_int_eq(design_write(&d, &text, &err), 0);
    ck_assert_msg(design_read(&back, text, "x", &err) == 0, "%s", err.why);
    ck_assert_int_eq(design_write(&back, &again, &err), 0);
    ck_assert_str_eq(text, again);
    ck_assert_int_eq(design_read(&back, "{}", "x", &err), E_CORRUPT);
    ck_assert_int_eq(design_read(&back, "", "x", &err), E_CORRUPT);
    mem_free(text);
    mem_free(again);
}
END_TEST

/* Users with some purchases after their exposure, as chance has it. */
static void add_some(struct sums *sums, size_t arm, int from, int to, double more)
{
    for (int u = from; u < to; u++) {
        struct rng rng;
        struct metric_event events[8];
        struct sums_user user;
        rng_init(&rng, 7, (uint64_t)u);
        size_t n = rng_below(&rng, 8);
        for (size_t i = 0; i < n; i++)
            events[i] = (struct metric_event){AT - 2 * DAY + (int64_t)i * DAY, i % 2 == 0 ? PURCHASE : VIEW,
                                              i % 2 == 0 ? (1 + (double)rng_below(&rng, 64)) * (i > 1 ? more : 1) : 0};
        sums_measure(sums, &user, events, n, AT);
        ck_assert_int_eq(sums_add(sums, arm, &user, NULL), 0);
    }
}

START_TEST(parts_add_up_to_the_whole)
{
    const char *const metrics[] = {"revenue", "ratio:purchase/view", "quantile:0.5/purchase", "churn:5"};
    struct design d = design_of(metrics, 4, 2);
    for (int capped = 0; capped < 2; capped++) {
        d.cap = capped ? 0.9 : 0;
        struct sums *whole = sums_new(&d, AT + 90 * DAY, NULL), *one = sums_new(&d, AT + 90 * DAY, NULL),
                    *two = sums_new(&d, AT + 90 * DAY, NULL);
        add_some(whole, 1, 0, 500, 1);
        add_some(one, 1, 0, 200, 1);
        add_some(two, 1, 200, 500, 1);
        ck_assert_int_eq(sums_merge(one, two, NULL), 0);
        ck_assert_int_eq(sums_finish(whole, NULL, NULL), 0);
        ck_assert_int_eq(sums_finish(one, NULL, NULL), 0);
        near_to(one->users[1], 500);
        near_to(one->capped_at[0], whole->capped_at[0]);
        ck_assert(!capped || whole->capped_at[0] > 0);
        for (size_t m = 0; m < 4; m++) {
            const struct sums_cell *a = &whole->cell[1][m], *b = &one->cell[1][m];
            near_to(b->covariate.n, a->covariate.n);
            near_to(b->covariate.mean_y, a->covariate.mean_y);
            near_to(b->covariate.yy, a->covariate.yy);
            near_to(b->covariate.xy, a->covariate.xy);
            near_to(b->ratio.xy, a->ratio.xy);
            ck_assert_uint_eq(b->n_values, a->n_values);
            for (size_t i = 0; i < a->n_values; i++)
                ck_assert(a->values[i] == b->values[i] && a->owner[i] == b->owner[i]);
        }
        ck_assert(whole->cell[1][2].n_values > 500);
        sums_free(whole);
        sums_free(one);
        sums_free(two);
    }
}
END_TEST

START_TEST(users_count_when_their_horizon_is_over)
{
    const char *const metrics[] = {"ltv:30", "conversion"};
    struct design d = design_of(metrics, 2, 2);
    struct sums *young = sums_new(&d, AT + 30 * DAY - 1, NULL), *ripe = sums_new(&d, AT + 30 * DAY, NULL);
    add_some(young, 0, 0, 50, 1);
    add_some(ripe, 0, 0, 50, 1);
    ck_assert_int_eq(sums_finish(young, NULL, NULL), 0);
    ck_assert_int_eq(sums_finish(ripe, NULL, NULL), 0);
    near_to(sums_counted(young, 0), 0);
    near_to(sums_counted(young, 1), 50);
    near_to(sums_counted(ripe, 0), 50);
    sums_free(young);
    sums_free(ripe);
}
END_TEST

/* Of each arm so many users, of whom the first so many did it. */
static struct reading *read_rates(const struct design *d, const int n[2], const int did[2])
{
    struct collected c = {.sums = sums_new(d, AT + 90 * DAY, NULL)};
    struct reading *r = mem_zalloc(1, sizeof *r);
    struct error err = {0};
    for (size_t arm = 0; arm < 2; arm++)
        for (int u = 0; u < n[arm]; u++) {
            struct sums_user user = {.exposed = AT};
            for (size_t m = 0; m < d->n_metrics; m++)
                user.value[m] = (struct metric_value){.y = u < did[arm] ? 1 : 0, .x = 1};
            ck_assert_int_eq(sums_add(c.sums, arm, &user, NULL), 0);
        }
    ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
    ck_assert_msg(reading_make(r, &c, d, &err) == 0, "%s: %s", err.what, err.why);
    struct findings *f = mem_zalloc(1, sizeof *f);
    ck_assert_msg(findings_make(f, &c, r, d, &err) == 0, "%s: %s", err.what, err.why);
    findings_release(f);
    mem_free(f);
    collected_release(&c);
    return r;
}

START_TEST(numbers_are_finite_whatever_users_do)
{
    static const char *const metrics[] = {"conversion", "orders", "ratio:purchase/view", "revenue,down", "churn:5"};
    static const int n[][2] = {{1, 0}, {1, 1}, {2, 2}, {100, 100}, {1000, 1000}, {3000, 3001}};
    static const int did[][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {50, 0}, {0, 50}, {9999, 0}, {0, 9999}, {9999, 9999}};
    for (int method = 0; method < 3; method++)
        for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
            for (size_t k = 0; k < sizeof did / sizeof did[0]; k++) {
                struct design d = design_of(metrics, 5, 2);
                d.method = (enum design_method)method;
                d.users = (uint64_t)(n[i][0] + n[i][1]);
                struct reading *r = read_rates(&d, n[i], did[k]);
                for (size_t l = 0; l < r->n_lines; l++) {
                    const struct reading_line *line = &r->lines[l];
                    ck_assert(isfinite(line->control) && isfinite(line->treatment) && isfinite(line->p));
                    ck_assert(isfinite(line->adjusted) && isfinite(line->best) && isfinite(line->loss));
                    ck_assert_msg(!line->bounded || !line->known || (isfinite(line->low) && line->low < line->high),
                                  "%s with %d of %d and %d of %d: [%g, %g]", metrics[line->metric], did[k][0], n[i][0],
                                  did[k][1], n[i][1], line->low, line->high);
                    ck_assert(line->known || line->why[0] != '\0' || r->verdict == READING_ONE_ARM);
                }
                ck_assert(strstr(r->sentence, "nan") == NULL && strstr(r->sentence, "inf") == NULL);
                mem_free(r);
            }
}
END_TEST

static struct reading *read_arms(const struct design *d, double more, int control, int treatment)
{
    struct collected c = {.sums = sums_new(d, AT + 90 * DAY, NULL), .exposed = control + treatment};
    struct reading *r = mem_zalloc(1, sizeof *r);
    struct error err;
    add_some(c.sums, 0, 0, control, 1);
    add_some(c.sums, 1, 100000, 100000 + treatment, more);
    ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
    ck_assert_msg(reading_make(r, &c, d, &err) == 0, "%s: %s", err.what, err.why);
    collected_release(&c);
    return r;
}

START_TEST(a_look_that_does_not_stop_finds_nothing)
{
    const char *const metrics[] = {"orders"};
    struct design d = design_of(metrics, 1, 2);
    d.method = DESIGN_GROUP_SEQUENTIAL;
    d.users = 10000; /* 2,000 have come: the first of five looks, whose bound is 4.88 */
    const int n[2] = {1000, 1000};
    for (int more = 100; more <= 220; more += 5) {
        const int did[2] = {100, more};
        struct reading *r = read_rates(&d, n, did);
        const struct reading_line *line = &r->lines[0];
        ck_assert_uint_eq(r->look, 1);
        double z = line->effect / line->se;
        ck_assert_msg(line->significant == (z > 4.8769), "z %g: p %g", z, line->p);
        ck_assert((line->p <= d.alpha) == line->significant);
        mem_free(r);
    }
}
END_TEST

START_TEST(a_quantile_that_moved_is_found)
{
    const char *const metrics[] = {"quantile:0.5/purchase", "revenue"};
    struct design d = design_of(metrics, 2, 2);
    struct reading *same = read_arms(&d, 1, 3000, 3000), *more = read_arms(&d, 1.5, 3000, 3000);
    ck_assert_int_eq(same->verdict, READING_NOTHING);
    ck_assert_int_eq(more->verdict, READING_BETTER);
    ck_assert(more->lines[0].low < 0.5 && 0.5 < more->lines[0].high && more->lines[0].low > 0.2);
    ck_assert(strncmp(more->sentence, "arm1 wins", 9) == 0);
    mem_free(same);
    mem_free(more);
}
END_TEST

START_TEST(edges_are_said_in_words)
{
    const char *const metrics[] = {"ltv:80", "quantile:0.9/purchase"};
    struct design d = design_of(metrics, 2, 2);
    d.users = 100;
    struct reading *few = read_arms(&d, 1, 3, 3);
    ck_assert_str_eq(few->lines[1].why, "an arm has too few values around the quantile");
    mem_free(few);
    struct reading *broken = read_arms(&d, 1, 3000, 2000);
    ck_assert_int_eq(broken->verdict, READING_BROKEN);
    ck_assert(strstr(broken->sentence, "THE TEST IS BROKEN") != NULL);
    mem_free(broken);
    struct reading *nobody = read_arms(&d, 1, 0, 0);
    ck_assert_int_eq(nobody->verdict, READING_NOBODY);
    mem_free(nobody);
    struct reading *one = read_arms(&d, 1, 20, 0);
    ck_assert_int_eq(one->verdict, READING_ONE_ARM);
    mem_free(one);
}
END_TEST

START_TEST(several_arms_share_one_control)
{
    const char *const metrics[] = {"revenue"};
    struct design d = design_of(metrics, 1, 4);
    struct collected c = {.sums = sums_new(&d, AT + 90 * DAY, NULL)};
    struct reading *r = mem_zalloc(1, sizeof *r);
    const double more[] = {1, 1, 1.12, 1.3};
    for (int a = 0; a < 4; a++)
        add_some(c.sums, (size_t)a, 10000 * a, 10000 * a + 800, more[a]);
    ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
    ck_assert_int_eq(reading_make(r, &c, &d, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        const struct reading_line *line = &r->lines[i];
        ck_assert(line->p < line->adjusted && line->adjusted < 3 * line->p + 1e-12);
        ck_assert(line->significant == (line->low > 0 || line->high < 0));
    }
    ck_assert_int_eq(r->verdict, READING_BETTER);
    ck_assert_int_eq(r->winner, 3);
    const struct reading_line *best = &r->lines[2];
    ck_assert(best->is_corrected && best->corrected > 0 && best->corrected <= best->lift);
    collected_release(&c);
    mem_free(r);
}
END_TEST

START_TEST(strata_take_variance_away)
{
    const char *const metrics[] = {"revenue"};
    struct design d = design_of(metrics, 1, 2);
    struct collected_by *by = mem_zalloc(1, sizeof *by);
    struct collected c = {.sums = sums_new(&d, AT + 90 * DAY, NULL), .strata = by};
    by->dimension.n_levels = 2;
    for (size_t l = 0; l < 2; l++)
        by->level[l] = sums_new(&d, AT + 90 * DAY, NULL);
    for (int u = 0; u < 2000; u++) {
        struct sums_user user = {.exposed = AT};
        size_t rich = (size_t)(u / 2 % 2), arm = (size_t)(u % 2);
        user.value[0] = (struct metric_value){.y = (rich ? 100 : 10) + u % 7, .x = 1};
        ck_assert_int_eq(sums_add(c.sums, arm, &user, NULL), 0);
        ck_assert_int_eq(sums_add(by->level[rich], arm, &user, NULL), 0);
    }
    ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
    for (size_t l = 0; l < 2; l++)
        ck_assert_int_eq(sums_finish(by->level[l], c.sums, NULL), 0);
    struct reading *r = mem_zalloc(1, sizeof *r);
    ck_assert_int_eq(reading_make(r, &c, &d, NULL), 0);
    ck_assert_str_eq(r->lines[0].test, "Welch's t, strata");
    ck_assert(r->lines[0].variance_left < 0.01);
    mem_free(r);
    collected_release(&c);
}
END_TEST

START_TEST(an_effect_that_wears_off_is_told_from_one_that_stays)
{
    const char *const metrics[] = {"orders"};
    struct design d = design_of(metrics, 1, 2);
    for (int novel = 0; novel < 2; novel++) {
        struct collected c = {.sums = sums_new(&d, AT + 90 * DAY, NULL)};
        days_init(&c.days, &d);
        ck_assert_uint_eq(c.days.n_bins, 7);
        for (int u = 0; u < 4000; u++) {
            struct rng rng;
            struct metric_event events[8];
            struct sums_user user;
            size_t n = 0, arm = (size_t)(u % 2);
            rng_init(&rng, 3, (uint64_t)u);
            for (int day = 0; day < 7; day++) {
                double rate = 0.3 * (arm == 0 ? 1 : novel ? (day < 2 ? 1.6 : 1) : 1.2);
                if (rng_uniform(&rng) < rate)
                    events[n++] = (struct metric_event){AT + day * DAY + HOUR, PURCHASE, 1};
            }
            sums_measure(c.sums, &user, events, n, AT);
            ck_assert_int_eq(sums_add(c.sums, arm, &user, NULL), 0);
            days_add(&c.days, arm, &d, events, n, AT, u < 100 ? AT + 3 * DAY : AT + 90 * DAY);
        }
        ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
        days_finish(&c.days, 2);
        near_to(c.days.value[0][0].n, 2000);
        near_to(c.days.value[0][3].n, 1950); /* of the others the fourth day is not over */
        struct reading *r = mem_zalloc(1, sizeof *r);
        struct findings *f = mem_zalloc(1, sizeof *f);
        ck_assert_int_eq(reading_make(r, &c, &d, NULL), 0);
        ck_assert_int_eq(findings_make(f, &c, r, &d, NULL), 0);
        ck_assert_uint_eq(f->n_days, 7);
        ck_assert(f->trend[0].known && (f->trend[0].adjusted < 0.001) == (novel == 1));
        ck_assert(!novel || f->trend[0].treatment < f->trend[0].control);
        ck_assert(f->days[0].known && f->days[0].low < (novel ? 0.6 : 0.2) && f->days[0].high > (novel ? 0.6 : 0.2));
        findings_release(f);
        mem_free(f);
        mem_free(r);
        collected_release(&c);
    }
}
END_TEST

START_TEST(segments_that_differ_are_told_from_those_that_do_not)
{
    const char *const metrics[] = {"conversion"};
    struct design d = design_of(metrics, 1, 2);
    for (int differ = 0; differ < 2; differ++) {
        struct collected_by *by = mem_zalloc(1, sizeof *by);
        struct collected c = {.sums = sums_new(&d, AT + 90 * DAY, NULL), .by = by, .n_by = 1};
        by->dimension.n_levels = 4;
        for (size_t l = 0; l < 4; l++)
            by->level[l] = sums_new(&d, AT + 90 * DAY, NULL);
        for (int u = 0; u < 12000; u++) {
            struct rng rng;
            struct sums_user user = {.exposed = AT};
            size_t level = u < 40 ? 3 : (size_t)(u / 2 % 3), arm = (size_t)(u % 2);
            rng_init(&rng, 5, (uint64_t)u);
            double rate = 0.3 * (arm == 1 && (!differ || level == 0) ? 1.3 : 1);
            user.value[0] = (struct metric_value){.y = rng_uniform(&rng) < rate ? 1 : 0, .x = 1};
            user.value[0].pre = arm == 1 && differ && u % 3 == 0 ? 1 : 0; /* and the arms were not alike */
            ck_assert_int_eq(sums_add(c.sums, arm, &user, NULL), 0);
            ck_assert_int_eq(sums_add(by->level[level], arm, &user, NULL), 0);
        }
        ck_assert_int_eq(sums_finish(c.sums, NULL, NULL), 0);
        for (size_t l = 0; l < 4; l++)
            ck_assert_int_eq(sums_finish(by->level[l], c.sums, NULL), 0);
        struct reading *r = mem_zalloc(1, sizeof *r);
        struct findings *f = mem_zalloc(1, sizeof *f);
        ck_assert_int_eq(reading_make(r, &c, &d, NULL), 0);
        ck_assert_int_eq(findings_make(f, &c, r, &d, NULL), 0);
        ck_assert_uint_eq(f->n_segments, 4);
        ck_assert_str_eq(f->segments[3].line.why, "fewer than 50 users in an arm");
        ck_assert(f->by[0].known && (f->by[0].adjusted < 0.01) == (differ == 1));
        ck_assert(f->unlike_before == (differ == 1));
        for (size_t i = 0; i < 3; i++) {
            const struct findings_segment *s = &f->segments[i];
            ck_assert(s->is_shrunk && s->line.adjusted >= s->line.p);
            ck_assert(fabs(s->shrunk - 0.3) < fabs(s->line.lift - 0.3) + (differ ? 1 : 1e-12));
        }
        findings_release(f);
        mem_free(f);
        mem_free(r);
        collected_release(&c);
    }
}
END_TEST

START_TEST(weekdays_begin_with_monday)
{
    struct dimension d;
    ck_assert_int_eq(dimension_read(&d, NULL, 0, "weekday", NULL, NULL), 0);
    ck_assert_str_eq(d.label[dimension_level(&d, 1, 0, false)], "Thursday"); /* 1970-01-01 */
    ck_assert_str_eq(d.label[dimension_level(&d, 1, -1, false)], "Wednesday");
    ck_assert_str_eq(d.label[dimension_level(&d, 1, INT64_C(1764000000000), false)], "Monday"); /* 2025-11-24 */
    ck_assert_int_eq(dimension_read(&d, NULL, 0, "history", NULL, NULL), 0);
    ck_assert_str_eq(d.label[dimension_level(&d, 1, 0, true)], "known");
}
END_TEST

struct told {
    struct exposed_event events[400];
    size_t n;
};

static int note_event(void *context, const struct exposed_event *e)
{
    struct told *told = context;
    told->events[told->n++] = *e;
    return told->n == 400 ? 1 : 0;
}

/* Exposures of every third user, of some to two arms; users with events before, after, around, and none. */
static void expose_some(struct fixture *f)
{
    fixture_fill(f->store, 60, 4); /* events at T, T + 1 s, … */
    int64_t at = INT64_C(1300000000000);
    ck_assert_int_eq(store_begin(f->store, NULL), 0);
    ck_assert_int_eq(experiments_put(f->store, "x", "{}", 1, NULL), 0);
    for (int64_t user = 1; user <= 70; user++) {
        struct exposure e = {.experiment = 1, .user = user, .variant = (uint32_t)(user % 2),
                             .time = at + user % 7 * 1000 - 500, .propensity = 0.5};
        char name[32];
        if (user > 60) {
            snprintf(name, sizeof name, "late%d", (int)user);
            ck_assert_int_eq(users_intern(f->store, name, strlen(name), &e.user, NULL, NULL), 0);
        }
        if (user % 3 == 0)
            ck_assert_int_eq(exposures_add(f->store, &e, NULL, NULL), 0);
        e.variant = 1 - e.variant;
        e.time += 1500;
        if (user % 9 == 0)
            ck_assert_int_eq(exposures_add(f->store, &e, NULL, NULL), 0);
    }
    ck_assert_int_eq(store_commit(f->store, NULL), 0);
}

START_TEST(reading_side_by_side_tells_what_looking_tells)
{
    static struct told looked, side, parts;
    struct fixture f;
    struct error err;
    fixture_init(&f);
    expose_some(&f);
    looked.n = side.n = parts.n = 0;
    struct exposure_range range = {.from = 1, .to = 1000, .before = 1200, .after = 2100};
    ck_assert_msg(exposures_each_of(f.store, 1, &range, note_event, &looked, &err) == 0, "%s", err.why);
    range.dense = true;
    ck_assert_msg(exposures_each_of(f.store, 1, &range, note_event, &side, &err) == 0, "%s", err.why);
    for (range.from = 0; range.from < 80; range.from += 16) {
        range.to = range.from + 16;
        range.dense = range.from % 32 == 0;
        ck_assert_int_eq(exposures_each_of(f.store, 1, &range, note_event, &parts, &err), 0);
    }
    ck_assert_uint_gt(looked.n, 40);
    ck_assert_uint_eq(side.n, looked.n);
    ck_assert_uint_eq(parts.n, looked.n);
    for (size_t i = 0; i < looked.n; i++) {
        const struct exposed_event *a = &looked.events[i], *all[] = {&side.events[i], &parts.events[i]};
        for (size_t k = 0; k < 2; k++) {
            const struct exposed_event *b = all[k];
            ck_assert(a->user == b->user && a->exposed == b->exposed && a->variant == b->variant && a->kind == b->kind);
            ck_assert(a->time == b->time && (a->quantity == b->quantity || (isnan(a->quantity) && isnan(b->quantity))));
        }
    }
    looked.n = 399; /* who tells that it is enough is heard */
    range = (struct exposure_range){.from = 1, .to = 1000, .before = 1200, .after = 2100, .dense = true};
    ck_assert_int_eq(exposures_each_of(f.store, 1, &range, note_event, &looked, &err), 1);
    fixture_release(&f);
}
END_TEST

/* Users 1, 2, … of the fixture with attributes: a country, an age, and whether they subscribe. */
static void describe_some(struct store *store, int64_t users)
{
    static const char *const countries[] = {"France", "Spain", "France", "Malta"};
    int64_t country, age, member;
    ck_assert_int_eq(store_begin(store, NULL), 0);
    ck_assert_int_eq(attributes_intern(store, ATTRIBUTE_OF_USER, "country", ATTRIBUTE_TEXT, &country, NULL), 0);
    ck_assert_int_eq(attributes_intern(store, ATTRIBUTE_OF_USER, "age", ATTRIBUTE_NUMBER, &age, NULL), 0);
    ck_assert_int_eq(attributes_intern(store, ATTRIBUTE_OF_USER, "member", ATTRIBUTE_BOOLEAN, &member, NULL), 0);
    for (int64_t u = 1; u <= users; u++) {
        const char *name = countries[u % 4];
        const struct attribute_value text = {.text = name, .n = strlen(name)}, years = {.number = 20 + (double)u},
                                     yes = {.number = u % 2 == 0 ? 1 : 0};
        ck_assert_int_eq(attributes_set(store, ATTRIBUTE_OF_USER, u, country, ATTRIBUTE_TEXT, &text, NULL), 0);
        ck_assert_int_eq(attributes_set(store, ATTRIBUTE_OF_USER, u, age, ATTRIBUTE_NUMBER, &years, NULL), 0);
        ck_assert_int_eq(attributes_set(store, ATTRIBUTE_OF_USER, u, member, ATTRIBUTE_BOOLEAN, &yes, NULL), 0);
    }
    ck_assert_int_eq(store_commit(store, NULL), 0);
}

static const char *label_of(const struct dimension *d, int64_t user)
{
    return d->label[dimension_level(d, user, 0, false)];
}

START_TEST(users_are_told_apart_by_what_is_known_of_them)
{
    struct fixture f;
    struct dimension d;
    struct error err;
    fixture_init(&f);
    expose_some(&f); /* users 3, 6, 9, … of 70 */
    describe_some(f.store, 48);
    ck_assert_msg(dimension_read(&d, f.store, 1, "country", NULL, &err) == 0, "%s", err.why);
    ck_assert_str_eq(label_of(&d, 6), "France");
    ck_assert_str_eq(label_of(&d, 9), "Spain");
    ck_assert_str_eq(label_of(&d, 51), "unknown"); /* exposed, and without a country */
    ck_assert_str_eq(label_of(&d, 1), "unknown");  /* not exposed */
    dimension_release(&d);
    ck_assert_int_eq(dimension_read(&d, f.store, 1, "user:age", NULL, &err), 0);
    ck_assert_uint_eq(d.n_levels, 5);
    ck_assert_str_eq(label_of(&d, 3), "below 35");
    ck_assert_str_eq(label_of(&d, 15), "35 to below 47");
    ck_assert_str_eq(label_of(&d, 48), "59 and more");
    dimension_release(&d);
    ck_assert_int_eq(dimension_read(&d, f.store, 1, "member", NULL, &err), 0);
    ck_assert_str_eq(label_of(&d, 6), "yes");
    ck_assert_str_eq(label_of(&d, 9), "no");
    dimension_release(&d);
    ck_assert_int_eq(dimension_read(&d, f.store, 1, "device", NULL, &err), 0);
    ck_assert_str_eq(label_of(&d, 6), "unknown");
    dimension_release(&d);
    ck_assert_int_eq(dimension_read(&d, f.store, 1, "item:colour", NULL, &err), E_USAGE);
    ck_assert_int_eq(dimension_read(&d, f.store, 1, "shoe size", NULL, &err), E_USAGE);
    ck_assert(strstr(err.hint, "age, country, member") != NULL);
    fixture_release(&f);
}
END_TEST

START_TEST(who_met_two_arms_counts_for_none)
{
    const char *const metrics[] = {"orders"}, *const by[] = {"weekday", "country"};
    struct design d = design_of(metrics, 1, 2);
    struct fixture f;
    struct collected c;
    struct error err;
    fixture_init(&f);
    expose_some(&f);
    describe_some(f.store, 48);
    ck_assert_int_eq(metric_bind(&d.metrics[0].metric, 1, f.store, &err), 0);
    snprintf(d.strata, sizeof d.strata, "member");
    ck_assert_msg(collect_by(&c, f.store, 1, &d, INT64_C(1300000000000) + DAY, by, 2, NULL, &err) == 0, "%s", err.why);
    near_to(c.exposed, 23);
    near_to(c.crossed, 7); /* users 9, 18, … */
    near_to(c.sums->users[0] + c.sums->users[1], 16);
    near_to(c.open, 16);
    ck_assert(c.has_revenue);
    near_to(c.revenue[0].n, c.sums->users[0]);
    for (size_t b = 0; b < 2; b++) {
        double users = 0;
        for (size_t l = 0; l < c.by[b].dimension.n_levels; l++)
            users += c.by[b].level[l]->users[0] + c.by[b].level[l]->users[1];
        near_to(users, 16);
    }
    near_to(c.strata->level[1]->users[0] + c.strata->level[2]->users[0] + c.strata->level[0]->users[0], c.sums->users[0]);
    collected_release(&c);
    ck_assert_int_eq(collect_by(&c, f.store, 1, &d, 0, (const char *const[]){"no such"}, 1, NULL, &err), E_USAGE);
    ck_assert_int_eq(collect(&c, f.store, 99, &d, 0, NULL, &err), 0); /* an experiment that nobody met */
    near_to(c.exposed, 0);
    collected_release(&c);
    mem_fail_after(30);
    int rc = collect(&c, f.store, 1, &d, 0, NULL, &err);
    mem_fail_after(0);
    ck_assert(rc == 0 || rc == E_NOMEM);
    if (rc == 0)
        collected_release(&c);
    fixture_release(&f);
}
END_TEST

START_TEST(plans_follow_effect_spread_and_history)
{
    const char *const metrics[] = {"revenue", "conversion", "quantile:0.5/purchase", "rate:never"};
    struct design d = design_of(metrics, 4, 2);
    struct sums *sums = sums_new(&d, AT + 90 * DAY, NULL);
    struct plan plan, half;
    struct error err;
    d.cuped = true;
    d.metrics[3].metric.kind_id = 9;
    add_some(sums, 0, 0, 4000, 1);
    ck_assert_int_eq(sums_finish(sums, NULL, NULL), 0);
    for (size_t m = 0; m < 3; m++) {
        d.effect = 0.1;
        ck_assert_msg(plan_make_of(&plan, &d, sums, m, &err) == 0, "%s", err.why);
        d.effect = 0.05;
        ck_assert_int_eq(plan_make_of(&half, &d, sums, m, &err), 0);
        ck_assert(half.users.total > 3.2 * plan.users.total && half.users.total < 4.8 * plan.users.total);
        ck_assert(fabs(plan_effect_with(&plan, plan.users.total) - 0.1) < 0.005);
        ck_assert(plan.reduced <= plan.uncorrected);
    }
    ck_assert_int_eq(plan_make_of(&plan, &d, sums, 3, &err), 0);
    ck_assert(plan.trivial && isnan(plan_effect_with(&plan, 1000)));
    d.method = DESIGN_ALWAYS_VALID;
    ck_assert_int_eq(plan_make_of(&plan, &d, sums, 0, &err), 0);
    d.method = DESIGN_FIXED;
    ck_assert_int_eq(plan_make_of(&half, &d, sums, 0, &err), 0);
    ck_assert(plan.users.total > 1.5 * half.users.total && plan.users.total < 2.2 * half.users.total);
    sums_free(sums);
}
END_TEST

CHECK_MAIN("experiment", users_are_told_apart_by_what_is_known_of_them, who_met_two_arms_counts_for_none,
           plans_follow_effect_spread_and_history, a_look_that_does_not_stop_finds_nothing,
           numbers_are_finite_whatever_users_do, reading_side_by_side_tells_what_looking_tells, several_arms_share_one_control, strata_take_variance_away,
           an_effect_that_wears_off_is_told_from_one_that_stays,
           segments_that_differ_are_told_from_those_that_do_not, weekdays_begin_with_monday,
           metrics_of_a_user, quantiles_are_of_events_with_a_price, what_is_no_metric_is_refused,
           designs_come_back_as_they_went, parts_add_up_to_the_whole, users_count_when_their_horizon_is_over,
           a_quantile_that_moved_is_found, edges_are_said_in_words)
