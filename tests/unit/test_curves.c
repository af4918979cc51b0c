/* Curves: series that begin anew, bounds, and what is told of the newest point. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/curves.h"
#include "base/job.h"
#include "tests/unit/check_main.h"

struct names {
    char text[2048];
    size_t points;
};

static int add_name(void *context, const struct curve *c)
{
    struct names *n = context;
    size_t at = strlen(n->text);
    snprintf(n->text + at, sizeof n->text - at, "%s%s:%zu", at > 0 ? ", " : "", c->name, c->n);
    n->points += c->n;
    return 0;
}

START_TEST(a_series_that_begins_again_is_another_one)
{
    struct curves c;
    struct names names = {0};
    char newest[64];
    curves_init(&c);
    ck_assert_str_eq(curves_newest(&c, newest, sizeof newest), "");
    for (int run = 0; run < 3; run++)
        for (int epoch = 1; epoch <= 2 + run; epoch++) {
            curves_add(&c, "loss", "epoch", epoch, 10.0 / epoch);
            curves_add(&c, "loss of another", "epoch", epoch, 1);
        }
    curves_add(&c, "loss", "epoch", 9, (double)NAN);
    curves_each(&c, add_name, &names);
    ck_assert_str_eq(names.text, "loss:2, loss of another:2, loss (2):3, loss of another (2):3, loss (3):4, loss of another (3):4");
    ck_assert_str_eq(curves_newest(&c, newest, sizeof newest), "loss of another 1");
    curves_release(&c);
}
END_TEST

START_TEST(long_and_many_series_stay_within_bounds)
{
    struct curves c;
    struct names names = {0};
    char name[32];
    curves_init(&c);
    for (int i = 0; i < 100000; i++)
        curves_add(&c, "long", "step", i, i);
    curves_each(&c, add_name, &names);
    ck_assert_uint_le(names.points, CURVES_POINTS);
    ck_assert_uint_ge(names.points, CURVES_POINTS / 2);
    ck_assert_double_eq(c.curve[0].x[0], 0);
    for (size_t i = 1; i < c.curve[0].n; i++)
        ck_assert_double_eq(c.curve[0].x[i], c.curve[0].x[i - 1] + (double)c.curve[0].every);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "series %d", i);
        curves_add(&c, name, "step", 1, 1);
    }
    ck_assert_uint_eq(c.n, CURVES_MAX);
    char endless[500];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    curves_add(&c, endless, "step", 1, 1);
    curves_release(&c);
}
END_TEST

START_TEST(nobody_has_to_keep_them)
{
    struct job job;
    job_init(&job, NULL, NULL);
    ck_assert(!job_keeps_points(&job));
    ck_assert(!job_keeps_points(NULL));
    job_point(&job, "loss", "epoch", 1, 1);
    job_point(NULL, "loss", "epoch", 1, 1);
}
END_TEST

CHECK_MAIN("curves", a_series_that_begins_again_is_another_one, long_and_many_series_stay_within_bounds,
           nobody_has_to_keep_them)
