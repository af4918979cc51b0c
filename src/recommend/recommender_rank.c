/* From scores to the items of a slate.
 *
 * Without anything that wants the slate otherwise, they are the best n.  Else candidates (many more than n, best
 * first, and the best of what rules pin and promote) go to engine/compose.h, and when there turned out to be too few of
 * them, four times as many.  All that is asked of whoever holds the scores is recommender_take_top: the best k of what
 * may be shown.
 *
 * What wins: exclusions, filters and hiding over everything; then limits; then pins; then promotions; then the order.
 * A boost divides an item's rank by its factor: it stands where it would with so many times fewer items before it.  So
 * rules mean the same for every model, whatever the scale and sign of its scores, and n times the largest factor
 * candidates are enough to know the first n. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "recommend/recommender_private.h"

enum { POOL_LEAST = 100, POOL_TIMES = 10 }; /* candidates of diversity: that many, or that many times n */

static uint32_t seek(const struct recommender *self, const uint64_t *excluded, uint32_t k, struct scored *out)
{
    const struct seeking *s = &self->seeking;
    const struct model *model = self->core->opened.model;
    if (excluded == self->excluded && (k <= s->asked || s->n < s->asked)) { /* known already */
        k = k < s->n ? k : s->n;
        if (k > 0)
            memcpy(out, s->found, k * sizeof *out);
        return k;
    }
    struct history history = recommender_history(s->past);
    struct model_wish wish = {.excluded = excluded, .k = k, .out = out};
    model->kind->search(model, &history, &wish, 1, self->scratch);
    return wish.n;
}

/* Of what several models put forward. */
static uint32_t choose(const struct recommender *self, const uint64_t *excluded, uint32_t k, struct scored *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < self->n_proposals && n < k; i++) {
        const struct proposal *p = &self->proposals[i];
        if (!(excluded[p->item / 64] >> p->item % 64 & 1))
            out[n++] = (struct scored){p->item, p->score};
    }
    return n;
}

/* By the model alone. */
static uint32_t choose_own(const struct recommender *self, const uint64_t *excluded, uint32_t k, struct scored *out)
{
    k = k < self->n_scored ? k : self->n_scored;
    return self->seeking.past != NULL ? seek(self, excluded, k, out)
                                      : topk_select(self->scores, self->n_scored, excluded, k, out);
}

/* After what is put forward, in the order of the model alone: those that nobody put forward. */
static int choose_rest(const struct recommender *self, const uint64_t *excluded, uint32_t k, struct scored *out,
                       uint32_t *n, struct error *err)
{
    uint64_t *mask = mem_dup(excluded, recommender_words(self) * sizeof *mask);
    if (mask == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < self->n_proposals; i++)
        mask[self->proposals[i].item / 64] |= UINT64_C(1) << self->proposals[i].item % 64;
    *n = choose_own(self, mask, k, out);
    for (uint32_t i = 0; i < *n; i++)
        out[i].score = 0;
    mem_free(mask);
    return 0;
}

struct scored *recommender_take_top(const struct recommender *self, const uint64_t *excluded, uint32_t k, uint32_t *n,
                                    struct error *err)
{
    uint32_t rest = 0;
    k = k < self->n_all ? k : self->n_all;
    struct scored *top = mem_alloc(k, sizeof *top);
    if (top == NULL) {
        error_nomem(err, "recommend");
        return NULL;
    }
    *n = self->proposals != NULL ? choose(self, excluded, k, top) : choose_own(self, excluded, k, top);
    if (self->proposals != NULL && *n < k && choose_rest(self, excluded, k - *n, top + *n, &rest, err) != 0) {
        mem_free(top);
        return NULL;
    }
    *n += rest;
    return top;
}

