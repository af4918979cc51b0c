#include "serve/arm_meters.h"

/* The place of the experiment; ARM_METERS: there is none (any more). */
static unsigned place_of(struct arm_meters *self, int64_t experiment, bool claim)
{
    for (unsigned i = 0; i < ARM_METERS; i++)
        if (atomic_load(&self->experiment[i]) == experiment)
            return i;
    for (unsigned i = 0; i < ARM_METERS && claim; i++) {
        int64_t there = 0;
        if (atomic_compare_exchange_strong(&self->experiment[i], &there, experiment) || there == experiment)
            return i;
    }
    return ARM_METERS;
}

void arm_meters_keep(struct arm_meters *self, const int64_t *running, size_t n)
{
    for (unsigned i = 0; i < ARM_METERS; i++) {
        int64_t there = atomic_load(&self->experiment[i]);
        bool runs = there == 0;
        for (size_t r = 0; r < n && !runs; r++)
            runs = running[r] == there;
        if (runs)
            continue;
        for (size_t a = 0; a < DESIGN_ARMS_MAX; a++) {
            atomic_store(&self->arm[i][a].failed, 0);
            for (unsigned b = 0; b < METERS_BUCKETS; b++)
                atomic_store(&self->arm[i][a].bucket[b], 0);
        }
        atomic_store(&self->experiment[i], 0);
    }
}

void arm_meters_add(struct arm_meters *self, int64_t experiment, uint32_t variant, bool failed, uint64_t micros)
{
    unsigned i = variant < DESIGN_ARMS_MAX ? place_of(self, experiment, true) : ARM_METERS;
    if (i == ARM_METERS)
        return;
    meters_add(&self->arm[i][variant].bucket[meters_bucket(micros)], 1);
    if (failed)
        meters_add(&self->arm[i][variant].failed, 1);
}

static void read_arm(struct arm_meters *self, unsigned place, size_t arm, double ms, uint64_t counts[METERS_BUCKETS],
                     struct rollout_live *out)
{
    *out = (struct rollout_live){.errors = atomic_load(&self->arm[place][arm].failed)};
    for (unsigned b = 0; b < METERS_BUCKETS; b++) {
        counts[b] = atomic_load(&self->arm[place][arm].bucket[b]);
        out->requests += counts[b];
        if (ms > 0 && b > meters_bucket((uint64_t)(ms * 1000)))
            out->slow += counts[b];
    }
}

void arm_meters_take(struct arm_meters *self, int64_t experiment, double ms, struct rollout_live live[DESIGN_ARMS_MAX])
{
    unsigned place = place_of(self, experiment, false);
    for (size_t a = 0; a < DESIGN_ARMS_MAX; a++) {
        uint64_t counts[METERS_BUCKETS];
        live[a] = (struct rollout_live){.requests = 0};
        if (place == ARM_METERS)
            continue;
        read_arm(self, place, a, ms, counts, &live[a]);
        if (live[a].requests < ROLLOUT_LIVE_MIN)
            continue;
        for (unsigned b = 0; b < METERS_BUCKETS; b++)
            atomic_fetch_sub(&self->arm[place][a].bucket[b], counts[b]);
        atomic_fetch_sub(&self->arm[place][a].failed, live[a].errors);
    }
}
