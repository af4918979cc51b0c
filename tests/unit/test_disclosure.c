/* Classes of rows: known answers of the papers, random tables against counting, and running out of memory. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "disclosure/mondrian.h"
#include "disclosure/risk.h"
#include "tests/unit/check_main.h"

#define NONE ((double)NAN)

/* Li, Li & Venkatasubramanian 2007, section 4.2: salaries of 3k to 11k, and the diseases of the same table. */
START_TEST(test_distances_of_the_paper)
{
    static const double salary[] = {3, 4, 5, 6, 7, 8, 9, 10, 11};
    static const uint32_t code[] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, person[] = {0, 1, 2, 3, 4, 5, 6, 7, 8},
                          low[] = {0, 1, 2}, spread[] = {3, 5, 8};
    const struct microdata_column ordered = {.code = code, .n_codes = 9, .value = salary}, names = {.code = code,
                                                                                                    .n_codes = 9};
    struct microdata data = {.n_rows = 9, .n_people = 9, .person = person, .sensitive = &ordered, .n_sensitive = 1};
    struct microdata_model model = {.k = 1, .t = NONE};
    struct microdata_meter meter;
    struct microdata_measure m;
    ck_assert_int_eq(microdata_meter_init(&meter, &data, NULL, NULL), 0);
    microdata_measure(&meter, &model, low, 3, &m);
    ck_assert_double_eq_tol(m.distance, 0.375, 1e-12);
    microdata_measure(&meter, &model, spread, 3, &m);
    ck_assert_double_eq_tol(m.distance, 1.0 / 6, 1e-12);
    ck_assert_uint_eq(m.values, 3);
    ck_assert_double_eq_tol(m.entropy, 3, 1e-12);
    microdata_meter_release(&meter);
    data.sensitive = &names;
    ck_assert_int_eq(microdata_meter_init(&meter, &data, NULL, NULL), 0);
    microdata_measure(&meter, &model, low, 3, &m);
    ck_assert_double_eq_tol(m.distance, 2.0 / 3, 1e-12);
    microdata_meter_release(&meter);
}
END_TEST

/* Tables 4 and 5 and figure 2 of the same paper: diseases by a hierarchy of height 3.  What the classes are apart was
 * computed by transport over all pairs of diseases, 1/3, 2/3 or 1 apart; see also tests/command/check_published.py. */
