#include "privacy/noisy.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "privacy/value_set.h"
#include "store/extract.h"
#include "store/items.h"
#include "store/kinds.h"

enum { CELLS_MAX = 1000000, TOP_MAX = 1000, STEPS_MAX = 1 << 20, STEPS_MIN = 16 };

/* What follows from the question and from nothing that anybody did. */
struct plan {
    struct noisy_exact exact;
    struct value_set domain;        /* of texts */
    enum extract_type type;
    int64_t part;                   /* epsilon of each part, of Laplace noise */
    struct noise_laplace laplace[2]; /* of counts; of the sum of a mean */
    struct noise_gaussian gaussian[2];
    struct account_cost cost;
};

/* ---- bits --------------------------------------------------------------------------------------------------- */

struct bits {
    uint64_t words[64];
    size_t at;
};

static uint64_t bits_of_sodium(void *context)
{
    struct bits *b = context;
    if (b->at == sizeof b->words / sizeof *b->words) {
        randombytes_buf(b->words, sizeof b->words);
        b->at = 0;
    }
    uint64_t word = b->words[b->at];
    b->words[b->at++] = 0;
    return word;
}

/* ---- the domain --------------------------------------------------------------------------------------------- */

static int take_item(void *context, int64_t item, const char *identifier, const char *title)
{
    uint32_t number;
    (void)item, (void)title;
    return value_set_put(context, identifier, &number) != 0 ? E_NOMEM : 0;
}

