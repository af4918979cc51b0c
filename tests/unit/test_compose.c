/* Slates under rules: what holds for every plan, drawn at random, and what each rule does. */
#include "engine/compose.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/unit/check_main.h"

#define MOST 400

/* A shop of candidates: each has a brand (and some a second one) and a place on a line, for similarity. */
struct shop {
    struct compose_candidate candidates[MOST];
    uint64_t brand[MOST], second[MOST];
    double place[MOST];
    uint32_t n;
    struct compose_quota quotas[3];
    struct compose_cap caps[2];
    struct compose_plan plan;
};

static uint32_t groups_of(void *context, uint32_t cap, uint32_t c, uint64_t *out)
{
    const struct shop *s = context;
    if (cap == 1) {
        out[0] = s->second[c];
        return 1;
    }
    out[0] = s->brand[c];
    return s->brand[c] == 0 ? 0 : 1;
}

static void alike_to(void *context, uint32_t c, float *out)
{
    const struct shop *s = context;
    for (uint32_t i = 0; i < s->n; i++)
        out[i] = (float)exp(-fabs(s->place[i] - s->place[c]));
}

static void shop_init(struct shop *s, uint32_t n, uint32_t slots)
{
    memset(s, 0, sizeof *s);
    s->n = n;
    for (uint32_t i = 0; i < n; i++)
        s->candidates[i] = (struct compose_candidate){.rank = 1 + i, .listed = true};
    s->plan = (struct compose_plan){.n = slots, .candidates = s->candidates, .n_candidates = n, .quotas = s->quotas,
                                    .caps = s->caps, .context = s, .groups = groups_of, .alike = alike_to, .seed = 7};
}

/* Anything at all. */
static void shop_draw(struct shop *s, struct rng *rng)
{
    shop_init(s, (uint32_t)rng_below(rng, MOST + 1), (uint32_t)rng_below(rng, 40));
    uint64_t brands = 1 + rng_below(rng, 30);
    for (uint32_t i = 0; i < s->n; i++) {
        s->candidates[i].pin = rng_below(rng, 30) == 0 ? (uint32_t)rng_below(rng, 50) : 0;
        s->candidates[i].quotas = (uint32_t)(rng_next(rng) & rng_next(rng) & 7);
        s->candidates[i].listed = rng_below(rng, 10) != 0;
        s->brand[i] = rng_below(rng, brands + 1);
        s->second[i] = rng_below(rng, 5);
        s->place[i] = 20 * rng_uniform(rng);
    }
    s->plan.n_quotas = (uint32_t)rng_below(rng, 4);
    for (uint32_t q = 0; q < s->plan.n_quotas; q++)
        s->quotas[q] = (struct compose_quota){rng_uniform(rng) / 2, rng_below(rng, 2) == 0};
    s->plan.n_caps = (uint32_t)rng_below(rng, 3);
    for (uint32_t c = 0; c < s->plan.n_caps; c++)
        s->caps[c].k = 1 + (uint32_t)rng_below(rng, 6);
    if (rng_below(rng, 2) == 0)
        s->plan.diversity = rng_uniform(rng);
    s->plan.pool = (uint32_t)rng_below(rng, 60);
    s->plan.seed = rng_next(rng);
}

static void make(const struct shop *s, struct compose_slate *out)
{
    ck_assert_int_eq(compose(&s->plan, out, NULL), 0);
}

static uint32_t of_brand(const struct shop *s, const struct compose_slate *slate, uint32_t cap, uint64_t group)
{
    uint32_t n = 0;
    uint64_t groups[COMPOSE_GROUPS_MAX];
    for (uint32_t i = 0; i < slate->n; i++)
        n += groups_of((void *)(uintptr_t)s, cap, slate->slots[i].candidate, groups) > 0 && groups[0] == group;
    return n;
}

static bool breaks_a_cap(const struct shop *s, const struct compose_slate *slate, uint32_t c)
{
    uint64_t groups[COMPOSE_GROUPS_MAX];
    for (uint32_t cap = 0; cap < s->plan.n_caps; cap++)
        if (groups_of((void *)(uintptr_t)s, cap, c, groups) > 0 &&
            of_brand(s, slate, cap, groups[0]) >= s->caps[cap].k)
            return true;
    return false;
}

