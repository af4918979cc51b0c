/* The index of items against scoring all of them: the same items, scores and order, whatever is excluded. */
#include "engine/item_index.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "engine/factors.h"
#include "engine/item_index_private.h"
#include "tests/unit/check_main.h"

#define DIM 19
#define ITEMS 6000 /* several stretches, and more than are scored one by one */
#define USERS 140  /* more than are searched for together */
#define BEST 25

enum shape { FLAT, SKEWED, ALIKE, COARSE, LATE, SHAPES };

static float *factors, *packed, *scores;
static float x[USERS][DIM];
static uint64_t excluded[ITEMS / 64 + 1];

static float late_factor(uint32_t i, uint32_t k, double drawn)
{
    if (i >= 2000)
        return k == 8 + i % 9 ? 0.8f : (float)(0.001 * drawn);
    return k == i % 7 ? i % 9 == 4 ? 0.96f : 0.9f : k == 7 && i % 9 != 4 ? 0.44f : (float)(0.001 * drawn);
}

/* Factor k of item i, of which `drawn` is normal.
 * FLAT: all lengths about the same.  SKEWED: few long ones.  ALIKE: many equal items.  COARSE: one factor is so large
 * that nothing is left of the others in 8 bits, and that one is 0 in all questions.  LATE: the best ones are not among
 * the longest, and nearly as good as their length allows; half of the users are done early, the others find theirs late. */
static float factor_of(enum shape shape, uint32_t i, uint32_t k, double drawn)
{
    switch (shape) {
    case SKEWED: return (float)(drawn / (1 + i % 997));
    case ALIKE: return (float)((i % 5 + k) % 3) - 1;
    case COARSE: return k == 0 ? (float)(1000 + drawn) : (float)drawn;
    case LATE: return late_factor(i, k, drawn);
    case FLAT:
    case SHAPES: break;
    }
    return (float)drawn;
}

/* (The last factor of the items is next to nothing: it only makes the sums of the users' codes differ.) */
static float question_late(uint32_t u, uint32_t k, double drawn)
{
    double there = k == DIM - 1 ? (u % 4 < 2 ? 0.5 : -0.5) : k == (u % 2 == 0 ? u % 7 : 8 + u % 9);
    return (float)(there + 0.001 * drawn);
}

/* Every 17th item has no factors, and the fourth question no direction. */
static void make_factors(enum shape shape)
{
    struct rng rng;
    rng_init(&rng, 5, (uint64_t)shape);
    factors = mem_alloc_aligned((size_t)ITEMS * DIM, sizeof *factors);
    packed = mem_alloc_aligned(factors_packed_size(ITEMS, DIM), sizeof *packed);
    scores = mem_alloc_aligned(ITEMS, sizeof *scores);
    for (uint32_t i = 0; i < ITEMS; i++)
        for (uint32_t k = 0; k < DIM; k++)
            factors[(size_t)i * DIM + k] = i % 17 == 0 ? 0 : factor_of(shape, i, k, rng_normal(&rng));
    for (uint32_t u = 0; u < USERS; u++)
        for (uint32_t k = 0; k < DIM; k++) {
            double drawn = rng_normal(&rng);
            x[u][k] = shape == LATE ? question_late(u, k, drawn) : (float)drawn;
            if (shape == COARSE && k == 0)
                x[u][k] = 0;
        }
    memset(x[3], 0, sizeof x[3]);
    factors_pack(packed, factors, ITEMS, DIM);
}

static void drop_factors(void)
{
    mem_free(factors);
    mem_free(packed);
    mem_free(scores);
}

static void index_new(struct item_index *index, bool unknown_lowest, unsigned threads)
{
    struct pool *pool = threads == 0 ? NULL : pool_new(threads);
    ck_assert_int_eq(item_index_build(index, factors, ITEMS, DIM, unknown_lowest, pool, NULL, NULL), 0);
    pool_free(pool);
}

/* Scores of all items by the kernel that everything else is scored with. */
static void score_all(const float *of, bool unknown_lowest)
{
    float groups[FACTORS_GROUP * DIM] = {0}, tile[FACTORS_TILE_SIZE], lowest = INFINITY;
    factors_put_user(groups, 0, of, DIM);
    factors_score(packed, ITEMS, DIM, groups, 1, scores, ITEMS, tile);
    for (uint32_t i = 0; i < ITEMS; i++)
        if (i % 17 != 0)
            lowest = scores[i] < lowest ? scores[i] : lowest;
    for (uint32_t i = 0; i < ITEMS && unknown_lowest; i += 17)
        scores[i] = lowest;
}

