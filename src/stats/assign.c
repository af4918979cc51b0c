#include "stats/assign.h"

static int check_weights(const uint32_t *weights, size_t arms, bool whole, struct error *err)
{
    uint64_t sum = 0;
    if (arms == 0 || arms > ASSIGN_ARMS_MAX)
        return error_set(err, E_BAD_DATA, "weights", "%zu arms: there must be 1 to %d", arms, ASSIGN_ARMS_MAX);
    for (size_t i = 0; i < arms; i++)
        sum += weights[i];
    if (sum <= ASSIGN_SLOTS && (!whole || sum == ASSIGN_SLOTS))
        return 0;
    error_set(err, E_BAD_DATA, "weights", "they sum to %llu basis points, not to %d", (unsigned long long)sum,
              ASSIGN_SLOTS);
    return error_hint(err, E_BAD_DATA, "5000 and 5000 is half and half; 10000 are all users");
}

int assign_init(struct assign_table *self, const uint32_t *weights, size_t arms, uint32_t coverage, bool whole,
                struct error *err)
{
    int rc = check_weights(weights, arms, whole, err);
    if (rc != 0)
        return rc;
    if (coverage > ASSIGN_SLOTS)
        return error_set(err, E_BAD_DATA, "coverage", "%u basis points are more than all users", (unsigned)coverage);
    assign_clear(self);
    uint32_t start = 0;
    for (size_t i = 0; i < arms; start += weights[i++]) {
        uint32_t own = (uint32_t)((uint64_t)weights[i] * coverage / ASSIGN_SLOTS);
        for (uint32_t s = start; s < start + own; s++)
            self->arm[s] = (uint16_t)i;
    }
    return 0;
}

int assign_change(struct assign_table *self, const uint32_t *weights, size_t arms, uint32_t *moved, struct error *err)
{
    uint32_t have[ASSIGN_ARMS_MAX] = {0}, left = 0;
    int rc = check_weights(weights, arms, false, err);
    if (rc != 0)
        return rc;
    for (uint32_t s = ASSIGN_SLOTS; s-- > 0;) { /* what is too much goes, from the end */
        uint16_t a = self->arm[s];
        if (a < arms)
            have[a]++;
    }
    for (uint32_t s = ASSIGN_SLOTS; s-- > 0;) {
        uint16_t a = self->arm[s];
        if (a == ASSIGN_NOBODY || (a < arms && have[a] <= weights[a]))
            continue;
        if (a < arms)
            have[a]--;
        self->arm[s] = ASSIGN_NOBODY;
        left++;
    }
    size_t next = 0;
    for (uint32_t s = 0; s < ASSIGN_SLOTS && next < arms; s++) {
        while (next < arms && have[next] >= weights[next])
            next++;
        if (next < arms && self->arm[s] == ASSIGN_NOBODY) {
            self->arm[s] = (uint16_t)next;
            have[next]++;
        }
    }
    *moved = left;
    return 0;
}

int assign_take(struct assign_table *self, uint16_t id, uint32_t slots, struct error *err)
{
    uint32_t free = 0;
    if (id == ASSIGN_NOBODY)
        return error_set(err, E_USAGE, "layer", "%u is not an experiment's number", (unsigned)id);
    for (uint32_t s = 0; s < ASSIGN_SLOTS; s++)
        free += self->arm[s] == ASSIGN_NOBODY;
    if (free < slots) {
        error_set(err, E_CONFLICT, "layer", "only %u of %u basis points are free", (unsigned)free, (unsigned)slots);
        return error_hint(err, E_CONFLICT, "end another experiment of the layer, or ask for less");
    }
    for (uint32_t s = 0; s < ASSIGN_SLOTS && slots > 0; s++)
        if (self->arm[s] == ASSIGN_NOBODY) {
            self->arm[s] = id;
            slots--;
        }
    return 0;
}

void assign_free(struct assign_table *self, uint16_t id)
{
    for (uint32_t s = 0; s < ASSIGN_SLOTS; s++)
        if (self->arm[s] == id)
            self->arm[s] = ASSIGN_NOBODY;
}

void assign_clear(struct assign_table *self)
{
    for (uint32_t s = 0; s < ASSIGN_SLOTS; s++)
        self->arm[s] = ASSIGN_NOBODY;
}

uint32_t assign_slot(const struct hash_place *place)
{
    /* 60-bit numbers by multiplication, so that the last slot is reached and none beyond; buckets divide evenly. */
    uint32_t slot = (uint32_t)((__uint128_t)place->integer * ASSIGN_SLOTS / place->buckets);
    return slot < ASSIGN_SLOTS ? slot : ASSIGN_SLOTS - 1;
}

int assign_arm(const struct assign_table *self, enum hash_scheme scheme, const char *salt, const char *unit,
               uint16_t *arm, struct error *err)
{
    struct hash_place place;
    int rc = hash_of(scheme, salt, unit, scheme == HASH_POSTHOG ? "variant" : NULL, &place, err);
    if (rc == 0)
        *arm = self->arm[assign_slot(&place)];
    return rc;
}