/* Who put the item forward; NULL: the model itself. */
static const struct recommender_core *source_of(const struct recommender *self,
                                                const struct recommender_request *request, uint32_t item)
{
    for (uint32_t i = 0; i < self->n_proposals; i++)
        if (self->proposals[i].item == item)
            return self->proposals[i].voice == 0                     ? NULL
                   : self->proposals[i].voice <= request->n_voices ? request->voices[self->proposals[i].voice - 1].core
                                                                   : self->placer;
    return item >= self->core->opened.model->n_items || self->n_scored > self->core->opened.model->n_items
               ? self->placer : NULL;
}

static int take_best(const struct recommender *self, const struct recommender_request *request, struct ranking *out,
                     struct error *err)
{
    uint32_t got;
    struct scored *top = recommender_take_top(self, self->excluded, request->n, &got, err);
    out->picks = top != NULL ? mem_alloc(got, sizeof *out->picks) : NULL;
    if (out->picks == NULL) {
        mem_free(top);
        return error_nomem(err, "recommend");
    }
    for (out->n = 0; out->n < got; out->n++)
        out->picks[out->n] = (struct pick){.item = top[out->n].item, .score = top[out->n].score, .propensity = 1,
                                             .source = source_of(self, request, top[out->n].item)};
    mem_free(top);
    return 0;
}

/* Candidates under the request. */

struct candidate {
    struct compose_candidate plan;
    uint32_t item;
    float score;
    double rank; /* by the score alone */
    uint64_t acted; /* rules that boost or bury it */
};

struct sifting {
    struct recommender *recommender;
    const struct recommender_request *request;
    const struct bound_rules *rules; /* NULL: none */
    uint64_t active;
    struct filter_column columns[COMPOSE_CAPS_MAX];
    struct compose_cap caps[COMPOSE_CAPS_MAX];
    uint32_t cap_rule[COMPOSE_CAPS_MAX];  /* + 1; 0: the request's own */
    uint32_t n_caps;
    struct compose_quota quotas[COMPOSE_QUOTAS_MAX];
    uint32_t quota_rule[COMPOSE_QUOTAS_MAX];
    uint32_t n_quotas;
    uint32_t fresh;               /* the quota of new items; COMPOSE_QUOTAS_MAX: none */
    double boost;                 /* what an item can be boosted by at most */
    struct candidate *list;
    size_t n, cap;
    uint32_t n_top;               /* the first of them: the best of all */
    uint32_t more_for_quotas;     /* bit: there are more candidates for the quota */
    uint32_t *items;              /* in the order of `list`, once that is final */
    struct alike alike;
};

static const struct rule *rule_of(const struct sifting *self, uint32_t r)
{
    return ruleset_rule(self->rules->set, r);
}

static bool is_active(const struct sifting *self, uint32_t r, enum rule_kind kind)
{
    return self->active >> r & 1 && rule_of(self, r)->kind == kind;
}

static uint32_t count_rules(const struct sifting *self)
{
    return self->rules != NULL ? ruleset_count(self->rules->set) : 0;
}

static bool is_about(const struct sifting *self, uint32_t r, uint32_t item)
{
    return self->rules->rules[r].items[item / 64] >> item % 64 & 1;
}

/* What the request's limits and the rules come to. */

/* (Rule sets with more limits at a time than compose takes are refused when they are set.) */
static void add_cap(struct sifting *self, const struct filter_column *column, uint32_t k, uint32_t rule)
{
    if (self->n_caps == COMPOSE_CAPS_MAX)
        return;
    self->columns[self->n_caps] = *column;
    self->caps[self->n_caps].k = k;
    self->cap_rule[self->n_caps++] = rule;
}

static int read_limits(struct sifting *self, struct error *err)
{
    struct filter_schema schema;
    struct filter_column column;
    int rc = self->request->n_limits > 0 ? recommender_fields(self->recommender, &schema, err) : 0;
    for (uint32_t i = 0; i < self->request->n_limits && rc == 0; i++) {
        rc = filter_field(&schema, self->request->limits[i].field, &column, err);
        if (rc == 0)
            add_cap(self, &column, self->request->limits[i].k, 0);
    }
    return rc;
}

