/* Searching an item_index. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/factors.h"
#include "engine/item_index_private.h"
#include "engine/simd.h"

/* So few eligible items are scored one by one. */
#define FEW 4096
#define MANY 256 /* items scored at a time */

/* One user on the way through the index. */
struct seeker {
    const float *x;
    struct model_wish *wish;
    struct topk top;
    double length;           /* of x, of what its codes stand for and of what they leave out: rounded up */
    double coded, left_out;
    double unit;             /* of its codes */
    int32_t sum;             /* of its codes */
    float least;             /* of the scores that were computed */
    bool passed_over;        /* some item was seen to score less than the best k at that moment */
};

struct search {
    const struct item_index *index;
    uint32_t quads;
    double slack;                      /* what float32 rounds, in parts of |x| |v| */
    struct seeker *lane[INDEX_LANES];  /* those who go on, without gaps */
    uint32_t lanes;
    struct screen_group group[INDEX_LANES / SCREEN_USERS];
    struct seeker seekers[INDEX_LANES + 1]; /* the last for what has to be found out on the side */
    float *opposite;                   /* dim */
    int8_t *code;                      /* of the lanes, in groups */
};

static size_t code_bytes(const struct item_index *self)
{
    return (size_t)INDEX_LANES * index_quads(self->dim) * 4;
}

size_t item_index_scratch(const struct item_index *self)
{
    return (sizeof(struct search) + 63) / 64 * 64 + code_bytes(self) + self->dim * sizeof(float);
}

static bool is_excluded(const struct model_wish *q, uint32_t item)
{
    return q->excluded != NULL && (q->excluded[item / 64] >> item % 64 & 1);
}

static void score_and_offer(const struct item_index *self, struct seeker *s, const uint32_t *items, uint32_t n)
{
    float score[MANY];
    factors_score_some(self->factors, self->dim, s->x, items, n, score);
    for (uint32_t i = 0; i < n; i++) {
        s->least = score[i] < s->least ? score[i] : s->least;
        topk_offer(&s->top, (struct scored){items[i], score[i]});
    }
}

/* The user's codes. */

static int8_t *lane_code(struct search *search, uint32_t lane)
{
    return search->code + (size_t)(lane / SCREEN_USERS) * search->quads * SCREEN_USERS * 4 + lane % SCREEN_USERS * 4;
}

static void encode(struct search *search, struct seeker *s, uint32_t lane)
{
    const float *x = s->x;
    uint32_t dim = search->index->dim;
    int8_t *code = lane_code(search, lane);
    double most = 0, length = 0, coded = 0, left_out = 0;
    for (uint32_t k = 0; k < dim; k++) {
        most = fabs((double)x[k]) > most ? fabs((double)x[k]) : most;
        length += (double)x[k] * (double)x[k];
    }
    s->unit = most / INDEX_CODE_MAX;
    s->sum = 0;
    for (uint32_t k = 0; k < 4 * search->quads; k++) {
        int c = k < dim ? index_code((float)((double)x[k] / s->unit)) : 0;
        double stands = s->unit * c, rest = k < dim ? (double)x[k] - stands : 0;
        coded += stands * stands;
        left_out += rest * rest;
        s->sum += c;
        code[(size_t)(k / 4) * SCREEN_USERS * 4 + k % 4] = (int8_t)c;
    }
    s->length = sqrt(length) * (1 + 1e-12);
    s->coded = sqrt(coded) * (1 + 1e-12);
    s->left_out = sqrt(left_out) * (1 + 1e-12) + 1e-12 * s->length;
}

/* The last lane takes the place of one that is done. */
static void drop_lane(struct search *search, uint32_t lane)
{
    uint32_t last = --search->lanes;
    struct screen_group *group = &search->group[lane / SCREEN_USERS], *from = &search->group[last / SCREEN_USERS];
    if (lane != last) {
        int8_t *to = lane_code(search, lane);
        const int8_t *code = lane_code(search, last);
        for (uint32_t q = 0; q < search->quads; q++)
            memcpy(to + (size_t)q * SCREEN_USERS * 4, code + (size_t)q * SCREEN_USERS * 4, 4);
        search->lane[lane] = search->lane[last];
        group->sum[lane % SCREEN_USERS] = from->sum[last % SCREEN_USERS];
        group->floor[lane % SCREEN_USERS] = from->floor[last % SCREEN_USERS];
    }
    from->floor[last % SCREEN_USERS] = INFINITY;
}

/* The way through the index. */

/* What a product of codes, times the item's scale, must reach in this stretch for the item to be worth scoring:
 * x . v = unit * scale * product + coded . (v - its codes) + left_out . v, up to what float32 rounds. */