static void check_against_all(const struct item_index *index, const uint64_t *mask, uint32_t k)
{
    struct item_query queries[USERS];
    struct model_wish wishes[USERS];
    struct scored *out = mem_alloc((size_t)USERS * k + 1, sizeof *out), *want = mem_alloc(k + 1, sizeof *want);
    void *scratch = mem_alloc_aligned(1, item_index_scratch(index));
    for (uint32_t u = 0; u < USERS; u++) {
        wishes[u] = (struct model_wish){.excluded = mask, .k = k, .out = out + (size_t)u * k, .n = 77};
        queries[u] = (struct item_query){x[u], &wishes[u]};
    }
    item_index_search(index, queries, USERS, scratch);
    for (uint32_t u = 0; u < USERS; u++) {
        score_all(x[u], index->unknown_lowest);
        uint32_t n = topk_select(scores, ITEMS, mask, k, want);
        ck_assert_uint_eq(wishes[u].n, n);
        for (uint32_t i = 0; i < n; i++) {
            ck_assert_msg(wishes[u].out[i].item == want[i].item, "user %u, place %u: %u, not %u", u, i,
                          wishes[u].out[i].item, want[i].item);
            ck_assert(wishes[u].out[i].score >= want[i].score && wishes[u].out[i].score <= want[i].score);
        }
    }
    mem_free(scratch);
    mem_free(out);
    mem_free(want);
}

/* Leaves about `left` items, at least those that are asked for. */
static const uint64_t *mask_but(uint32_t left)
{
    memset(excluded, 0xff, sizeof excluded);
    for (uint32_t i = 0; i < left; i++) {
        uint32_t item = (uint32_t)((uint64_t)i * ITEMS / left);
        excluded[item / 64] &= ~(UINT64_C(1) << item % 64);
    }
    return excluded;
}

static void check_shape(enum shape shape, bool unknown_lowest)
{
    static const uint32_t left[] = {0, 1, 5, 300, 4000, 5500};
    struct item_index index;
    make_factors(shape);
    index_new(&index, unknown_lowest, 2);
    check_against_all(&index, NULL, BEST);
    check_against_all(&index, NULL, 1);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        check_against_all(&index, mask_but(left[i]), BEST);
    item_index_release(&index);
    drop_factors();
}

START_TEST(test_the_best_are_those_of_scoring_everything)
{
    for (enum shape shape = FLAT; shape < SHAPES; shape++) {
        check_shape(shape, false);
        check_shape(shape, true);
    }
}
END_TEST

START_TEST(test_everything_can_be_asked_for)
{
    struct item_index index;
    make_factors(SKEWED);
    index_new(&index, true, 1);
    check_against_all(&index, NULL, 0);
    check_against_all(&index, mask_but(5500), ITEMS);
    item_index_release(&index);
    index_new(&index, false, 1);
    check_against_all(&index, mask_but(5500), ITEMS);
    item_index_release(&index);
    drop_factors();
}
END_TEST

START_TEST(test_who_else_is_asked_about_changes_nothing)
{
    struct item_index index;
    struct scored together[USERS][BEST], alone[BEST];
    struct item_query queries[USERS];
    struct model_wish wishes[USERS];
    make_factors(FLAT);
    index_new(&index, true, 2);
    void *scratch = mem_alloc_aligned(1, item_index_scratch(&index));
    for (uint32_t u = 0; u < USERS; u++) {
        wishes[u] = (struct model_wish){.k = BEST, .out = together[u]};
        queries[u] = (struct item_query){x[u], &wishes[u]};
    }
    item_index_search(&index, queries, USERS, scratch);
    for (uint32_t u = 0; u < USERS; u += 13) {
        struct model_wish wish = {.k = BEST, .out = alone};
        struct item_query one = {x[u], &wish};
        item_index_search(&index, &one, 1, scratch);
        ck_assert_mem_eq(alone, together[u], sizeof alone);
    }
    mem_free(scratch);
    item_index_release(&index);
    drop_factors();
}
END_TEST

static void save_and_load(const struct item_index *index, void (*damage)(struct tensor_set *), int want)
{
    struct tensor_set set = {0};
    struct item_index loaded;
    struct error err = {0};
    ck_assert_int_eq(item_index_save(index, &set, NULL), 0);
    ck_assert(item_index_present(&set));
    damage(&set);
    int rc = item_index_load(&loaded, &set, factors, ITEMS, DIM, index->unknown_lowest, &err);
    ck_assert_int_eq(rc, want);
    if (rc == 0) {
        check_against_all(&loaded, NULL, BEST);
        item_index_release(&loaded);
    }
    tensor_set_release(&set);
}

static struct tensor *find(struct tensor_set *set, const char *name)
{
    for (size_t i = 0; i < set->n_tensors; i++)
        if (strcmp(set->tensors[i].name, name) == 0)
            return &set->tensors[i];
    ck_abort_msg("no tensor %s", name);
}

static uint32_t damaged_items[ITEMS];
static float damaged_scale[ITEMS + 64], damaged_length[ITEMS];

static void nothing(struct tensor_set *set)
{
    (void)set;
}

static void item_twice(struct tensor_set *set)
{
    struct tensor *t = find(set, "index.item");
    memcpy(damaged_items, t->data, tensor_count(t) * sizeof *damaged_items);
    damaged_items[7] = damaged_items[8];
    t->data = damaged_items;
}

static void item_out_of_range(struct tensor_set *set)
{
    item_twice(set);
    damaged_items[7] = ITEMS;
}

static void item_without_factors(struct tensor_set *set)
{
    item_twice(set);
    damaged_items[7] = 17;
}