static void read_rules(struct sifting *self)
{
    self->boost = 1;
    self->fresh = COMPOSE_QUOTAS_MAX;
    if (self->request->fresh > 0) {
        self->fresh = self->n_quotas;
        self->quotas[self->n_quotas++] = (struct compose_quota){.share = self->request->fresh, .drawn = true};
    }
    for (uint32_t r = 0; r < count_rules(self); r++) {
        const struct rule *rule = rule_of(self, r);
        if (is_active(self, r, RULE_LIMIT))
            add_cap(self, &self->rules->rules[r].column, rule->k, r + 1);
        if (is_active(self, r, RULE_BOOST))
            self->boost *= rule->factor;
        if (is_active(self, r, RULE_PROMOTE) && self->n_quotas < COMPOSE_QUOTAS_MAX) {
            self->quotas[self->n_quotas] = (struct compose_quota){.share = rule->share};
            self->quota_rule[self->n_quotas++] = r;
        }
    }
}

/* Hidden items are excluded from here on. */
static void hide(const struct sifting *self, struct ranking *out, struct slate *slate)
{
    struct recommender *r = self->recommender;
    size_t words = recommender_words(r);
    for (uint32_t rule = 0; rule < count_rules(self); rule++) {
        if (!is_active(self, rule, RULE_HIDE))
            continue;
        const uint64_t *items = self->rules->rules[rule].items;
        if (out->about != ITEM_NOWHERE && out->hidden_by == 0 && is_about(self, rule, out->about))
            out->hidden_by = rule + 1;
        for (size_t w = 0; w < words; w++) {
            slate->hidden += (uint32_t)__builtin_popcountll(items[w] & ~r->excluded[w]);
            r->excluded[w] |= items[w];
        }
    }
    slate->eligible -= slate->hidden;
    if (slate->hidden > 0) /* what the index found before was under another mask */
        r->seeking.asked = r->seeking.n = 0;
}

/* Gathering. */

/* Adds the item, or finds it; NULL: out of memory. */
static struct candidate *add(struct sifting *self, const struct scored *scored, double rank)
{
    uint32_t item = scored->item;
    uint32_t *at = &self->recommender->distinct[item];
    if (*at != ITEM_NOWHERE)
        return &self->list[*at];
    if (mem_grow((void **)&self->list, &self->cap, self->n + 1, sizeof *self->list) != 0)
        return NULL;
    *at = (uint32_t)self->n;
    self->list[self->n] = (struct candidate){.item = item, .score = scored->score, .rank = rank};
    return &self->list[self->n++];
}

/* The best k of the rule's items. */
static struct scored *take_of_rule(const struct sifting *self, uint32_t r, uint32_t k, uint32_t *n, struct error *err)
{
    struct recommender *own = self->recommender;
    size_t words = recommender_words(own);
    if (own->masked == NULL && (own->masked = mem_alloc(words, sizeof *own->masked)) == NULL) {
        error_nomem(err, "recommend");
        return NULL;
    }
    for (size_t w = 0; w < words; w++)
        own->masked[w] = own->excluded[w] | ~self->rules->rules[r].items[w];
    return recommender_take_top(own, own->masked, k, n, err);
}

static int gather_top(struct sifting *self, uint32_t k, struct error *err)
{
    struct scored *top = recommender_take_top(self->recommender, self->recommender->excluded, k, &self->n_top, err);
    int rc = top == NULL ? E_NOMEM : 0;
    for (uint32_t i = 0; rc == 0 && i < self->n_top; i++)
        rc = add(self, &top[i], 1 + (double)i) != NULL ? 0 : error_nomem(err, "recommend");
    mem_free(top);
    return rc;
}

static int pin(struct sifting *self, const struct scored *scored, uint32_t position, struct error *err)
{
    struct candidate *c = add(self, scored, (double)self->n_top + 1);
    if (c == NULL)
        return error_nomem(err, "recommend");
    if (c->plan.pin == 0 || position < c->plan.pin)
        c->plan.pin = position;
    return 0;
}

