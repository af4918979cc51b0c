#include "serve/admission.h"

enum {
    BURST_US = 500 * 1000,
    MEMORY = 64,      /* answers: a change of what is asked for shows within a moment */
    ANSWERS_LEAST = 2
};

static const double FULL = .85; /* of what can be computed: nearly all */

void admission_learn(struct admission *self, size_t n, double us)
{
    double each = us / (double)n, weight = n < MEMORY ? (double)n / MEMORY : 1;
    self->cost_us += weight * (each - self->cost_us); /* from 0 on: the first answers of all are slow */
}

/* Never less than what a few answers take: below that nobody could wait at all. */
static int64_t at_least(const struct admission *self, int64_t us)
{
    int64_t least = (int64_t)(ANSWERS_LEAST * self->cost_us);
    return us <= 0 ? INT64_MAX : us > least ? us : least;
}

int64_t admission_limit_us(const struct admission *self)
{
    int64_t burst = at_least(self, self->burst_us), steady = at_least(self, self->steady_us);
    return self->pressed && steady < burst ? steady : burst;
}

static void judge(struct admission *self, bool pressed, int64_t now_us)
{
    self->pressed = pressed;
    self->window_us = now_us;
    self->asked = 0;
}

/* Has more been asked for than the takers could compute in that time? */
static bool too_much(const struct admission *self, double takers, int64_t window_us)
{
    return (double)self->asked * self->cost_us > FULL * takers * (double)window_us;
}

bool admission_lets_in(struct admission *self, const struct admission_case *c, int64_t now_us)
{
    double takers = c->takers > 0 ? (double)c->takers : 1;
    int64_t wait = (int64_t)((double)c->waiting * self->cost_us / takers);
    int64_t window = now_us - self->window_us;
    wait = wait > c->first_us ? wait : c->first_us;
    if (wait <= at_least(self, self->steady_us))
        self->calm_us = now_us;
    if (self->pressed && window > BURST_US)
        judge(self, too_much(self, takers, window), now_us);
    else if (!self->pressed && now_us - self->calm_us > BURST_US)
        judge(self, true, now_us);
    bool fits = wait + c->age_us <= admission_limit_us(self);
    self->asked++;
    if (!fits && !self->pressed)
        judge(self, true, now_us);
    return fits;
}