START_TEST(test_distances_by_a_hierarchy)
{
    /* in the order of the tree; missing: embolism, edema, colitis, colon cancer, which nobody has */
    enum { FLU, PNEUMONIA, BRONCHITIS, ULCER, GASTRITIS, STOMACH_CANCER, N };
    static const uint32_t code[] = {ULCER, GASTRITIS, STOMACH_CANCER, GASTRITIS, FLU, BRONCHITIS, BRONCHITIS, PNEUMONIA,
                                    STOMACH_CANCER}, person[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint32_t classes[][3] = {{0, 2, 7}, {3, 4, 5}, {1, 6, 8}};
    static const double far[] = {7.0 / 27, 8.0 / 27, 5.0 / 27}, flat[] = {15.0 / 27, 12.0 / 27, 9.0 / 27};
    static const uint8_t level[N] = {0, 2, 2, 0, 2, 2}, under_one[N] = {0, 3, 3, 1, 3, 3};
    struct microdata_column names = {.code = code, .n_codes = N, .level = level, .n_levels = 2, .height = 3};
    struct microdata data = {.n_rows = 9, .n_people = 9, .person = person, .sensitive = &names, .n_sensitive = 1};
    struct microdata_model model = {.k = 1, .t = NONE};
    for (int how = 0; how < 3; how++) {
        struct microdata_meter meter;
        struct microdata_measure m;
        if (how == 1) { /* a file that names the root too */
            names.level = under_one;
            names.n_levels = 3;
        } else if (how == 2)
            names = (struct microdata_column){.code = code, .n_codes = N};
        ck_assert_int_eq(microdata_check(&data, &model, NULL), 0);
        ck_assert_int_eq(microdata_meter_init(&meter, &data, NULL, NULL), 0);
        for (int c = 0; c < 3; c++) {
            microdata_measure(&meter, &model, classes[c], 3, &m);
            ck_assert_double_eq_tol(m.distance, how == 2 ? flat[c] : far[c], 1e-12);
        }
        microdata_meter_release(&meter);
    }
    names.n_levels = MICRODATA_LEVELS_MAX + 1;
    ck_assert_int_eq(microdata_check(&data, &model, NULL), E_BAD_DATA);
}
END_TEST

/* One person's rows with a value count once, and recursive diversity is r1 < c (rl + ... + rm). */
START_TEST(test_diversity_counts_people)
{
    static const uint32_t code[] = {0, 0, 0, 0, 0, 1, 2, 2}, person[] = {0, 0, 0, 0, 1, 2, 3, 3}, all[] = {0, 1, 2, 3,
                                                                                                           4, 5, 6, 7};
    const struct microdata_column names = {.code = code, .n_codes = 3};
    struct microdata data = {.n_rows = 8, .n_people = 4, .person = person, .sensitive = &names, .n_sensitive = 1};
    struct microdata_model model = {.k = 4, .diversity = DIVERSITY_RECURSIVE, .l = 2, .c = 1.01, .t = NONE};
    struct microdata_meter meter;
    struct microdata_measure m;
    ck_assert_int_eq(microdata_meter_init(&meter, &data, NULL, NULL), 0);
    microdata_measure(&meter, &model, all, 8, &m);
    ck_assert_uint_eq(m.people, 4);
    ck_assert_double_eq_tol(m.ratio, 1.0, 1e-12); /* 2 people; 1 + 1 */
    ck_assert(microdata_satisfies(&meter, &model, all, 8));
    model.c = 1;
    ck_assert(!microdata_satisfies(&meter, &model, all, 8));
    model.c = 100;
    model.l = 4;
    ck_assert(!microdata_satisfies(&meter, &model, all, 8)); /* there are only 3 values */
    model = (struct microdata_model){.k = 5, .t = NONE};
    ck_assert(!microdata_satisfies(&meter, &model, all, 8));
    microdata_meter_release(&meter);
}
END_TEST

struct table {
    uint32_t person[2000], a[2000], b[2000], s[2000];
    double value[40];
    struct microdata_column quasi[2], sensitive;
    struct microdata data;
};

static void fill(struct table *t, struct rng *rng)
{
    uint32_t n = 20 + (uint32_t)rng_below(rng, 1900), people = 1 + (uint32_t)rng_below(rng, n);
    for (uint32_t i = 0; i < n; i++) {
        t->person[i] = i < people ? i : (uint32_t)rng_below(rng, people);
        t->a[i] = (uint32_t)rng_below(rng, rng_below(rng, 2) ? 40 : 10);
        t->b[i] = (uint32_t)rng_below(rng, 7);
        t->s[i] = (uint32_t)rng_below(rng, 1 + rng_below(rng, 8));
    }
    for (uint32_t i = 0; i < 40; i++)
        t->value[i] = i == 0 ? NONE : (double)i * i - 50;
    t->quasi[0] = (struct microdata_column){.code = t->a, .n_codes = 40, .value = t->value};
    t->quasi[1] = (struct microdata_column){.code = t->b, .n_codes = 7};
    t->sensitive = (struct microdata_column){.code = t->s, .n_codes = 8};
    t->data = (struct microdata){.n_rows = n, .n_people = people, .person = t->person, .quasi = t->quasi, .n_quasi = 2,
                                 .sensitive = &t->sensitive, .n_sensitive = 1};
}

/* Every row is in one class, within its ranges; every class is what was asked for; strict classes do not overlap. */
static void check_classes(const struct table *t, const struct microdata_model *model, bool relaxed,
                          const struct mondrian *m)
{
    struct microdata_meter meter;
    uint32_t *rows, *start, seen = 0;
    ck_assert_int_eq(microdata_meter_init(&meter, &t->data, NULL, NULL), 0);
    ck_assert_int_eq(mondrian_rows(m, t->data.n_rows, &rows, &start, NULL), 0);
    for (uint32_t c = 0; c < m->n_classes; c++) {
        ck_assert(microdata_satisfies(&meter, model, rows + start[c], start[c + 1] - start[c]));
        for (uint32_t i = start[c]; i < start[c + 1]; i++, seen++)
            for (uint32_t q = 0; q < 2; q++) {
                const struct mondrian_range *r = mondrian_range_of(m, c, q);
                ck_assert(t->quasi[q].code[rows[i]] >= r->low && t->quasi[q].code[rows[i]] <= r->high);
            }
        for (uint32_t d = 0; !relaxed && d < c; d++) {
            const struct mondrian_range *x = mondrian_range_of(m, c, 0), *y = mondrian_range_of(m, d, 0);
            ck_assert(x[0].high < y[0].low || y[0].high < x[0].low || x[1].high < y[1].low || y[1].high < x[1].low);
        }
    }
    ck_assert_uint_eq(seen + m->suppressed, t->data.n_rows);
    mem_free(rows);
    mem_free(start);
    microdata_meter_release(&meter);
}

START_TEST(test_random_tables)
{
    struct table *t = mem_alloc(1, sizeof *t);
    int made = 0;
    for (uint64_t round = 0; round < 60; round++) {
        struct rng rng;
        struct mondrian m;
        rng_init(&rng, 11, round);
        fill(t, &rng);
        struct microdata_model model = {.k = 1 + (uint32_t)rng_below(&rng, 12),
                                        .diversity = (enum diversity)rng_below(&rng, 4),
                                        .l = 1 + (double)rng_below(&rng, 3), .c = 2, .t = rng_below(&rng, 2) ? 0.3
                                        : NONE};
        struct mondrian_options options = {rng_below(&rng, 2) == 1, rng_below(&rng, 2) ? 0.1 : 0};
        struct error err = {0};
        int rc = mondrian_make(&m, &t->data, &model, &options, NULL, &err);
        if (rc != 0) {
            ck_assert_int_eq(rc, E_BAD_DATA);
            ck_assert(t->data.n_people < model.k || model.diversity != DIVERSITY_NONE);
            continue;
        }
        made++;
        ck_assert(m.suppressed <= options.suppress * t->data.n_rows);
        check_classes(t, &model, options.relaxed, &m);
        mondrian_release(&m);
    }
    ck_assert_int_gt(made, 40);
    mem_free(t);
}
END_TEST

START_TEST(test_edges)
{
    static const uint32_t code[] = {0, 0, 0, 0}, person[] = {0, 1, 2, 3};
    const struct microdata_column same = {.code = code, .n_codes = 1}, beyond = {.code = person, .n_codes = 3};
    struct microdata data = {.n_rows = 4, .n_people = 4, .person = person, .quasi = &same, .n_quasi = 1};
    struct microdata_model model = {.k = 2, .t = NONE};
    struct mondrian_options options = {0};
    struct mondrian m;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), 0);
    ck_assert_uint_eq(m.n_classes, 1); /* all are the same: nothing to cut */
    mondrian_release(&m);
    model.k = 5;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_BAD_DATA);
    model.k = 0;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_USAGE);
    model = (struct microdata_model){.k = 1, .t = 2};
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_USAGE);
    model = (struct microdata_model){.k = 1, .t = 0.5};
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_USAGE); /* nothing is sensitive */
    model.t = NONE;
    options.suppress = NONE;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_USAGE);
    options.suppress = 0;
    data.quasi = &beyond;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_BAD_DATA);
    data.n_rows = 0;
    ck_assert_int_eq(mondrian_make(&m, &data, &model, &options, NULL, NULL), E_BAD_DATA);
}
END_TEST