/* From the best first to the order in which the rule names them. */
static void order_as_named(const struct bound_rule *rule, struct scored *found, uint32_t n)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < rule->n_order && next < n; i++)
        for (uint32_t k = next; k < n; k++)
            if (found[k].item == rule->order[i]) {
                struct scored one = found[k];
                found[k] = found[next];
                found[next++] = one;
                break;
            }
}

static int gather_pins(struct sifting *self, uint32_t r, struct error *err)
{
    const struct rule *rule = rule_of(self, r);
    const struct bound_rule *bound = &self->rules->rules[r];
    uint32_t n = 0;
    struct scored *best = take_of_rule(self, r, bound->order != NULL ? bound->n_order : rule->k, &n, err);
    int rc = best == NULL ? E_NOMEM : 0;
    if (rc == 0 && bound->order != NULL)
        order_as_named(bound, best, n);
    for (uint32_t i = 0; i < n && i < rule->k && rc == 0; i++)
        rc = pin(self, &best[i], rule->position + i, err);
    mem_free(best);
    return rc;
}

static int gather_promoted(struct sifting *self, uint32_t q, uint32_t k, struct error *err)
{
    uint32_t n = 0;
    struct scored *best = take_of_rule(self, self->quota_rule[q], k, &n, err);
    int rc = best == NULL ? E_NOMEM : 0;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = add(self, &best[i], (double)self->n_top + 1 + (double)i) != NULL ? 0 : error_nomem(err, "recommend");
    mem_free(best);
    if (n == k)
        self->more_for_quotas |= UINT32_C(1) << q;
    return rc;
}

struct new_item {
    uint32_t item;
    float likeness;
    uint32_t age;   /* days in the model, + 1; 0: not in it */
    uint32_t ahead; /* of the model's items that may be shown: those that are liked more than it, and not more than the
                       one before it */
};

static int most_liked_first(const void *a, const void *b)
{
    const struct new_item *x = a, *y = b;
    if (x->likeness > y->likeness || y->likeness > x->likeness)
        return x->likeness > y->likeness ? -1 : 1;
    if (x->age != y->age) /* equal ones: the newest */
        return x->age < y->age ? -1 : 1;
    return x->item > y->item ? -1 : x->item < y->item;
}

/* The first of the n in that order which is liked less. */
static uint32_t first_below(const struct new_item *found, uint32_t n, float likeness)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (found[middle].likeness < likeness)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Where an item that the placer likes so much would stand among the model's: as among those that both know. */
static void count_ahead(const struct sifting *self, struct new_item *found, uint32_t n)
{
    const struct recommender *r = self->recommender;
    for (uint32_t i = 0; n > 0 && i < r->core->opened.model->n_items; i++)
        if (r->likeness[i] > found[n - 1].likeness && !(r->excluded[i / 64] >> i % 64 & 1))
            found[first_below(found, n, r->likeness[i])].ahead++;
}

static uint32_t list_new(const struct sifting *self, struct new_item *found)
{
    const struct recommender *r = self->recommender;
    uint32_t of_model = r->core->opened.model->n_items, n = 0;
    for (uint32_t i = r->age != NULL ? 0 : of_model; i < r->n_all; i++)
        if (!(r->excluded[i / 64] >> i % 64 & 1) && recommender_is_new(r, self->request, i))
            found[n++] = (struct new_item){i, r->likeness[i], i < of_model ? r->age[i] + UINT32_C(1) : 0, 0};
    if (n > 1)
        qsort(found, n, sizeof *found, most_liked_first);
    return n;
}