static float floor_of(const struct search *search, const struct seeker *s, size_t stretch)
{
    const struct item_index *self = search->index;
    if (!topk_full(&s->top))
        return -INFINITY;
    double margin = s->coded * (double)self->rounded_off[stretch] +
                    (s->left_out + search->slack * s->length) * (double)self->length[stretch];
    return nextafterf((float)(((double)s->top.heap[0].score - margin) / s->unit), -INFINITY);
}

static bool is_done(const struct search *search, const struct seeker *s, size_t stretch)
{
    double most = s->length * (1 + search->slack) * (double)search->index->length[stretch];
    return topk_full(&s->top) && most < (double)s->top.heap[0].score;
}

static void begin_stretch(struct search *search, size_t stretch)
{
    for (uint32_t lane = search->lanes; lane-- > 0;)
        if (is_done(search, search->lane[lane], stretch)) {
            search->lane[lane]->passed_over = true;
            drop_lane(search, lane);
        }
    for (uint32_t lane = 0; lane < search->lanes; lane++)
        search->group[lane / SCREEN_USERS].floor[lane % SCREEN_USERS] =
            floor_of(search, search->lane[lane], stretch);
}

/* Scores the items of a block that passed; returns whether it has changed what counts. */
static void take(const struct item_index *self, struct seeker *s, uint32_t first, uint32_t pass)
{
    uint32_t items[SCREEN_ITEMS], n = 0, here = self->n - first < SCREEN_ITEMS ? self->n - first : SCREEN_ITEMS;
    uint32_t all = here == SCREEN_ITEMS ? UINT32_MAX : (UINT32_C(1) << here) - 1;
    pass &= all;
    s->passed_over |= pass != all;
    for (; pass != 0; pass &= pass - 1) {
        uint32_t item = self->item[first + (uint32_t)__builtin_ctz(pass)];
        if (!is_excluded(s->wish, item))
            items[n++] = item;
    }
    if (n > 0)
        score_and_offer(self, s, items, n);
}

static void search_stretch(struct search *search, uint32_t g, size_t stretch)
{
    const struct item_index *self = search->index;
    struct screen_group *group = &search->group[g];
    struct seeker **lane = search->lane + (size_t)g * SCREEN_USERS;
    uint32_t users = search->lanes - g * SCREEN_USERS < SCREEN_USERS ? search->lanes - g * SCREEN_USERS : SCREEN_USERS;
    uint32_t first = (uint32_t)stretch * INDEX_STRETCH, pass[SCREEN_USERS];
    for (uint32_t end = first + INDEX_STRETCH; first < end && first < self->n; first += SCREEN_ITEMS) {
        const uint8_t *block = self->code + (size_t)(first / SCREEN_ITEMS) * index_block_bytes(self->dim);
        item_screen(block, search->quads, self->scale + first, group, pass);
        for (uint32_t u = 0; u < users; u++) {
            if (pass[u] == 0) {
                lane[u]->passed_over = true;
                continue;
            }
            take(self, lane[u], first, pass[u]);
            group->floor[u] = floor_of(search, lane[u], stretch);
        }
    }
}

static void search_lanes(struct search *search)
{
    size_t stretches = index_stretches(search->index->n);
    for (size_t stretch = 0; stretch < stretches && search->lanes > 0; stretch++) {
        begin_stretch(search, stretch);
        for (uint32_t g = 0; g * SCREEN_USERS < search->lanes; g++)
            search_stretch(search, g, stretch);
    }
}

/* The way around it. */

/* The eligible items of a word of the mask. */
static uint64_t eligible(const struct item_index *self, const struct model_wish *q, uint32_t word)
{
    uint64_t bits = q->excluded != NULL ? ~q->excluded[word] : ~UINT64_C(0);
    uint32_t end = self->n_items - word * 64;
    return end < 64 ? bits & ((UINT64_C(1) << end) - 1) : bits;
}

static uint32_t words_of(const struct item_index *self)
{
    return (self->n_items + 63) / 64;
}

ENGINE_CLONES static uint64_t count_bits(const uint64_t *words, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t w = 0; w < n; w++)
        sum += (uint64_t)__builtin_popcountll(words[w]);
    return sum;
}

static bool few_are_eligible(const struct item_index *self, const struct model_wish *q)
{
    uint64_t out = q->excluded == NULL ? 0 : count_bits(q->excluded, words_of(self));
    return out + FEW >= self->n_items; /* bits beyond the last item can only make it more */
}

static void score_few(const struct item_index *self, struct seeker *s)
{
    uint32_t items[MANY], n = 0;
    for (uint32_t w = 0; w < words_of(self); w++)
        for (uint64_t bits = eligible(self, s->wish, w) & self->known[w]; bits != 0; bits &= bits - 1) {
            items[n++] = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (n == MANY) {
                score_and_offer(self, s, items, n);
                n = 0;
            }
        }
    if (n > 0)
        score_and_offer(self, s, items, n);
}