START_TEST(test_risk)
{
    /* Two classes: three people of whom one has two rows, and one alone; and the fourth again in the first. */
    static const uint32_t class_of[] = {0, 0, 0, 0, 1, 0, MONDRIAN_SUPPRESSED}, person[] = {0, 0, 1, 2, 3, 3, 4};
    const struct microdata data = {.n_rows = 7, .n_people = 5, .person = person};
    struct risk r;
    ck_assert_int_eq(risk_measure(&r, &data, class_of, 2, 0, NULL), 0);
    ck_assert_uint_eq(r.people, 4);
    ck_assert_uint_eq(r.smallest, 1);
    ck_assert_uint_eq(r.largest, 4);
    ck_assert_double_eq_tol(r.prosecutor, 1, 1e-12);
    ck_assert_double_eq_tol(r.journalist, 1, 1e-12);
    ck_assert_double_eq_tol(r.marketer, 2.0 / 5, 1e-12);
    ck_assert_double_eq_tol(r.alone, 1.0 / 4, 1e-12);
    ck_assert_double_eq_tol(r.dominance, 1, 1e-12);
    ck_assert_int_eq(risk_measure(&r, &data, class_of, 2, 40, NULL), 0);
    ck_assert_double_eq_tol(r.journalist, 0.1, 1e-12);
    ck_assert_double_eq_tol(r.marketer, 0.04, 1e-12);
}
END_TEST

START_TEST(test_out_of_memory)
{
    struct table *t = mem_alloc(1, sizeof *t);
    struct rng rng;
    struct mondrian m;
    struct microdata_model model = {.k = 5, .diversity = DIVERSITY_DISTINCT, .l = 1, .t = 0.5};
    struct mondrian_options options = {false, 0};
    rng_init(&rng, 3, 3);
    fill(t, &rng);
    mem_fail_after(1000000000);
    ck_assert_int_eq(mondrian_make(&m, &t->data, &model, &options, NULL, NULL), 0);
    unsigned long n = mem_fail_count();
    mem_fail_after(0);
    mondrian_release(&m);
    for (unsigned long i = 1; i <= n; i++) {
        mem_fail_after(i);
        ck_assert_int_eq(mondrian_make(&m, &t->data, &model, &options, NULL, NULL), E_NOMEM);
        mem_fail_after(0);
    }
    mem_free(t);
}
END_TEST

CHECK_MAIN("disclosure", test_distances_of_the_paper, test_distances_by_a_hierarchy, test_diversity_counts_people, test_random_tables, test_edges,
           test_risk, test_out_of_memory)