/* The new items that are liked most; those of which nothing is known come last, the newest first. */
static int gather_new(struct sifting *self, uint32_t k, struct error *err)
{
    const struct recommender *r = self->recommender;
    uint32_t of_model = r->core->opened.model->n_items, room = r->n_all - of_model, ahead = 0;
    for (uint32_t i = 0; r->age != NULL && i < of_model; i++)
        room += recommender_is_new(r, self->request, i);
    struct new_item *found = mem_alloc(room, sizeof *found);
    int rc = found == NULL ? error_nomem(err, "recommend") : 0;
    uint32_t n = rc == 0 ? list_new(self, found) : 0;
    if (n > k)
        self->more_for_quotas |= UINT32_C(1) << self->fresh;
    n = n < k ? n : k;
    count_ahead(self, found, n);
    for (uint32_t j = 0; j < n && rc == 0; j++) {
        ahead += found[j].ahead;
        double rank = found[j].likeness > -FLT_MAX ? 1 + (double)ahead : of_model;
        uint32_t near = rank < self->n_top ? (uint32_t)rank : self->n_top;
        struct scored here = {found[j].item, near > 0 ? self->list[near - 1].score : 0};
        rc = add(self, &here, rank) != NULL ? 0 : error_nomem(err, "recommend");
    }
    mem_free(found);
    return rc;
}

static int in_order(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->plan.rank < y->plan.rank || y->plan.rank < x->plan.rank)
        return x->plan.rank < y->plan.rank ? -1 : 1;
    if (x->rank < y->rank || y->rank < x->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->score < y->score || y->score < x->score)
        return x->score > y->score ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* Which rules move an item, and by how much. */
static uint64_t moves(const struct sifting *self, uint32_t item, double *factor)
{
    uint64_t acted = 0;
    *factor = 1;
    for (uint32_t r = 0; r < count_rules(self); r++)
        if ((is_active(self, r, RULE_BOOST) || is_active(self, r, RULE_BURY)) && is_about(self, r, item)) {
            *factor *= rule_of(self, r)->factor;
            acted |= UINT64_C(1) << r;
        }
    return acted;
}

/* Ranks after boosts, and the order by them.  `all`: there are no others than these; else whoever is not here has a
 * rank beyond n_top / boost, and only what is better than that is certain of its place. */
static void order(struct sifting *self, bool all)
{
    double certain = ((double)self->n_top + 1) / self->boost;
    for (size_t i = 0; i < self->n; i++) {
        struct candidate *c = &self->list[i];
        double factor;
        c->acted = moves(self, c->item, &factor);
        c->plan.rank = c->rank / factor;
        c->plan.listed = all || (i < self->n_top && c->plan.rank < certain);
        for (uint32_t q = 0; q < self->n_quotas; q++)
            if (q == self->fresh ? recommender_is_new(self->recommender, self->request, c->item)
                                 : is_about(self, self->quota_rule[q], c->item))
                c->plan.quotas |= UINT32_C(1) << q;
    }
    if (self->n > 1)
        qsort(self->list, self->n, sizeof *self->list, in_order);
}

static int gather(struct sifting *self, uint32_t k, uint32_t round, struct error *err)
{
    uint32_t for_quota = (2 * self->request->n + 50) * round;
    int rc = gather_top(self, k, err);
    for (uint32_t r = 0; r < count_rules(self) && rc == 0; r++)
        if (is_active(self, r, RULE_PIN))
            rc = gather_pins(self, r, err);
    for (uint32_t q = 0; q < self->n_quotas && rc == 0; q++)
        rc = q == self->fresh ? gather_new(self, for_quota, err) : gather_promoted(self, q, for_quota, err);
    for (size_t i = 0; i < self->n; i++)
        self->recommender->distinct[self->list[i].item] = ITEM_NOWHERE;
    if (rc == 0)
        order(self, self->n_top < k);
    return rc;
}

/* Composing. */

static uint32_t groups_of_list(const struct filter_column *f, uint32_t item, uint64_t *out)
{
    uint32_t n = 0;
    for (uint64_t e = f->start[item]; e < f->start[item + 1] && n < COMPOSE_GROUPS_MAX; e++) {
        uint32_t k = 0;
        while (k < n && out[k] != f->code[e])
            k++;
        if (k == n)
            out[n++] = f->code[e];
    }
    return n;
}