START_TEST(test_nobody_twice_no_cap_broken_and_no_slot_empty_that_could_be_filled)
{
    static struct shop s;
    struct rng rng;
    struct compose_slate slate;
    rng_init(&rng, 1, 1);
    for (int round = 0; round < 3000; round++) {
        bool there[MOST] = {false};
        shop_draw(&s, &rng);
        make(&s, &slate);
        ck_assert_uint_le(slate.n, s.plan.n);
        for (uint32_t i = 0; i < slate.n; i++) {
            ck_assert(!there[slate.slots[i].candidate]);
            there[slate.slots[i].candidate] = true;
            ck_assert(slate.slots[i].propensity > 0 && slate.slots[i].propensity <= 1);
        }
        for (uint32_t cap = 0; cap < s.plan.n_caps; cap++)
            for (uint64_t group = cap == 0 ? 1 : 0; group <= 31; group++)
                ck_assert_uint_le(of_brand(&s, &slate, cap, group), s.caps[cap].k);
        for (uint32_t c = 0; c < s.n && slate.n < s.plan.n; c++)
            ck_assert_msg(there[c] || breaks_a_cap(&s, &slate, c), "round %d: %u would fit", round, c);
        compose_release(&slate);
    }
}
END_TEST

START_TEST(test_without_rules_the_order_stays)
{
    static struct shop s;
    struct compose_slate slate;
    shop_init(&s, 100, 20);
    make(&s, &slate);
    ck_assert_uint_eq(slate.n, 20);
    ck_assert(!slate.dry);
    for (uint32_t i = 0; i < 20; i++) {
        ck_assert_uint_eq(slate.slots[i].candidate, i);
        ck_assert_int_eq(slate.slots[i].how, COMPOSE_RANK);
    }
    compose_release(&slate);
    shop_init(&s, 15, 20);
    make(&s, &slate);
    ck_assert_uint_eq(slate.n, 15);
    ck_assert(slate.dry);
    compose_release(&slate);
}
END_TEST

START_TEST(test_pins_stand_where_they_are_pinned)
{
    static struct shop s;
    struct compose_slate slate;
    shop_init(&s, 100, 10);
    s.candidates[50].pin = 1;
    s.candidates[60].pin = 4;
    s.candidates[70].pin = 4; /* the next free one */
    s.candidates[80].pin = 11;
    s.candidates[2].pin = 9;
    s.candidates[50].listed = false;
    make(&s, &slate);
    static const uint32_t wanted[10] = {50, 0, 1, 60, 70, 3, 4, 5, 2, 6};
    ck_assert_uint_eq(slate.n, 10);
    for (uint32_t i = 0; i < 10; i++)
        ck_assert_uint_eq(slate.slots[i].candidate, wanted[i]);
    compose_release(&slate);

    shop_init(&s, 3, 10); /* too few: the pin moves up */
    s.candidates[0].pin = 9;
    make(&s, &slate);
    ck_assert_uint_eq(slate.n, 3);
    ck_assert_uint_eq(slate.slots[2].candidate, 0);
    compose_release(&slate);
}
END_TEST

START_TEST(test_pins_count_for_caps_and_do_not_break_them)
{
    static struct shop s;
    struct compose_slate slate;
    shop_init(&s, 100, 10);
    for (uint32_t i = 0; i < 100; i++)
        s.brand[i] = 1 + i % 20;
    s.plan.n_caps = 1;
    s.caps[0].k = 1;
    s.candidates[20].pin = 10; /* of the brand of candidate 0 */
    s.candidates[40].pin = 2;  /* too */
    make(&s, &slate);
    ck_assert_uint_eq(slate.n, 10);
    ck_assert_uint_eq(slate.slots[9].candidate, 20);
    ck_assert_uint_eq(slate.slots[0].candidate, 1);
    ck_assert_uint_eq(slate.capped[0], 1);
    ck_assert_uint_eq(slate.capped[40], 1);
    compose_release(&slate);
}
END_TEST