static int take_kinds(struct value_set *domain, struct store *store, struct error *err)
{
    struct kind *kinds = NULL;
    uint32_t number;
    size_t n = 0;
    int rc = kinds_list(store, false, &kinds, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = value_set_put(domain, kinds[i].name, &number) != 0 ? error_nomem(err, "the answer") : 0;
    mem_free(kinds);
    return rc;
}

static int make_domain(struct plan *plan, struct store *store, const struct noisy_request *q, const char *column,
                       struct error *err)
{
    uint32_t number;
    int rc = 0;
    for (size_t i = 0; i < q->n_values; i++)
        if (value_set_put(&plan->domain, q->values[i], &number) != 0)
            return error_nomem(err, "the answer");
    if (q->n_values == 0 && strcmp(column, "item") == 0)
        rc = items_each_identifier(store, take_item, &plan->domain, err);
    else if (q->n_values == 0 && strcmp(column, "kind") == 0)
        rc = take_kinds(&plan->domain, store, err);
    else if (q->n_values == 0) {
        error_set(err, E_USAGE, column, "may have any text, and which ones people have is theirs");
        return error_hint(err, E_USAGE, "--values A,B,C says which are counted");
    }
    return rc == E_NOMEM ? error_nomem(err, "the answer") : rc;
}

/* ---- the plan ------------------------------------------------------------------------------------------------ */

static int check_column(struct plan *plan, struct store *store, const struct noisy_request *q, struct error *err)
{
    struct extract *extract = NULL;
    size_t at;
    if (strcmp(q->set, "events") != 0 && strcmp(q->set, "users") != 0)
        return error_set(err, E_USAGE, q->set, "is no data set with a budget: there are events and users");
    if (q->column == NULL)
        return q->question == NOISY_COUNT ? 0 : error_set(err, E_USAGE, "the column", "is missing");
    int rc = extract_open(&extract, store, q->set, err);
    rc = rc != 0 ? rc : extract_find(extract, q->column, &at, err);
    if (rc == 0) {
        const struct extract_column *c = extract_column(extract, at);
        plan->type = c->type;
        if (c->identifies)
            rc = error_set(err, E_REFUSED, c->name, "says, or may say, who somebody is");
        else if (c->type == EXTRACT_TIME)
            rc = error_set(err, E_USAGE, c->name, "is a time: --since and --until count by it");
        else if (c->type == EXTRACT_NUMBER && q->question == NOISY_TOP)
            rc = error_set(err, E_USAGE, c->name, "is a number: a histogram counts it");
        else if (c->type == EXTRACT_TEXT && q->question == NOISY_MEAN)
            rc = error_set(err, E_USAGE, c->name, "is a text, which has no mean");
        else if (c->type == EXTRACT_TEXT)
            rc = make_domain(plan, store, q, c->name, err);
    }
    extract_free(extract);
    return rc;
}

static int check_bounds(const struct plan *plan, const struct noisy_request *q, struct error *err)
{
    if (q->per_person < 1)
        return error_set(err, E_USAGE, "--per-person", "must be at least 1");
    if (q->question != NOISY_COUNT && plan->type == EXTRACT_NUMBER &&
        !(isfinite(q->low) && isfinite(q->high) && q->low < q->high && isfinite(q->high - q->low))) {
        error_set(err, E_USAGE, "--low and --high", "must be numbers, and the first the lower one");
        return error_hint(err, E_USAGE, "what values can be, not what they are: they are not looked for in the data");
    }
    if (q->question == NOISY_HISTOGRAM && plan->type == EXTRACT_NUMBER && (q->bins < 1 || q->bins > CELLS_MAX))
        return error_set(err, E_USAGE, "--bins", "must be between 1 and %d", CELLS_MAX);
    if (plan->domain.n > CELLS_MAX)
        return error_set(err, E_USAGE, "the values", "are more than %d", CELLS_MAX);
    if (q->question == NOISY_TOP && (q->n < 1 || q->n > TOP_MAX || q->n > plan->domain.n))
        return error_set(err, E_USAGE, "--n", "must be between 1 and %u", 
                         plan->domain.n < TOP_MAX ? plan->domain.n : TOP_MAX);
    if (q->question == NOISY_TOP && q->gaussian)
        return error_set(err, E_USAGE, "--mechanism", "gaussian is not for the most frequent values: what is chosen is "
                         "drawn");
    if (q->gaussian && q->delta <= 0) {
        error_set(err, E_USAGE, "--delta", "is missing: Gaussian noise promises nothing without one");
        return error_hint(err, E_USAGE, "well below 1 / the number of people: 1e-6 for a hundred thousand");
    }
    if (q->question != NOISY_COUNT && q->question != NOISY_MEAN && plan->type == EXTRACT_TEXT && plan->domain.n == 0)
        return error_set(err, E_USAGE, "the values", "are none");
    return 0;
}

/* The noise of one part with this L1 sensitivity and square of the L2 one. */
static int size_noise(struct plan *plan, const struct noisy_request *q, int at, uint64_t l1, uint64_t l2, int64_t rho,
                      struct error *err)
{
    return q->gaussian ? noise_gaussian_for(&plan->gaussian[at], l2, rho, err)
                       : noise_laplace_for(&plan->laplace[at], l1, plan->part, err);
}

/* A sum is counted in steps: as fine as the noise can be. */
static int size_mean(struct plan *plan, const struct noisy_request *q, int64_t rho, struct error *err)
{
    uint64_t m = q->per_person;
    int rc = size_noise(plan, q, 0, m, m * m, rho, err);
    if (rc != 0)
        return rc;
    rc = E_USAGE;
    for (int64_t steps = STEPS_MAX; rc != 0 && steps >= STEPS_MIN; steps /= 2) {
        uint64_t most = m * (uint64_t)steps;
        rc = most < UINT64_C(1) << 31 ? size_noise(plan, q, 1, most, most * most, rho, err) : E_USAGE;
        plan->exact.steps = steps;
    }
    plan->exact.middle = q->low + (q->high - q->low) / 2;
    plan->exact.step = (q->high - q->low) / 2 / (double)plan->exact.steps;
    return rc;
}

static int make_plan(struct plan *plan, struct store *store, const struct noisy_request *q, struct error *err)
{
    int rc = check_column(plan, store, q, err);
    rc = rc != 0 ? rc : check_bounds(plan, q, err);
    if (rc != 0)
        return rc;
    int64_t parts = q->question == NOISY_MEAN ? 2 : q->question == NOISY_TOP ? 2 * (int64_t)q->n : 1;
    int64_t rho = q->gaussian ? account_rho(q->epsilon, q->delta) / parts : 0;
    uint64_t m = q->question == NOISY_TOP || (q->question == NOISY_COUNT && q->people) ? 1 : q->per_person;
    plan->part = q->epsilon / parts;
    plan->cost = q->gaussian ? (struct account_cost){q->epsilon, q->delta, rho * parts}
                             : (struct account_cost){plan->part * parts, 0, account_rho_of_pure(plan->part) * parts};
    plan->exact.n_cells = q->question == NOISY_COUNT  ? 1
                          : q->question == NOISY_MEAN ? 2
                          : plan->type == EXTRACT_TEXT ? plan->domain.n
                                                       : q->bins;
    plan->exact.cells = mem_zalloc(plan->exact.n_cells, sizeof *plan->exact.cells);
    if (plan->exact.cells == NULL)
        return error_nomem(err, "the answer");
    if (m > UINT64_C(1) << 30)
        return error_set(err, E_USAGE, "--per-person", "is more than can be hidden");
    return q->question == NOISY_MEAN ? size_mean(plan, q, rho, err)
                                     : size_noise(plan, q, 0, m, q->people ? m : m * m, rho, err);
}

static void plan_release(struct plan *self)
{
    value_set_release(&self->domain);
    if (self->exact.cells != NULL) /* they were exact */
        sodium_memzero(self->exact.cells, self->exact.n_cells * sizeof *self->exact.cells);
    mem_free(self->exact.cells);
}

/* ---- the budget ------------------------------------------------------------------------------------------------ */

int noisy_budget(struct store *store, const char *set, struct account_budget *budget, struct account_cost *spent,
                 struct error *err)
{
    struct budget_record record;
    struct budget_spend sums;
    bool found;
    int rc = budgets_get(store, set, &record, &found, err);
    if (rc == 0 && !found) {
        error_set(err, E_REFUSED, set, "has no budget of privacy: nothing may be spent");
        return error_hint(err, E_REFUSED, "reckon privacy budget set %s --epsilon 1 --yes", set);
    }
    rc = rc != 0 ? rc : budgets_spent(store, set, &sums, err);
    if (rc != 0)
        return rc;
    *budget = (struct account_budget){record.epsilon, record.delta, record.zcdp ? ACCOUNT_ZCDP : ACCOUNT_BASIC};
    *spent = (struct account_cost){sums.epsilon, sums.delta, sums.rho};
    return 0;
}

static int refuse(const char *set, const struct account_budget *budget, const struct account_cost *spent,
                  const struct account_cost *cost, struct error *err)
{
    if (budget->composition == ACCOUNT_BASIC && cost->delta > budget->delta - spent->delta)
        error_set(err, E_REFUSED, set, "has a delta of %g left in its budget, and the answer costs %g",
                  (double)(budget->delta - spent->delta) / ACCOUNT_DELTA, (double)cost->delta / ACCOUNT_DELTA);
    else if (budget->composition == ACCOUNT_BASIC)
        error_set(err, E_REFUSED, set, "has an epsilon of %g left in its budget, and the answer costs %g",
                  (double)(budget->epsilon - spent->epsilon) / ACCOUNT_EPSILON,
                  (double)cost->epsilon / ACCOUNT_EPSILON);
    else
        error_set(err, E_REFUSED, set, "has a rho of %.4g left in its budget, and the answer costs %.4g",
                  (double)(account_rho(budget->epsilon, budget->delta) - spent->rho) / ACCOUNT_RHO,
                  (double)cost->rho / ACCOUNT_RHO);
    return error_hint(err, E_REFUSED, "a smaller --epsilon, or nothing more: what was told cannot be taken back "
                                      "(reckon privacy budget show)");
}

static int check_budget(struct store *store, const struct noisy_request *q, const struct account_cost *cost,
                        double *left, struct error *err)
{
    struct account_budget budget;
    struct account_cost spent;
    int rc = noisy_budget(store, q->set, &budget, &spent, err);
    if (rc != 0)
        return rc;
    if (!account_allows(&budget, &spent, cost))
        return refuse(q->set, &budget, &spent, cost, err);
    struct account_cost after = {spent.epsilon + cost->epsilon, spent.delta + cost->delta, spent.rho + cost->rho};
    *left = account_left(&budget, &after);
    return 0;
}

static int spend(struct noisy *out, struct store *store, const struct noisy_request *q, const struct audit_actor *actor,
                 struct error *err)
{
    static const char *const names[] = {"count", "mean", "histogram", "top"};
    char query[128];
    struct budget_spend record = {.at = clock_now_ms(), .data_set = q->set, .query = query,
                                  .epsilon = out->cost.epsilon, .delta = out->cost.delta, .rho = out->cost.rho};
    snprintf(query, sizeof query, "%s%s%.80s", names[q->question], q->column != NULL ? " of " : "",
             q->column != NULL ? q->column : "");
    int rc = store_begin(store, err);
    rc = rc != 0 ? rc : check_budget(store, q, &out->cost, &out->left, err);
    rc = rc != 0 ? rc : budgets_spend(store, &record, err);
    if (rc == 0)
        rc = audit_append(store, "privacy spent", actor, record.at,
                          json_pack("{s:s, s:s, s:I, s:I, s:I}", "data_set", q->set, "query", query,
                                    "epsilon_millionths",
                                    (json_int_t)record.epsilon, "delta_e15", (json_int_t)record.delta, "rho_e12",
                                    (json_int_t)record.rho), NULL, err);
    out->spend = record.spend;
    return store_end(store, rc, err);
}

/* ---- the noise -------------------------------------------------------------------------------------------------- */

static int64_t draw(struct noise *noise, const struct plan *plan, bool gaussian, int at)
{
    return gaussian ? noise_gaussian(noise, &plan->gaussian[at]) : noise_laplace(noise, &plan->laplace[at]);
}

static double margin_of(const struct plan *plan, bool gaussian, int at)
{
    return gaussian ? noise_gaussian_margin(&plan->gaussian[at]) : noise_laplace_margin(&plan->laplace[at]);
}

static int put_text(struct noisy_cell *cell, const struct plan *plan, uint32_t number, struct error *err)
{
    cell->text = mem_strdup(plan->domain.texts[number]);
    return cell->text == NULL ? error_nomem(err, "the answer") : 0;
}

static void answer_mean(struct noisy *out, const struct plan *plan, const struct noisy_request *q, struct noise *noise)
{
    int64_t sum = plan->exact.cells[0] + draw(noise, plan, q->gaussian, 1);
    int64_t n = plan->exact.cells[1] + draw(noise, plan, q->gaussian, 0);
    double rows = n > 1 ? (double)n : 1, off = (double)sum / rows * plan->exact.step;
    out->mean = fmin(fmax(plan->exact.middle + off, q->low), q->high);
    out->margin = fmin((margin_of(plan, q->gaussian, 1) * plan->exact.step +
                        fabs(out->mean - plan->exact.middle) * margin_of(plan, q->gaussian, 0)) / rows,
                        q->high - q->low);
    out->cells[0].count = n;
}

static int answer_top(struct noisy *out, const struct plan *plan, const struct noisy_request *q, struct noise *noise,
                      struct job *job, struct error *err)
{
    uint32_t n = plan->domain.n, *order = mem_alloc(n, sizeof *order);
    bool *taken = mem_zalloc(n, sizeof *taken);
    int rc = order == NULL || taken == NULL ? error_nomem(err, "the answer") : 0;
    for (uint32_t i = 0; rc == 0 && i < q->n; i++) {
        if (job_step(job, "choosing", i, q->n, "values")) {
            rc = job_error_cancelled(err, "the answer");
            break;
        }
        uint32_t one = noise_choose(noise, plan->exact.cells, taken, n, plan->part, order);
        taken[one] = true;
        out->cells[i].count = plan->exact.cells[one] + draw(noise, plan, false, 0);
        rc = put_text(&out->cells[i], plan, one, err);
    }
    mem_free(order);
    mem_free(taken);
    return rc;
}

static int answer_cells(struct noisy *out, const struct plan *plan, const struct noisy_request *q, struct noise *noise,
                        struct error *err)
{
    int rc = 0;
    double width = plan->type == EXTRACT_NUMBER ? (q->high - q->low) / fmax(1, q->bins) : 0;
    for (uint32_t i = 0; rc == 0 && i < out->n; i++) {
        out->cells[i].count = plan->exact.cells[i] + draw(noise, plan, q->gaussian, 0);
        if (q->question == NOISY_COUNT)
            continue;
        out->cells[i].from = q->low + width * i;
        out->cells[i].to = i + 1 == out->n ? q->high : q->low + width * (i + 1);
        rc = plan->type == EXTRACT_TEXT ? put_text(&out->cells[i], plan, i, err) : 0;
    }
    return rc;
}

static int answer(struct noisy *out, const struct plan *plan, const struct noisy_request *q, struct noise *noise,
                  struct job *job, struct error *err)
{
    out->n = q->question == NOISY_TOP ? q->n : q->question == NOISY_MEAN ? 1 : plan->exact.n_cells;
    out->cells = mem_zalloc(out->n, sizeof *out->cells);
    if (out->cells == NULL)
        return error_nomem(err, "the answer");
    out->margin = margin_of(plan, q->gaussian, 0);
    if (q->question == NOISY_MEAN) {
        answer_mean(out, plan, q, noise);
        return 0;
    }
    return q->question == NOISY_TOP ? answer_top(out, plan, q, noise, job, err)
                                    : answer_cells(out, plan, q, noise, err);
}

int noisy_answer(struct noisy *out, struct store *store, const struct noisy_request *request,
                 const struct audit_actor *actor, struct noise *noise, struct job *job, struct error *err)
{
    struct plan plan = {.type = EXTRACT_NUMBER};
    struct bits bits = {.at = sizeof bits.words / sizeof *bits.words};
    struct noise own = {.bits = bits_of_sodium, .context = &bits};
    *out = (struct noisy){.n = 0};
    int rc = make_plan(&plan, store, request, err);
    out->cost = plan.cost;
    rc = rc != 0 ? rc : check_budget(store, request, &out->cost, &out->left, err);
    rc = rc != 0 ? rc : noisy_read(&plan.exact, store, request, &plan.domain, job, err);
    rc = rc != 0 ? rc : spend(out, store, request, actor, err);
    rc = rc != 0 ? rc : answer(out, &plan, request, noise != NULL ? noise : &own, job, err);
    plan_release(&plan);
    sodium_memzero(&bits, sizeof bits);
    if (rc != 0)
        noisy_release(out);
    return rc;
}

void noisy_release(struct noisy *self)
{
    for (uint32_t i = 0; i < self->n && self->cells != NULL; i++)
        mem_free(self->cells[i].text);
    mem_free(self->cells);
    *self = (struct noisy){.n = 0};
}