static uint32_t groups_of(void *context, uint32_t cap, uint32_t candidate, uint64_t *out)
{
    const struct sifting *self = context;
    const struct filter_column *f = &self->columns[cap];
    uint32_t item = self->list[candidate].item;
    switch (f->type) {
    case FILTER_LIST: return groups_of_list(f, item, out);
    case FILTER_TEXT: out[0] = f->code[item]; return f->code[item] != FILTER_MISSING;
    case FILTER_NUMBER:
    case FILTER_BOOLEAN: memcpy(out, &f->number[item], sizeof *out); return f->number[item] >= 0 || f->number[item] < 0;
    }
    return 0;
}

static void alike_of(void *context, uint32_t candidate, float *out)
{
    alike_to(&((struct sifting *)context)->alike, candidate, out);
}

static uint64_t acted_on(const struct sifting *self, const struct compose_slot *slot)
{
    const struct candidate *c = &self->list[slot->candidate];
    uint64_t acted = c->acted;
    for (uint32_t r = 0; slot->how == COMPOSE_PIN && r < count_rules(self); r++)
        if (is_active(self, r, RULE_PIN) && is_about(self, r, c->item))
            acted |= UINT64_C(1) << r;
    if (slot->how == COMPOSE_QUOTA)
        acted |= UINT64_C(1) << self->quota_rule[slot->quota];
    return acted;
}

/* What is to be said of one item. */
static void say(const struct sifting *self, const struct compose_slate *slate, struct ranking *out)
{
    double factor;
    if (out->about == ITEM_NOWHERE)
        return;
    out->about_rules = moves(self, out->about, &factor);
    for (uint32_t c = 0; c < self->n; c++) {
        uint32_t cap = slate->capped[c];
        if (self->list[c].item != out->about || cap == 0)
            continue;
        if (self->cap_rule[cap - 1] != 0)
            rule_text(rule_of(self, self->cap_rule[cap - 1] - 1), out->limited_by);
        else
            snprintf(out->limited_by, sizeof out->limited_by, "at most %u per %.64s", self->caps[cap - 1].k,
                     self->request->limits[cap - 1].field);
    }
}

static int put(const struct sifting *self, const struct compose_slate *slate, struct ranking *out, struct error *err)
{
    out->picks = mem_alloc(slate->n, sizeof *out->picks);
    if (out->picks == NULL)
        return error_nomem(err, "recommend");
    for (uint32_t i = 0; i < slate->n; i++) {
        const struct compose_slot *slot = &slate->slots[i];
        const struct candidate *c = &self->list[slot->candidate];
        out->picks[i] = (struct pick){.item = c->item, .score = c->score, .propensity = slot->propensity,
                                      .source = source_of(self->recommender, self->request, c->item),
                                      .rules = acted_on(self, slot)};
    }
    out->n = slate->n;
    say(self, slate, out);
    return 0;
}

/* The same person gets the same draws for a day. */
static uint64_t seed_of(const struct recommender_request *request)
{
    const char *who = request->user != NULL ? request->user
                      : request->n_recent > 0 ? request->recent[request->n_recent - 1].item : "";
    return rng_key(who, strlen(who)) ^ (uint64_t)(request->at / CLOCK_DAY_MS) * UINT64_C(0x9e3779b97f4a7c15);
}

static int lay_out(struct sifting *self, struct compose_candidate **candidates, struct error *err)
{
    self->items = mem_alloc(self->n, sizeof *self->items);
    *candidates = mem_alloc(self->n, sizeof **candidates);
    if (self->items == NULL || *candidates == NULL)
        return error_nomem(err, "recommend");
    for (size_t i = 0; i < self->n; i++) {
        self->items[i] = self->list[i].item;
        (*candidates)[i] = self->list[i].plan;
    }
    return 0;
}

