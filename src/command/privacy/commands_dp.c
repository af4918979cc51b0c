/* privacy dp count | mean | histogram | top. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "command/audited.h"
#include "command/commands.h"
#include "command/period_argument.h"
#include "privacy/noisy.h"

/* ---- what is asked ------------------------------------------------------------------------------------------ */

#define SET_PARAM                                                                                                    \
    {"data", PT_CHOICE, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, "events|users", "what people did, or people"}
#define COLUMN_PARAM(what) {"column", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, what}
#define EPSILON_PARAM                                                                                                \
    {"epsilon", PT_REAL, PF_REQUIRED, NULL, 0, 1000, NULL, "what the answer may cost; the smaller, the more noise"}
#define NOISE_PARAMS                                                                                                 \
    EPSILON_PARAM,                                                                                                   \
    {"mechanism", PT_CHOICE, 0, "laplace", 0, 0, "laplace|gaussian",                                                 \
     "the noise: discrete Laplace (geometric), or discrete Gaussian"},                                               \
    {"delta", PT_REAL, 0, NULL, 0, 1, NULL, "of Gaussian noise: the probability with which epsilon may not hold"}
#define OF_PARAM {"of", PT_CHOICE, 0, "people", 0, 0, "people|rows", "what is counted"}
#define PER_PERSON_PARAM                                                                                             \
    {"per-person", PT_INT, 0, "1", 1, 1e9, NULL,                                                                     \
     "rows (or different values) of one person that count, at most; more of them need more noise"}
#define LOW_PARAM {"low", PT_REAL, 0, NULL, 0, 0, NULL, "the lowest value that can be; not looked for in the data"}
#define HIGH_PARAM {"high", PT_REAL, 0, NULL, 0, 0, NULL, "the highest one"}
#define VALUES_PARAM                                                                                                 \
    {"values", PT_TEXT, PF_LIST, NULL, 0, 0, NULL,                                                                   \
     "of texts: which ones are counted; items and kinds of event are known"}

/* Which of the parameters a question has differs: args may be asked for those alone that it has. */
static int read_asked(const struct app *app, const struct args *args, struct noisy_request *q, char ***values,
                      struct error *err)
{
    double nothing = (double)NAN;
    *q = (struct noisy_request){.question = q->question, .set = args_text(args, "data"), .per_person = 1,
                                .low = nothing, .high = nothing};
    int rc = account_epsilon(args_real(args, "epsilon"), &q->epsilon, err);
    rc = rc != 0 ? rc : period_argument(app, args, &q->filter, err);
    if (rc == 0 && q->question != NOISY_COUNT)
        q->column = args_text(args, "column");
    if (rc == 0 && q->question != NOISY_TOP) {
        q->gaussian = strcmp(args_text(args, "mechanism"), "gaussian") == 0;
        rc = account_delta(args_real(args, "delta"), &q->delta, err);
        if (rc == 0 && !q->gaussian && args_given(args, "delta"))
            rc = error_set(err, E_USAGE, "--delta", "is for Gaussian noise: Laplace noise has none");
        q->per_person = (uint32_t)args_int(args, "per-person");
    }
    if (rc == 0 && (q->question == NOISY_COUNT || q->question == NOISY_HISTOGRAM))
        q->people = strcmp(args_text(args, "of"), "people") == 0;
    if (rc == 0 && (q->question == NOISY_MEAN || q->question == NOISY_HISTOGRAM)) {
        q->low = args_given(args, "low") ? args_real(args, "low") : nothing;
        q->high = args_given(args, "high") ? args_real(args, "high") : nothing;
    }
    if (rc == 0 && q->question == NOISY_HISTOGRAM)
        q->bins = (uint32_t)args_int(args, "bins");
    if (rc == 0 && q->question == NOISY_TOP)
        q->n = (uint32_t)args_int(args, "n");
    if (rc == 0 && (q->question == NOISY_TOP || q->question == NOISY_HISTOGRAM) && args_text(args, "values") != NULL) {
        rc = args_list(args, "values", values, &q->n_values, err);
        q->values = (const char *const *)*values;
    }
    return rc;
}

/* ---- what is answered ---------------------------------------------------------------------------------------- */

static void report_cells(struct result *out, const struct noisy *a, const struct noisy_request *q)
{
    bool texts = a->n > 0 && a->cells[0].text != NULL;
    if (texts) {
        result_add_column(out, "value", CELL_TEXT, "", "", -1);
    } else {
        result_add_column(out, "from", CELL_REAL, "", "", -1);
        result_add_column(out, "to", CELL_REAL, "", "", -1);
    }
    result_add_column(out, q->people || q->question == NOISY_TOP ? "people" : "rows", CELL_INT, "",
                      "with noise: it may be below 0", -1);
    for (uint32_t i = 0; i < a->n; i++) {
        if (texts) {
            result_add_text(out, a->cells[i].text);
        } else {
            result_add_real(out, a->cells[i].from);
            result_add_real(out, a->cells[i].to);
        }
        result_add_int(out, a->cells[i].count);
    }
}

