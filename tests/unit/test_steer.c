/* What steers experiments by itself: leases, live guardrails, meters of arms, and the weights of each bandit. */
#include "check_main.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "experiment/adapt.h"
#include "serve/arm_meters.h"
#include "stats/assign.h"
#include "stats/bandit.h"
#include "store/leases.h"
#include "store_fixture.h"

static bool take(struct store *store, const char *holder, int64_t now)
{
    bool taken;
    ck_assert_int_eq(store_begin(store, NULL), 0);
    int rc = leases_take(store, "work", holder, now, 1000, &taken, NULL);
    ck_assert_int_eq(store_end(store, rc, NULL), 0);
    return taken;
}

START_TEST(one_holds_a_lease)
{
    struct fixture f;
    fixture_init(&f);
    ck_assert(take(f.store, "a", 100000));
    ck_assert(!take(f.store, "b", 100500));
    ck_assert(take(f.store, "a", 100500)); /* renewed */
    ck_assert(!take(f.store, "b", 101400));
    ck_assert(take(f.store, "b", 101500)); /* over */
    ck_assert(!take(f.store, "a", 101600));
    ck_assert(take(f.store, "a", 50000));  /* b's clock was ahead: nobody can have a lease for so long */
    ck_assert(!take(f.store, "b", 50100));
    ck_assert_int_eq(store_begin(f.store, NULL), 0);
    ck_assert_int_eq(leases_give(f.store, "work", "b", NULL), 0); /* not its own */
    ck_assert_int_eq(store_commit(f.store, NULL), 0);
    ck_assert(!take(f.store, "b", 50200));
    ck_assert_int_eq(store_begin(f.store, NULL), 0);
    ck_assert_int_eq(leases_give(f.store, "work", "a", NULL), 0);
    ck_assert_int_eq(store_commit(f.store, NULL), 0);
    ck_assert(take(f.store, "b", 50300));
    fixture_release(&f);
}
END_TEST

static struct design two_arms(void)
{
    return (struct design){.n_arms = 2, .n_metrics = 1, .arms = {{.name = "control"}, {.name = "new"}},
                           .floor = 0.01, .keep = 1, .epsilon = 0.1};
}

START_TEST(live_guardrails)
{
    const struct rollout_plan plan = {.errors = 0.01, .ms = 100}, any = {.errors = 1, .ms = 0};
    struct design d = two_arms();
    struct rollout_live live[DESIGN_ARMS_MAX] = {{.requests = 1000, .errors = 900, .slow = 900}, {.requests = 1000}};
    char why[300];
    ck_assert(!rollout_breached(&plan, &d, live, why, sizeof why)); /* control is what there was anyway */
    live[1] = (struct rollout_live){.requests = 1000, .errors = 12, .slow = 55};
    ck_assert(!rollout_breached(&plan, &d, live, why, sizeof why)); /* by chance */
    live[1] = (struct rollout_live){.requests = 29, .errors = 29, .slow = 29};
    ck_assert(!rollout_breached(&plan, &d, live, why, sizeof why)); /* too few */
    live[1] = (struct rollout_live){.requests = 1000, .errors = 40};
    ck_assert(rollout_breached(&plan, &d, live, why, sizeof why));
    ck_assert_str_eq(why, "new fails: 40 of its last 1000 requests (4.0 %), and at most 1 % may");
    ck_assert(!rollout_breached(&any, &d, live, why, sizeof why));
    live[1] = (struct rollout_live){.requests = 1000, .slow = 100};
    ck_assert(rollout_breached(&plan, &d, live, why, sizeof why));
    ck_assert_str_eq(why, "new is slow: 10.0 % of its last 1000 answers took longer than 100 ms, and at most 5 % may");
    ck_assert(!rollout_breached(&any, &d, live, why, sizeof why));
}
END_TEST