/* With the best k candidates; *more: with more of them the slate might be another. */
static int sift(struct sifting *self, uint32_t k, uint32_t round, bool *more, struct ranking *out, struct error *err)
{
    const struct recommender_request *request = self->request;
    struct compose_candidate *candidates = NULL;
    struct compose_slate slate = {.n = 0};
    self->n = 0;
    self->more_for_quotas = 0;
    int rc = gather(self, k, round, err);
    if (rc == 0)
        rc = lay_out(self, &candidates, err);
    if (rc == 0 && request->diversity > 0)
        rc = alike_init(&self->alike, self->recommender, self->items, (uint32_t)self->n, err);
    if (rc == 0) {
        struct compose_plan plan = {.n = request->n, .candidates = candidates, .n_candidates = (uint32_t)self->n,
                                    .quotas = self->quotas, .n_quotas = self->n_quotas, .caps = self->caps,
                                    .n_caps = self->n_caps, .diversity = request->diversity,
                                    .pool = request->n * POOL_TIMES, .seed = seed_of(request), .context = self,
                                    .groups = groups_of, .alike = alike_of};
        plan.pool = plan.pool > POOL_LEAST ? plan.pool : POOL_LEAST;
        rc = compose(&plan, &slate, err);
    }
    *more = (slate.dry && self->n_top == k) || (slate.dry_quotas & self->more_for_quotas) != 0;
    if (rc == 0 && !*more)
        rc = put(self, &slate, out, err);
    compose_release(&slate);
    mem_free(candidates);
    mem_free(self->items);
    self->items = NULL;
    return rc;
}

static bool is_plain(const struct recommender_request *request)
{
    return request->diversity <= 0 && request->fresh <= 0 && request->n_limits == 0 && request->rules == NULL;
}

uint32_t recommender_rank_first(const struct recommender_request *request)
{
    uint64_t k = (uint64_t)request->n * (request->diversity > 0 ? 2 * POOL_TIMES : 4) + POOL_LEAST;
    return is_plain(request) ? request->n : k < UINT32_MAX ? (uint32_t)k : UINT32_MAX;
}

static int sift_until_full(struct sifting *self, struct ranking *out, struct error *err)
{
    double k = (double)recommender_rank_first(self->request) * self->boost;
    bool more = true;
    int rc = 0;
    for (uint32_t round = 1; rc == 0 && more; round *= 4, k *= 4)
        rc = sift(self, k < UINT32_MAX ? (uint32_t)k : UINT32_MAX, round, &more, out, err);
    return rc;
}

static int find_rules(struct sifting *self, const struct past *past, struct slate *slate, struct error *err)
{
    struct bound_rules *bound;
    if (self->request->rules == NULL)
        return 0;
    int rc = recommender_bind_rules(self->recommender, self->request->rules, &bound, err);
    if (rc != 0)
        return rc;
    self->rules = bound;
    snprintf(slate->rules_note, sizeof slate->rules_note, "%s", bound->note);
    return recommender_active_rules(self->recommender, bound, self->request, past, &self->active, err);
}

int recommender_rank(struct recommender *self, const struct recommender_request *request, const struct past *past,
                     struct ranking *out, struct slate *slate, struct error *err)
{
    struct sifting sifting = {.recommender = self, .request = request};
    out->rules = request->rules;
    if (is_plain(request))
        return take_best(self, request, out, err);
    int rc = find_rules(&sifting, past, slate, err);
    if (rc == 0)
        rc = read_limits(&sifting, err);
    if (rc != 0)
        return rc;
    read_rules(&sifting);
    hide(&sifting, out, slate);
    rc = sift_until_full(&sifting, out, err);
    mem_free(sifting.list);
    return rc;
}

void ranking_release(struct ranking *self)
{
    mem_free(self->picks);
    self->picks = NULL;
    self->n = 0;
}
