#include "llm/gate.h"

#include <math.h>

enum { BUCKETS_A_MINUTE = 10 };

static double bucket(uint32_t a_minute)
{
    double holds = (double)a_minute / BUCKETS_A_MINUTE;
    return holds < 1 ? 1 : holds;
}

void gate_init(struct gate *self, const struct provider *provider, int64_t now_us)
{
    *self = (struct gate){.requests = bucket(provider->requests_per_minute), .tokens = bucket(provider->tokens_per_minute),
                          .filled_us = now_us};
}

static void fill(double *level, uint32_t a_minute, double minutes)
{
    *level = fmin(*level + a_minute * minutes, bucket(a_minute));
}

/* When the bucket holds what is wanted; a wish larger than the bucket waits for a full one. */
static int64_t full_at(double level, double wanted, uint32_t a_minute, int64_t now_us)
{
    double missing = fmin(wanted, bucket(a_minute)) - level;
    if (a_minute == 0 || missing <= 0)
        return 0;
    return now_us + (int64_t)ceil(missing / a_minute * 60e6);
}

int64_t gate_opens(struct gate *self, const struct provider *provider, double tokens, int64_t now_us)
{
    double minutes = (double)(now_us - self->filled_us) / 60e6;
    fill(&self->requests, provider->requests_per_minute, minutes);
    fill(&self->tokens, provider->tokens_per_minute, minutes);
    self->filled_us = now_us;
    if (self->shut || self->in_flight >= provider->in_flight)
        return INT64_MAX;
    if (self->failures >= GATE_BREAK_AFTER && self->in_flight > 0)
        return INT64_MAX; /* one tries for all */
    if (self->paused_until_us > now_us)
        return self->paused_until_us;
    int64_t a = full_at(self->requests, 1, provider->requests_per_minute, now_us);
    int64_t b = full_at(self->tokens, tokens, provider->tokens_per_minute, now_us);
    return a > b ? a : b;
}

void gate_enter(struct gate *self, const struct provider *provider, double tokens)
{
    self->requests -= provider->requests_per_minute > 0 ? 1 : 0;
    self->tokens -= provider->tokens_per_minute > 0 ? tokens : 0;
    self->in_flight++;
}

void gate_pause(struct gate *self, int64_t until_us)
{
    if (until_us > self->paused_until_us)
        self->paused_until_us = until_us;
}

void gate_leave(struct gate *self, const struct provider *provider, double tokens_back, enum gate_end end,
                int64_t now_us)
{
    self->in_flight--;
    self->tokens += provider->tokens_per_minute > 0 ? tokens_back : 0;
    if (end == GATE_GOOD)
        self->failures = 0;
    else if (end == GATE_FAILED && ++self->failures >= GATE_BREAK_AFTER)
        gate_pause(self, now_us + GATE_BREAK_SECONDS * INT64_C(1000000));
}

bool gate_is_broken(const struct gate *self, int64_t now_us)
{
    return self->shut || (self->failures >= GATE_BREAK_AFTER && self->paused_until_us > now_us);
}