START_TEST(arms_are_metered)
{
    static struct arm_meters meters;
    struct rollout_live live[DESIGN_ARMS_MAX];
    for (int i = 0; i < 40; i++)
        arm_meters_add(&meters, 7, 1, i % 4 == 0, i % 2 == 0 ? 90000 : 400000);
    for (int i = 0; i < 10; i++)
        arm_meters_add(&meters, 7, 0, true, 100);
    arm_meters_add(&meters, 8, DESIGN_ARMS_MAX, true, 100); /* no such arm */
    arm_meters_take(&meters, 7, 100, live);
    ck_assert_uint_eq(live[1].requests, 40);
    ck_assert_uint_eq(live[1].errors, 10);
    ck_assert_uint_eq(live[1].slow, 20);
    arm_meters_take(&meters, 7, 100, live);
    ck_assert_uint_eq(live[1].requests, 0);
    ck_assert_uint_eq(live[0].requests, 10); /* too few to be judged: they stay */
    arm_meters_take(&meters, 9, 100, live);
    ck_assert_uint_eq(live[0].requests, 0);
    for (int64_t e = 100; e < 200; e++)
        arm_meters_add(&meters, e, 0, true, 100); /* more than there are places */
    arm_meters_keep(&meters, (int64_t[]){150}, 1);
    arm_meters_add(&meters, 500, 0, false, 100);
    arm_meters_take(&meters, 500, 0, live);
    ck_assert_uint_eq(live[0].requests, 1);
}
END_TEST

START_TEST(plans_come_back)
{
    const struct rollout_plan plan = {.steps = {100, 2500}, .n = 2, .least_users = 10, .least_hours = 0.5, .errors = 0.02,
                                      .ms = 250};
    struct rollout_plan back;
    char *text;
    ck_assert_int_eq(rollout_plan_write(&plan, &text, NULL), 0);
    ck_assert_int_eq(rollout_plan_read(&back, text, "x", NULL), 0);
    ck_assert_mem_eq(&plan, &back, sizeof plan);
    mem_free(text);
    ck_assert_int_eq(rollout_plan_read(&back, "{}", "x", NULL), E_CORRUPT);
    ck_assert_int_eq(rollout_plan_read(&back, "", "x", NULL), E_CORRUPT);
}
END_TEST

START_TEST(each_bandit_weighs)
{
    struct design d = two_arms();
    const struct bandit_arm arms[] = {{.n = 1000, .sum = 100, .squares = 100}, {.n = 1000, .sum = 150, .squares = 150}};
    const struct bandit_arm money[] = {{.n = 1000, .sum = 1e5, .squares = 1.1e7}, {.n = 1000, .sum = 1.5e5, .squares = 2.4e7}};
    uint32_t w[DESIGN_ARMS_MAX];
    for (int b = DESIGN_BANDIT_NONE; b <= DESIGN_BANDIT_UCB; b++) {
        d.bandit = (enum design_bandit)b;
        int rc = adapt_weights(arms, &d, true, w, NULL);
        ck_assert_int_eq(rc, b == DESIGN_BANDIT_NONE ? E_USAGE : 0);
        if (rc != 0)
            continue;
        ck_assert_uint_eq(w[0] + w[1], 10000);
        ck_assert_msg(w[0] >= 100 && (b == DESIGN_BANDIT_TOP_TWO || w[1] > 9000), "%s: %u", design_bandit_name(d.bandit),
                      w[1]);
        ck_assert_int_eq(adapt_weights(money, &d, false, w, NULL), 0);
        ck_assert_msg(w[1] >= 5000, "%s: %u", design_bandit_name(d.bandit), w[1]);
    }
    d.bandit = DESIGN_BANDIT_THOMPSON;
    d.floor = 0.2;
    ck_assert_int_eq(adapt_weights(arms, &d, true, w, NULL), 0);
    ck_assert_uint_ge(w[0], 2000);
    ck_assert_int_eq(adapt_weights((struct bandit_arm[2]){{.n = 0}, {.n = 0}}, &d, true, w, NULL), 0);
    ck_assert_uint_eq(w[0], 5000); /* nothing is known */
    d.bandit = DESIGN_BANDIT_EPSILON;
    d.floor = 0;
    d.epsilon = 0.3;
    ck_assert_int_eq(adapt_weights(arms, &d, true, w, NULL), 0);
    ck_assert_uint_eq(w[0], 1500);
}
END_TEST

