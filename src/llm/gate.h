/* gate: when the next request to a provider may go: its rates, its pauses, and a breaker for when it is down.
 *
 * Rates are token buckets that hold a tenth of a minute's worth.  Of what was counted at the entry, what was not used is
 * given back at the exit.  After BREAK_AFTER failures in a row nothing goes for BREAK_SECONDS, and then one request, by
 * whose end the breaker closes or opens again (M. Nygard, Release It!, "Circuit Breaker").
 * Pure: time is given, in microseconds of any clock that does not go back. */
#ifndef RECKON_LLM_GATE_H
#define RECKON_LLM_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "llm/provider.h"

enum { GATE_BREAK_AFTER = 5, GATE_BREAK_SECONDS = 30 };

struct gate {
    double requests, tokens; /* in the buckets; negative: borrowed */
    int64_t filled_us, paused_until_us;
    unsigned in_flight, failures; /* in a row */
    bool shut;                    /* for good: no key, no such model */
};

enum gate_end { GATE_GOOD, GATE_FAILED, GATE_NEUTRAL }; /* neutral: its answer says nothing of how the service is */

void gate_init(struct gate *self, const struct provider *provider, int64_t now_us);

/* 0: now; else the moment from which it is worth asking again; INT64_MAX: when another has come back, or never. */
int64_t gate_opens(struct gate *self, const struct provider *provider, double tokens, int64_t now_us);

void gate_enter(struct gate *self, const struct provider *provider, double tokens);
void gate_leave(struct gate *self, const struct provider *provider, double tokens_back, enum gate_end end,
                int64_t now_us);
void gate_pause(struct gate *self, int64_t until_us); /* as the service asked */
bool gate_is_broken(const struct gate *self, int64_t now_us); /* down, or shut: whoever can, goes elsewhere */

#endif