static void one_item_less(struct tensor_set *set)
{
    find(set, "index.item")->shape[0]--;
}

static void no_code(struct tensor_set *set)
{
    strcpy(find(set, "index.code")->name, "other");
}

static void not_finite(struct tensor_set *set)
{
    struct tensor *t = find(set, "index.scale");
    memcpy(damaged_scale, t->data, tensor_count(t) * sizeof *damaged_scale);
    damaged_scale[100] = NAN;
    t->data = damaged_scale;
}

static void rising_length(struct tensor_set *set)
{
    struct tensor *t = find(set, "index.length");
    memcpy(damaged_length, t->data, tensor_count(t) * sizeof *damaged_length);
    damaged_length[3] = 2 * damaged_length[0];
    t->data = damaged_length;
}

START_TEST(test_damaged_tensors_are_told)
{
    void (*const damages[])(struct tensor_set *) = {item_twice, item_out_of_range, item_without_factors, one_item_less,
                                                    no_code, not_finite, rising_length};
    struct item_index index;
    make_factors(SKEWED);
    index_new(&index, true, 1);
    save_and_load(&index, nothing, 0);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++)
        save_and_load(&index, damages[i], E_CORRUPT);
    item_index_release(&index);
    drop_factors();
}
END_TEST

START_TEST(test_the_number_of_threads_does_not_change_a_byte)
{
    struct item_index one, other;
    make_factors(SKEWED);
    index_new(&one, true, 0);
    for (unsigned threads = 1; threads <= 3; threads++) {
        index_new(&other, true, threads);
        struct tensor_set a = {0}, b = {0};
        ck_assert_int_eq(item_index_save(&one, &a, NULL), 0);
        ck_assert_int_eq(item_index_save(&other, &b, NULL), 0);
        for (size_t i = 0; i < a.n_tensors; i++)
            ck_assert_mem_eq(a.tensors[i].data, b.tensors[i].data,
                             tensor_count(&a.tensors[i]) * tensor_type_size(a.tensors[i].type));
        tensor_set_release(&a);
        tensor_set_release(&b);
        item_index_release(&other);
    }
    item_index_release(&one);
    drop_factors();
}
END_TEST

START_TEST(test_out_of_memory)
{
    struct item_index index;
    make_factors(FLAT);
    for (unsigned long n = 1; n < 8; n++) {
        mem_fail_after(n);
        int rc = item_index_build(&index, factors, ITEMS, DIM, true, NULL, NULL, NULL);
        mem_fail_after(0);
        ck_assert_int_eq(rc, E_NOMEM);
    }
    drop_factors();
}
END_TEST

/* All products that the codes can have: the largest ones too. */
START_TEST(test_fast_screens_are_like_the_plain_one)
{
    enum { QUADS = 16 };
    static uint8_t block[QUADS * SCREEN_ITEMS * 4];
    static int8_t code[QUADS * SCREEN_USERS * 4];
    float scale[SCREEN_ITEMS];
    struct rng rng;
    rng_init(&rng, 1, 2);
    for (int round = 0; round < 40; round++) {
        struct screen_group group = {.code = code};
        uint32_t plain[SCREEN_USERS], fast[SCREEN_USERS];
        bool extreme = round % 4 == 0;
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (uint8_t)(INDEX_CODE_ZERO + (extreme ? (rng_below(&rng, 2) ? 127 : -127)
                                                            : (int)rng_below(&rng, 255) - 127));
        for (size_t i = 0; i < sizeof code; i++)
            code[i] = (int8_t)(extreme ? 127 : (int)rng_below(&rng, 255) - 127);
        for (uint32_t i = 0; i < SCREEN_ITEMS; i++)
            scale[i] = (float)rng_uniform(&rng);
        for (uint32_t u = 0; u < SCREEN_USERS; u++)
            group.floor[u] = u == 0 ? -INFINITY : u == 1 ? INFINITY : (float)(rng_normal(&rng) * 20000);
        uint32_t quads = 1 + (uint32_t)rng_below(&rng, QUADS);
        memset(group.sum, 0, sizeof group.sum);
        for (size_t i = 0; i < (size_t)quads * SCREEN_USERS * 4; i++)
            group.sum[i / 4 % SCREEN_USERS] += code[i];
        item_screen_plain(block, quads, scale, &group, plain);
        item_screen(block, quads, scale, &group, fast);
        ck_assert_mem_eq(plain, fast, sizeof plain);
        ck_assert_uint_eq(plain[0], UINT32_MAX);
        ck_assert_uint_eq(plain[1], 0);
#if defined(__x86_64__) && defined(__GNUC__)
        if (__builtin_cpu_supports("avx2")) {
            item_screen_avx2(block, quads, scale, &group, fast);
            ck_assert_mem_eq(plain, fast, sizeof plain);
        }
#endif
    }
}
END_TEST

CHECK_MAIN("item_index", test_the_best_are_those_of_scoring_everything, test_everything_can_be_asked_for,
           test_who_else_is_asked_about_changes_nothing, test_damaged_tensors_are_told,
           test_the_number_of_threads_does_not_change_a_byte, test_out_of_memory,
           test_fast_screens_are_like_the_plain_one)