/* Nobody, one user, nobody bought, all bought, all alike, negative revenue, one enormous order: weights all the same. */
START_TEST(nothing_makes_weights_that_are_none)
{
    static const struct bandit_arm cases[][3] = {
        {{.n = 0}, {.n = 0}, {.n = 0}},
        {{.n = 1, .sum = 1, .squares = 1}, {.n = 0}, {.n = 0}},
        {{.n = 500}, {.n = 500}, {.n = 500}},
        {{.n = 500, .sum = 500, .squares = 500}, {.n = 500, .sum = 500, .squares = 500}, {.n = 0}},
        {{.n = 1e6, .sum = 1e6, .squares = 1e6}, {.n = 1, .sum = 0, .squares = 0}, {.n = 0}},
        {{.n = 1e-9, .sum = 1e-9, .squares = 1e-9}, {.n = 1e-9}, {.n = 2}},
        {{.n = 10, .sum = -500, .squares = 25000}, {.n = 10, .sum = -400, .squares = 16000}, {.n = 10, .sum = -10, .squares = 10}},
        {{.n = 10, .sum = 1e12, .squares = 1e24}, {.n = 10, .sum = 5, .squares = 5}, {.n = 10, .sum = 4, .squares = 4}},
    };
    struct design d = two_arms();
    struct error err;
    d.n_arms = 3;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int b = DESIGN_BANDIT_THOMPSON; b <= DESIGN_BANDIT_UCB; b++)
            for (int rate = 0; rate < 2; rate++) {
                uint32_t w[DESIGN_ARMS_MAX];
                d.bandit = (enum design_bandit)b;
                if (rate && c >= 6)
                    continue; /* no rates */
                int rc = adapt_weights(cases[c], &d, rate, w, &err);
                ck_assert_msg(rc == 0, "case %zu, %s: %s", c, design_bandit_name(d.bandit), err.why);
                ck_assert_uint_eq(w[0] + w[1] + w[2], 10000);
                for (size_t a = 0; a < 3; a++)
                    ck_assert_msg(w[a] >= 100, "case %zu, %s: %u %u %u", c, design_bandit_name(d.bandit), w[0], w[1], w[2]);
            }
}
END_TEST

/* New weights move as few users as can be moved, whatever they were. */
START_TEST(few_users_move)
{
    struct rng rng;
    struct assign_table table, before;
    rng_init(&rng, 3, 0);
    for (int round = 0; round < 300; round++) {
        uint32_t w[2][6], moved, must = 0, changed = 0;
        size_t arms = 2 + rng_below(&rng, 5);
        for (int side = 0; side < 2; side++) {
            uint32_t left = 10000;
            for (size_t a = 0; a < arms; a++) {
                w[side][a] = a + 1 == arms ? left : (uint32_t)rng_below(&rng, left + 1);
                left -= w[side][a];
            }
        }
        ck_assert_int_eq(assign_init(&table, w[0], arms, 10000, true, NULL), 0);
        before = table;
        ck_assert_int_eq(assign_change(&table, w[1], arms, &moved, NULL), 0);
        for (size_t a = 0; a < arms; a++)
            must += w[0][a] > w[1][a] ? w[0][a] - w[1][a] : 0;
        for (size_t s = 0; s < ASSIGN_SLOTS; s++)
            changed += table.arm[s] != before.arm[s];
        ck_assert_uint_eq(moved, must);
        ck_assert_uint_eq(changed, must);
    }
    /* More coverage moves nobody. */
    const uint32_t half[] = {5000, 5000};
    for (uint32_t coverage = 100; coverage < 10000; coverage += 700) {
        ck_assert_int_eq(assign_init(&before, half, 2, coverage, true, NULL), 0);
        ck_assert_int_eq(assign_init(&table, half, 2, coverage + 100, true, NULL), 0);
        for (size_t s = 0; s < ASSIGN_SLOTS; s++)
            ck_assert(before.arm[s] == ASSIGN_NOBODY || before.arm[s] == table.arm[s]);
    }
}
END_TEST

CHECK_MAIN("steer", one_holds_a_lease, live_guardrails, arms_are_metered, plans_come_back,
           each_bandit_weighs,
           nothing_makes_weights_that_are_none, few_users_move)
