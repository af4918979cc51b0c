#include "describe/spending.h"

#include "base/clock.h"
#include "store/ledger.h"

int hand_write(const struct hand *self, hand_fn fn, void *context, struct error *err)
{
    return self->write != NULL ? self->write(self->context, fn, context, err) : fn(context, self->store, err);
}

struct reservation {
    struct charge_scope scope;
    struct charge_amount most;
    int64_t job, charge;
};

static int write_reservation(void *context, struct store *store, struct error *err)
{
    struct reservation *r = context;
    int64_t orphans = 0;
    int rc = ledger_reserve(store, &r->scope, &r->most, r->job, clock_now_ms(), &r->charge, err);
    if (rc == E_CONFLICT && ledger_recover(store, &orphans, err) == 0 && orphans > 0) /* of those that were killed */
        rc = ledger_reserve(store, &r->scope, &r->most, r->job, clock_now_ms(), &r->charge, err);
    return rc;
}

static int reserve(void *context, void *call_context, const struct provider *provider, int64_t prompt,
                   int64_t completion, int64_t *ticket, struct error *err)
{
    struct spending *self = context;
    struct spending_call *call = call_context;
    struct reservation r = {
        .scope = {provider->name, provider->model, self->team, self->phase, self->purpose},
        .most = {prompt, 0, completion, provider_cost(provider, prompt, 0, completion)}, .job = self->job};
    int rc = hand_write(self->hand, write_reservation, &r, err);
    if (rc == 0)
        *ticket = call->charge = r.charge;
    return rc;
}

struct settlement {
    int64_t charge;
    enum charge_state state;
    const struct charge_amount *amount;
};

static int write_settlement(void *context, struct store *store, struct error *err)
{
    const struct settlement *s = context;
    return ledger_settle(store, s->charge, s->state, s->amount, err);
}

static int settle(void *context, int64_t ticket, const struct provider *provider, const struct chat_usage *usage,
                  struct error *err)
{
    struct spending *self = context;
    struct settlement s = {ticket, CHARGE_RELEASED, NULL};
    struct charge_amount amount;
    self->calls += usage != NULL;
    if (usage != NULL && !usage->told)
        s.state = CHARGE_ESTIMATED;
    if (usage != NULL && usage->told) {
        amount = (struct charge_amount){usage->prompt, usage->cached, usage->completion,
                                        provider_cost(provider, usage->prompt, usage->cached, usage->completion)};
        self->prompt += amount.prompt;
        self->cached += amount.cached;
        self->completion += amount.completion;
        self->cost += amount.cost;
        s.state = CHARGE_SETTLED;
        s.amount = &amount;
    }
    return hand_write(self->hand, write_settlement, &s, err);
}

struct llm_budget spending_budget(struct spending *self)
{
    return (struct llm_budget){self, reserve, settle};
}
