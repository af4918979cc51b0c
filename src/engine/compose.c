#include "engine/compose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

#define NOBODY UINT32_MAX

/* How often a group of a cap occurs. */
struct tally {
    uint64_t group;
    uint32_t cap, count; /* count 0: empty */
};

struct composing {
    const struct compose_plan *plan;
    struct compose_slate *out;
    struct tally *tallies; /* open addressing */
    size_t n_tallies, slots;
    uint32_t *pinned;      /* by slot: candidate, NOBODY */
    bool *gone;            /* placed, or kept out by a cap for good */
    float *alike, *closest; /* with diversity: to the last one placed; to any of them */
    uint32_t first;        /* whoever comes before is gone or not listed */
    uint32_t quota_first[COMPOSE_QUOTAS_MAX];
    uint32_t counted[COMPOSE_QUOTAS_MAX];
};

/* Of a place: what counts of it. */
double compose_worth(double rank)
{
    return 1 / log2(1 + rank);
}

/* Caps. */

static size_t slot_of(const struct composing *self, uint32_t cap, uint64_t group)
{
    size_t mask = self->slots - 1;
    uint64_t mixed = (group + cap + 1) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(mixed >> 32) & mask;
    while (self->tallies[i].count != 0 && (self->tallies[i].group != group || self->tallies[i].cap != cap))
        i = (i + 1) & mask;
    return i;
}

static int make_room(struct composing *self)
{
    struct composing next = *self;
    if (2 * (self->n_tallies + COMPOSE_GROUPS_MAX) < self->slots)
        return 0;
    next.slots = self->slots == 0 ? 256 : 2 * self->slots;
    next.tallies = mem_zalloc(next.slots, sizeof *next.tallies);
    if (next.tallies == NULL)
        return -1;
    for (size_t i = 0; i < self->slots; i++)
        if (self->tallies[i].count != 0)
            next.tallies[slot_of(&next, self->tallies[i].cap, self->tallies[i].group)] = self->tallies[i];
    mem_free(self->tallies);
    *self = next;
    return 0;
}

/* The cap that the candidate would break + 1; 0: none. */
static uint32_t broken_cap(const struct composing *self, uint32_t c)
{
    uint64_t groups[COMPOSE_GROUPS_MAX];
    for (uint32_t cap = 0; cap < self->plan->n_caps; cap++) {
        uint32_t n = self->plan->groups(self->plan->context, cap, c, groups);
        for (uint32_t g = 0; g < n; g++) {
            size_t slot = slot_of(self, cap, groups[g]);
            uint32_t count = self->tallies[slot].count;
            if (count >= self->plan->caps[cap].k)
                return cap + 1;
        }
    }
    return 0;
}

static int count_groups(struct composing *self, uint32_t c)
{
    uint64_t groups[COMPOSE_GROUPS_MAX];
    for (uint32_t cap = 0; cap < self->plan->n_caps; cap++) {
        if (make_room(self) != 0)
            return -1;
        uint32_t n = self->plan->groups(self->plan->context, cap, c, groups);
        for (uint32_t g = 0; g < n; g++) {
            size_t slot = slot_of(self, cap, groups[g]);
            self->n_tallies += self->tallies[slot].count == 0;
            self->tallies[slot].group = groups[g];
            self->tallies[slot].cap = cap;
            self->tallies[slot].count++;
        }
    }
    return 0;
}

/* May it stand with those placed?  Caps only fill up: whoever may not now never will. */
static bool may_stand(struct composing *self, uint32_t c)
{
    if (self->gone[c])
        return false;
    uint32_t cap = broken_cap(self, c);
    if (cap == 0)
        return true;
    self->gone[c] = true;
    self->out->capped[c] = cap;
    return false;
}

/* Pins. */

static int pin_all(struct composing *self)
{
    const struct compose_plan *plan = self->plan;
    for (uint32_t s = 0; s < plan->n; s++)
        self->pinned[s] = NOBODY;
    for (uint32_t c = 0; c < plan->n_candidates; c++) {
        uint32_t s = plan->candidates[c].pin;
        if (s == 0 || s > plan->n)
            continue;
        for (s--; s < plan->n && self->pinned[s] != NOBODY; s++)
            ;
        if (s == plan->n || !may_stand(self, c))
            continue;
        self->pinned[s] = c;
        self->gone[c] = true;
        for (uint32_t q = 0; q < plan->n_quotas; q++)
            self->counted[q] += plan->candidates[c].quotas >> q & 1;
        if (count_groups(self, c) != 0)
            return -1;
    }
    return 0;
}

/* Who comes next. */

static uint32_t best_of_quota(struct composing *self, uint32_t q)
{
    uint32_t c = self->quota_first[q];
    while (c < self->plan->n_candidates && (!(self->plan->candidates[c].quotas >> q & 1) || !may_stand(self, c)))
        c++;
    self->quota_first[q] = c;
    return c < self->plan->n_candidates ? c : NOBODY;
}

static uint32_t draw_from_quota(struct composing *self, uint32_t q, uint32_t slot, double *propensity)
{
    const struct compose_plan *plan = self->plan;
    struct rng rng;
    double sum = 0, at = 0, worth = 0;
    uint32_t place = 0, chosen = NOBODY;
    for (uint32_t c = best_of_quota(self, q); c < plan->n_candidates; c++)
        if (plan->candidates[c].quotas >> q & 1 && may_stand(self, c))
            sum += compose_worth(++place);
    rng_init(&rng, plan->seed, slot);
    double wanted = rng_uniform(&rng) * sum;
    place = 0;
    for (uint32_t c = self->quota_first[q]; c < plan->n_candidates && !(at > wanted); c++)
        if (plan->candidates[c].quotas >> q & 1 && !self->gone[c]) {
            chosen = c;
            worth = compose_worth(++place);
            at += worth;
        }
    *propensity = chosen == NOBODY ? 1 : worth / sum;
    return chosen;
}