/* Without a direction all items score 0: the first ones come first. */
static void take_first(const struct item_index *self, struct model_wish *q)
{
    q->n = 0;
    for (uint32_t w = 0; w < words_of(self) && q->n < q->k; w++)
        for (uint64_t bits = eligible(self, q, w); bits != 0 && q->n < q->k; bits &= bits - 1)
            q->out[q->n++] = (struct scored){w * 64 + (uint32_t)__builtin_ctzll(bits), 0};
}

static bool is_zero(const float *x, uint32_t dim)
{
    float any = 0;
    for (uint32_t k = 0; k < dim && !(any > 0); k++)
        any = fabsf(x[k]);
    return !(any > 0);
}

/* Begins anew with nobody on the way. */
static void clear_lanes(struct search *search)
{
    search->lanes = 0;
    for (uint32_t g = 0; g < INDEX_LANES / SCREEN_USERS; g++) {
        search->group[g].code = search->code + (size_t)g * search->quads * SCREEN_USERS * 4;
        for (uint32_t u = 0; u < SCREEN_USERS; u++)
            search->group[g].floor[u] = INFINITY;
        memset(search->group[g].sum, 0, sizeof search->group[g].sum);
    }
}

static void enter(struct search *search, struct seeker *s)
{
    uint32_t lane = search->lanes++;
    encode(search, s, lane);
    search->lane[lane] = s;
    search->group[lane / SCREEN_USERS].sum[lane % SCREEN_USERS] = s->sum;
}

static void seek(struct seeker *s, const float *x, struct model_wish *q)
{
    *s = (struct seeker){.x = x, .wish = q, .top = {.heap = q->out, .k = q->k}, .least = INFINITY};
}

/* The lowest score of all items with factors: what the opposite of x has as its highest.  The lanes are free. */
static float lowest_score(struct search *search, const float *x)
{
    const struct item_index *self = search->index;
    struct scored highest;
    struct model_wish wish = {.k = 1, .out = &highest};
    for (uint32_t k = 0; k < self->dim; k++)
        search->opposite[k] = -x[k];
    clear_lanes(search);
    seek(&search->seekers[INDEX_LANES], search->opposite, &wish);
    enter(search, &search->seekers[INDEX_LANES]);
    search_lanes(search);
    return -highest.score;
}

/* Does an item of that score belong among the best, perhaps by its number? */
static bool is_worth(const struct seeker *s, float score)
{
    return !topk_full(&s->top) || s->top.heap[0].score <= score;
}

/* The items that have no factors. */
static void add_unknown(struct search *search, struct seeker *s)
{
    const struct item_index *self = search->index;
    float score = 0;
    uint32_t n = 0;
    for (uint32_t w = 0; w < words_of(self) && n < s->wish->k; w++)
        for (uint64_t bits = eligible(self, s->wish, w) & ~self->known[w]; bits != 0 && n < s->wish->k;
             bits &= bits - 1, n++) {
            if (n == 0 && self->unknown_lowest)
                score = lowest_score(search, s->x);
            if (!is_worth(s, score))
                return;
            topk_offer(&s->top, (struct scored){w * 64 + (uint32_t)__builtin_ctzll(bits), score});
        }
}

static void finish(struct search *search, struct seeker *s)
{
    const struct item_index *self = search->index;
    bool surely_above = topk_full(&s->top) && (s->passed_over || s->least < s->top.heap[0].score);
    bool wanted = self->unknown_lowest ? !surely_above : is_worth(s, 0);
    if (wanted && self->n < self->n_items)
        add_unknown(search, s);
    topk_finish(&s->top);
    s->wish->n = s->top.held;
}

static void search_together(struct search *search, struct item_query *queries, uint32_t n)
{
    const struct item_index *self = search->index;
    memset(search->code, 0, code_bytes(self));
    clear_lanes(search);
    for (uint32_t i = 0; i < n; i++) {
        struct model_wish *q = queries[i].wish;
        struct seeker *s = &search->seekers[i];
        seek(s, queries[i].x, q);
        if (q->k == 0 || is_zero(s->x, self->dim))
            take_first(self, q);
        else if (few_are_eligible(self, q))
            score_few(self, s);
        else
            enter(search, s);
    }
    search_lanes(search);
    for (uint32_t i = 0; i < n; i++)
        if (queries[i].wish->k > 0 && !is_zero(queries[i].x, self->dim))
            finish(search, &search->seekers[i]);
}

void item_index_search(const struct item_index *self, struct item_query *queries, uint32_t n, void *scratch)
{
    struct search *search = scratch;
    search->index = self;
    search->quads = index_quads(self->dim);
    search->slack = 2 * (self->dim + 16) * (double)FLT_EPSILON;
    search->code = (int8_t *)scratch + (sizeof *search + 63) / 64 * 64;
    search->opposite = (void *)(search->code + code_bytes(self));
    for (uint32_t from = 0; from < n; from += INDEX_LANES)
        search_together(search, queries + from, n - from < INDEX_LANES ? n - from : INDEX_LANES);
}
