/* describe judge: two collections of texts, compared before anybody sees them. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "command/commands.h"
#include "command/describe/describe_report.h"
#include "command/documents_command.h"
#include "describe/judge.h"
#include "store/ledger.h"

enum { SHOWN = 50 };

struct showing {
    struct result *out;
    const char *names[JUDGE_WINNERS];
};

static int add_news(void *context, const struct judge_news *news)
{
    struct showing *self = context;
    struct result *out = self->out;
    if (out->n_rows >= SHOWN)
        return 0;
    result_add_text(out, news->identifier);
    result_add_text(out, news->title);
    result_add_text(out, news->error != NULL ? "failed" : self->names[news->winner]);
    if (news->error != NULL)
        result_add_null(out);
    else
        result_add_bool(out, news->consistent);
    result_add_text(out, news->editors >= 0 ? self->names[news->editors] : NULL);
    result_add_int(out, news->a);
    result_add_int(out, news->b);
    result_add_text(out, news->error != NULL ? news->error->why : news->reason);
    return 0;
}

static void add_columns(struct result *out)
{
    result_add_column(out, "item", CELL_TEXT, "", "the first 50", 0);
    result_add_column(out, "title", CELL_TEXT, "", "", 0);
    result_add_column(out, "winner", CELL_TEXT, "", "", 0);
    result_add_column(out, "consistent", CELL_BOOL, "", "the same in both orders; else it counts as a tie", 0);
    result_add_column(out, "editors", CELL_TEXT, "", "whose text they accepted, of those that they decided on", 0);
    result_add_column(out, "text_a", CELL_INT, "", "", 0);
    result_add_column(out, "text_b", CELL_INT, "", "", 0);
    result_add_column(out, "reason", CELL_TEXT, "", "of the first verdict", 0);
}

static void say(struct result *out, const struct judge_sums *s, const char *a, const char *b)
{
    if (!isfinite(s->win_rate))
        result_note(out, "No text won in both orders: the judge cannot tell them apart.");
    else if (s->low > 0.5)
        result_note(out, "%s is preferred: it wins %.0f %% of the comparisons that are no tie (95 %%: %.0f to %.0f %%).", b,
                    100 * s->win_rate, 100 * s->low, 100 * s->high);
    else if (s->high < 0.5)
        result_note(out, "%s is preferred: %s wins only %.0f %% of the comparisons that are no tie (95 %%: %.0f to %.0f %%).", a, b,
                    100 * s->win_rate, 100 * s->low, 100 * s->high);
    else
        result_note(out, "Neither is preferred: %s wins %.0f %% of the comparisons that are no tie (95 %%: %.0f to %.0f %%).", b,
                    100 * s->win_rate, 100 * s->low, 100 * s->high);
    if (s->judged > 0 && 2 * s->inconsistent > s->judged)
        result_note(out, "More than half of the verdicts change with the order: this judge is not to be trusted with it.");
    if (!s->has_agreement)
        result_note(out, "Nobody knows how far it agrees with editors: no product has texts on both sides that one decided on.");
    else if (s->agreement.state == OUTCOME_NO_SPREAD)
        result_note(out, "How far it agrees with editors cannot be told: both always said the same.");
    else if (s->agreement.low <= 0)
        result_note(out, "Its agreement with editors is not above what chance would do.");
}

static void add_sums(struct result *out, const struct judge_sums *s, const char *currency)
{
    result_fact_int(out, "compared", s->judged, "products");
    result_fact_int(out, "wins_a", s->wins[JUDGE_A], "");
    result_fact_int(out, "wins_b", s->wins[JUDGE_B], "");
    result_fact_int(out, "ties", s->wins[JUDGE_TIE], "");
    result_fact_int(out, "inconsistent", s->inconsistent, "of the ties");
    if (s->decided > 0)
        result_fact_real(out, "first_share", (double)s->first / (double)s->decided, "");
    if (isfinite(s->win_rate)) {
        result_fact_real(out, "win_rate", s->win_rate, "");
        result_fact_real(out, "win_rate_low", s->low, "");
        result_fact_real(out, "win_rate_high", s->high, "");
    }
    if (s->has_agreement) {
        result_fact_int(out, "editors", (int64_t)s->agreement.n, "products");
        result_fact_real(out, "agreement", s->agreement.observed, "");
    }
    if (s->has_agreement && s->agreement.state != OUTCOME_NO_SPREAD) {
        result_fact_real(out, "kappa", s->agreement.kappa, "");
        result_fact_real(out, "kappa_low", s->agreement.low, "");
        result_fact_real(out, "kappa_high", s->agreement.high, "");
    }
    result_fact_int(out, "failed", s->failed, "");
    result_fact_int(out, "withheld", s->withheld, "");
    result_fact_int(out, "calls", s->paid.calls, "");
    result_fact_int(out, "prompt", s->paid.prompt, "tokens");
    result_fact_int(out, "completion", s->paid.completion, "tokens");
    result_fact_real(out, "cost", ledger_money(s->paid.cost), currency);
    if (s->withheld > 0)
        result_note(out, "Withheld: what leads to a person, or looks like an instruction, is in a text.");
}

static int run_judge(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    const char *a = args_text(args, "a"), *b = args_text(args, "b");
    struct providers providers = {0};
    struct judge_sums sums;
    struct showing showing = {out, {[JUDGE_A] = a, [JUDGE_TIE] = "tie", [JUDGE_B] = b}};
    struct judge_wish wish = {.providers = &providers, .rubric = judge_rubric, .team = args_text(args, "team"),
                              .phase = args_text(args, "phase"), .job = app->logged, .limit = (size_t)args_int(args, "limit"),
                              .in_flight = (unsigned)args_int(args, "in-flight")};
    char *rubric = NULL;
    size_t n = 0;
    int rc = judge_parse_side(a, &wish.a, err);
    rc = rc != 0 ? rc : judge_parse_side(b, &wish.b, err);
    if (rc == 0 && args_given(args, "rubric"))
        rc = documents_read_file(args_text(args, "rubric"), &rubric, &n, err);
    wish.rubric = rubric != NULL ? rubric : judge_rubric;
    rc = rc != 0 ? rc : providers_load(&providers, app->workspace, err);
    if (rc == 0) {
        add_columns(out);
        rc = judge_pairs(app->store, &wish, &sums, add_news, &showing, app->job, err);
        if (rc != E_NOT_FOUND)
            add_sums(out, &sums, providers.currency);
        if (rc == 0)
            say(out, &sums, a, b);
    }
    providers_release(&providers);
    mem_free(rubric);
    return rc;
}

static const struct command_param params[] = {
    {"a", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "a collection, or a template with its version: web@2"},
    {"b", PT_TEXT, PF_POSITIONAL | PF_REQUIRED, NULL, 0, 0, NULL, "the other one, whose rate of wins is told"},
    {"rubric", PT_PATH, 0, NULL, 0, 0, NULL, "a file that says what is better; default: true to the facts, helpful, well written"},
    {"limit", PT_INT, 0, NULL, 1, 1e9, NULL, "at most so many products"},
    PAYING_PARAMS,
    {"in-flight", PT_INT, 0, NULL, 1, 1000, NULL, "calls at a time over all providers; default: as many as they allow"},
    {0},
};

const struct command command_describe_judge = {
    .name = "describe judge",
    .summary = "compare two collections by a language model, and the judge with the editors",
    .description = "Of each product the newest texts of both are compared by a rubric, twice, with either first; verdicts that do "
                   "not agree count as a tie. Told are the rate of wins with its interval, how often the order decided, and Cohen's "
                   "kappa of the judge with what editors accepted and rejected. What was asked before is not asked again.",
    .examples = "  reckon describe judge default warm --limit 100\n  reckon describe judge web@1 web@2 --rubric rubric.txt\n",
    .params = params,
    .flags = CF_WORKSPACE | CF_WRITES | CF_LONG,
    .run = run_judge,
};