/* The quota furthest behind at the slot that is not in `tried`; COMPOSE_QUOTAS_MAX: none. */
static uint32_t hungriest(const struct composing *self, uint32_t slot, uint32_t tried)
{
    uint32_t best = COMPOSE_QUOTAS_MAX;
    double most = 0;
    for (uint32_t q = 0; q < self->plan->n_quotas; q++) {
        double wanted = ((double)slot + 1) * self->plan->quotas[q].share;
        double behind = wanted - (double)self->counted[q];
        if (tried >> q & 1 || floor(wanted + 0.5 + 1e-9) <= (double)self->counted[q] || !(behind > most))
            continue;
        best = q;
        most = behind;
    }
    return best;
}

static bool by_quota(struct composing *self, uint32_t slot, struct compose_slot *out)
{
    uint32_t tried = 0, q;
    while ((q = hungriest(self, slot, tried)) != COMPOSE_QUOTAS_MAX) {
        bool drawn = self->plan->quotas[q].drawn;
        *out = (struct compose_slot){.how = drawn ? COMPOSE_DRAWN : COMPOSE_QUOTA, .quota = q, .propensity = 1};
        out->candidate = drawn ? draw_from_quota(self, q, slot, &out->propensity) : best_of_quota(self, q);
        if (out->candidate != NOBODY)
            return true;
        tried |= UINT32_C(1) << q;
        self->out->dry_quotas |= UINT32_C(1) << q;
    }
    return false;
}

static uint32_t by_rank(struct composing *self)
{
    const struct compose_plan *plan = self->plan;
    uint32_t pool = plan->diversity > 0 && plan->pool > 1 ? plan->pool : 1, seen = 0, best = NOBODY;
    double most = 0;
    for (uint32_t c = self->first; c < plan->n_candidates && seen < pool; c++) {
        if (!plan->candidates[c].listed || !may_stand(self, c))
            continue;
        if (seen++ == 0)
            self->first = c;
        double value = 0;
        if (pool > 1)
            value = (1 - plan->diversity) * compose_worth(plan->candidates[c].rank) -
                    plan->diversity * (double)self->closest[c];
        if (best == NOBODY || value > most) {
            best = c;
            most = value;
        }
    }
    self->out->dry |= seen < pool;
    return best;
}

static uint32_t by_being_left(struct composing *self)
{
    for (uint32_t c = 0; c < self->plan->n_candidates; c++)
        if (may_stand(self, c))
            return c;
    return NOBODY;
}

/* A slot is filled. */

static int place(struct composing *self, const struct compose_slot *slot)
{
    const struct compose_plan *plan = self->plan;
    uint32_t c = slot->candidate;
    bool pinned = slot->how == COMPOSE_PIN;
    self->out->slots[self->out->n++] = *slot;
    self->gone[c] = true;
    for (uint32_t q = 0; q < plan->n_quotas && !pinned; q++)
        self->counted[q] += plan->candidates[c].quotas >> q & 1;
    if (plan->diversity > 0) {
        plan->alike(plan->context, c, self->alike);
        for (uint32_t i = 0; i < plan->n_candidates; i++)
            self->closest[i] = self->alike[i] > self->closest[i] ? self->alike[i] : self->closest[i];
    }
    return pinned ? 0 : count_groups(self, c);
}

static bool fill(struct composing *self, uint32_t s, struct compose_slot *slot)
{
    *slot = (struct compose_slot){.candidate = self->pinned[s], .how = COMPOSE_PIN, .propensity = 1};
    if (slot->candidate != NOBODY || by_quota(self, s, slot))
        return true;
    *slot = (struct compose_slot){.candidate = by_rank(self), .how = COMPOSE_RANK, .propensity = 1};
    if (slot->candidate == NOBODY)
        slot->candidate = by_being_left(self);
    return slot->candidate != NOBODY;
}

static int begin(struct composing *self)
{
    const struct compose_plan *plan = self->plan;
    struct compose_slate *out = self->out;
    out->slots = mem_alloc(plan->n, sizeof *out->slots);
    out->capped = mem_zalloc(plan->n_candidates, sizeof *out->capped);
    self->pinned = mem_alloc(plan->n, sizeof *self->pinned);
    self->gone = mem_zalloc(plan->n_candidates, sizeof *self->gone);
    if (plan->diversity > 0) {
        self->alike = mem_alloc(plan->n_candidates, sizeof *self->alike);
        self->closest = mem_zalloc(plan->n_candidates, sizeof *self->closest);
    }
    bool good = out->slots != NULL && out->capped != NULL && self->pinned != NULL && self->gone != NULL &&
                (plan->diversity <= 0 || (self->alike != NULL && self->closest != NULL));
    return good ? make_room(self) : -1;
}

int compose(const struct compose_plan *plan, struct compose_slate *out, struct error *err)
{
    struct composing self = {.plan = plan, .out = out};
    struct compose_slot slot;
    *out = (struct compose_slate){.n = 0};
    int rc = begin(&self);
    if (rc == 0)
        rc = pin_all(&self);
    for (uint32_t s = 0; s < plan->n && rc == 0; s++)
        if (fill(&self, s, &slot))
            rc = place(&self, &slot);
    mem_free(self.tallies);
    mem_free(self.pinned);
    mem_free(self.gone);
    mem_free(self.alike);
    mem_free(self.closest);
    if (rc == 0)
        return 0;
    compose_release(out);
    return error_nomem(err, "composing a slate");
}

void compose_release(struct compose_slate *self)
{
    mem_free(self->slots);
    mem_free(self->capped);
    *self = (struct compose_slate){.n = 0};
}