static void report(struct result *out, const struct noisy *a, const struct noisy_request *q)
{
    if (q->question == NOISY_COUNT)
        result_fact_int(out, q->people ? "people" : "rows", a->cells[0].count, "");
    else if (q->question == NOISY_MEAN) {
        result_fact_real(out, "mean", a->mean, "");
        result_fact_int(out, "rows", a->cells[0].count, "");
    } else
        report_cells(out, a, q);
    if (q->question == NOISY_MEAN || (q->question != NOISY_TOP && (!q->people || q->per_person > 1)))
        result_fact_int(out, "per_person", q->per_person, "at most");
    result_fact_real(out, "within", a->margin, "with probability 0.95");
    result_fact_real(out, "epsilon", (double)a->cost.epsilon / ACCOUNT_EPSILON, "");
    if (q->gaussian)
        result_fact_real(out, "delta", (double)a->cost.delta / ACCOUNT_DELTA, "");
    result_fact_int(out, "spend", a->spend, "");
    result_fact_real(out, "budget_left", 100 * a->left, "%");
}

static int run_question(struct app *app, const struct args *args, enum noisy_question question, struct result *out,
                        struct error *err)
{
    struct noisy_request request = {.question = question};
    struct noisy answer;
    char **values = NULL, name[64];
    struct audit_actor actor = audited_actor(app, name);
    int rc = read_asked(app, args, &request, &values, err);
    rc = rc != 0 ? rc : noisy_answer(&answer, app->store, &request, &actor, NULL, app->job, err);
    if (rc == 0) {
        report(out, &answer, &request);
        noisy_release(&answer);
    }
    mem_free(values);
    return rc;
}

#define ABOUT                                                                                                        \
    "Differentially private: whether any one person is in the data can hardly be told from the answer. The "         \
    "noise is drawn by whole numbers alone from the system's randomness, and what the answer costs is taken "        \
    "from the budget of the data set (reckon privacy budget) before it is given; when that is spent, nothing "       \
    "more is answered. Who does not allow analytics or sale, is restricted or on hold is not counted; linked "       \
    "identifiers are one person."

static int run_count(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_question(app, args, NOISY_COUNT, out, err);
}

static const struct command_param count_params[] = {SET_PARAM, OF_PARAM, PER_PERSON_PARAM, PERIOD_PARAMS,
                                                    NOISE_PARAMS, {0}};

const struct command command_privacy_dp_count = {
    .name = "privacy dp count",
    .summary = "count people or events, with noise, from a budget",
    .description = ABOUT,
    .examples = "  reckon privacy dp count users --epsilon 0.1\n"
                "  reckon privacy dp count events --of rows --per-person 20 --kind purchase --since 2011-11-01 "
                "--epsilon 0.5\n",
    .params = count_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_count,
};

static int run_mean(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_question(app, args, NOISY_MEAN, out, err);
}

static const struct command_param mean_params[] = {SET_PARAM, COLUMN_PARAM("a number"), LOW_PARAM, HIGH_PARAM,
                                                   PER_PERSON_PARAM, PERIOD_PARAMS, NOISE_PARAMS, {0}};

const struct command command_privacy_dp_mean = {
    .name = "privacy dp mean",
    .summary = "tell the mean of a number, with noise, from a budget",
    .description = "Half of epsilon goes to the sum, half to how many there are. Values beyond --low and --high count "
                   "as these.\n\n" ABOUT,
    .examples = "  reckon privacy dp mean events price --low 0 --high 50 --per-person 10 --epsilon 1\n"
                "  reckon privacy dp mean users age --low 18 --high 90 --epsilon 0.2\n",
    .params = mean_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_mean,
};

static int run_histogram(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_question(app, args, NOISY_HISTOGRAM, out, err);
}

static const struct command_param histogram_params[] = {
    SET_PARAM, COLUMN_PARAM("a number, or a text with --values"), LOW_PARAM, HIGH_PARAM,
    {"bins", PT_INT, 0, "10", 1, 1000000, NULL, "of a number: how many"},
    VALUES_PARAM, OF_PARAM, PER_PERSON_PARAM, PERIOD_PARAMS, NOISE_PARAMS, {0}};

const struct command command_privacy_dp_histogram = {
    .name = "privacy dp histogram",
    .summary = "count by a column, with noise, from a budget",
    .description = "All bins together cost epsilon: a person counts in --per-person of them at most. Numbers beyond "
                   "--low and --high are left out.\n\n" ABOUT,
    .examples = "  reckon privacy dp histogram users age --low 0 --high 100 --bins 10 --epsilon 0.5\n"
                "  reckon privacy dp histogram events kind --per-person 3 --epsilon 1 --mechanism gaussian --delta "
                "1e-6\n",
    .params = histogram_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_histogram,
};

static int run_top(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    return run_question(app, args, NOISY_TOP, out, err);
}

static const struct command_param top_params[] = {
    SET_PARAM, COLUMN_PARAM("item, kind, or a text with --values"),
    {"n", PT_INT, 0, "10", 1, 1000, NULL, "how many"},
    VALUES_PARAM, PERIOD_PARAMS, EPSILON_PARAM, {0}};

const struct command command_privacy_dp_top = {
    .name = "privacy dp top",
    .summary = "tell the values that most people have, with noise, from a budget",
    .description = "Half of epsilon goes to choosing them (permute-and-flip), half to their counts. However many "
                   "values a person has, all of them count.\n\n" ABOUT,
    .examples = "  reckon privacy dp top events item --kind purchase --n 10 --epsilon 2\n",
    .params = top_params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_top,
};