START_TEST(test_quotas_get_their_share_spread_evenly)
{
    static struct shop s;
    struct compose_slate slate;
    for (uint32_t n = 1; n <= 40; n++)
        for (int percent = 0; percent <= 100; percent += 10) {
            shop_init(&s, 300, n);
            for (uint32_t i = 200; i < 300; i++)
                s.candidates[i].quotas = 1;
            s.plan.n_quotas = 1;
            s.quotas[0].share = percent / 100.0;
            make(&s, &slate);
            uint32_t count = 0;
            for (uint32_t i = 0; i < n; i++) {
                count += slate.slots[i].how == COMPOSE_QUOTA;
                ck_assert_uint_eq(count, (uint32_t)floor((i + 1) * s.quotas[0].share + 0.5 + 1e-9));
            }
            compose_release(&slate);
        }
    shop_init(&s, 300, 10); /* who stands there anyway counts */
    s.candidates[0].quotas = s.candidates[1].quotas = s.candidates[200].quotas = 1;
    s.plan.n_quotas = 1;
    s.quotas[0].share = 0.2;
    make(&s, &slate);
    for (uint32_t i = 0; i < 10; i++)
        ck_assert_uint_eq(slate.slots[i].candidate, i);
    compose_release(&slate);
    s.quotas[0].share = 0.5; /* too few of them: others take their slots */
    make(&s, &slate);
    ck_assert_uint_eq(slate.n, 10);
    ck_assert_uint_eq(slate.dry_quotas, 1);
    ck_assert_uint_eq(slate.slots[9].candidate, 8);
    compose_release(&slate);
}
END_TEST

START_TEST(test_draws_repeat_with_their_seed_and_say_how_likely_they_were)
{
    static struct shop s;
    struct compose_slate slate, again;
    double times[4] = {0}, propensity[4] = {0};
    enum { ROUNDS = 20000 };
    shop_init(&s, 24, 2);
    for (uint32_t i = 20; i < 24; i++)
        s.candidates[i] = (struct compose_candidate){.rank = 1 + i, .quotas = 1};
    s.plan.n_quotas = 1;
    s.quotas[0] = (struct compose_quota){0.5, true};
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        s.plan.seed = seed;
        make(&s, &slate);
        make(&s, &again);
        ck_assert_mem_eq(slate.slots, again.slots, 2 * sizeof *slate.slots);
        ck_assert_int_eq(slate.slots[0].how, COMPOSE_DRAWN);
        times[slate.slots[0].candidate - 20]++;
        propensity[slate.slots[0].candidate - 20] = slate.slots[0].propensity;
        ck_assert_uint_eq(slate.slots[1].candidate, 0);
        ck_assert_double_eq(slate.slots[1].propensity, 1);
        compose_release(&slate);
        compose_release(&again);
    }
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(times[i] / ROUNDS, propensity[i], 0.015);
        sum += propensity[i];
    }
    ck_assert_double_eq_tol(sum, 1, 1e-12);
    ck_assert(propensity[0] > propensity[3]);
}
END_TEST

START_TEST(test_diversity_spreads_and_keeps_the_first)
{
    static struct shop s;
    struct compose_slate slate;
    double least = 0;
    for (int step = 0; step <= 4; step++) {
        shop_init(&s, 100, 5);
        for (uint32_t i = 0; i < 100; i++)
            s.place[i] = i < 20 ? 0.01 * i : i % 20;
        s.plan.diversity = 0.2 * step;
        s.plan.pool = 50;
        make(&s, &slate);
        double spread = 0;
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t k = 0; k < i; k++)
                spread += fabs(s.place[slate.slots[i].candidate] - s.place[slate.slots[k].candidate]);
        ck_assert_uint_eq(slate.slots[0].candidate, 0);
        ck_assert_uint_eq(slate.n, 5);
        ck_assert(step == 0 || spread > least);
        ck_assert(step == 0 || slate.slots[1].candidate >= 20 || step == 1);
        least = step == 0 ? spread : least;
        compose_release(&slate);
    }
}
END_TEST

START_TEST(test_memory_may_run_out)
{
    static struct shop s;
    struct rng rng;
    struct compose_slate slate;
    struct error err;
    rng_init(&rng, 2, 1);
    do
        shop_draw(&s, &rng);
    while (s.plan.n_caps == 0 || s.plan.diversity <= 0 || s.plan.n < 20);
    for (unsigned long n = 1;; n++) {
        mem_fail_after(n);
        int rc = compose(&s.plan, &slate, &err);
        mem_fail_after(0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_ptr_null(slate.slots);
    }
    compose_release(&slate);
}
END_TEST

CHECK_MAIN("compose", test_nobody_twice_no_cap_broken_and_no_slot_empty_that_could_be_filled,
           test_without_rules_the_order_stays,
           test_pins_stand_where_they_are_pinned,
           test_pins_count_for_caps_and_do_not_break_them,
           test_quotas_get_their_share_spread_evenly,
           test_draws_repeat_with_their_seed_and_say_how_likely_they_were,
           test_diversity_spreads_and_keeps_the_first,
           test_memory_may_run_out)
