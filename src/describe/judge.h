/* judge: which of two texts about one product is the better one, by a language model, before anybody sees either.
 *
 * Of each product that has a text on both sides the newest ones are compared by a rubric, twice: once with the one first,
 * once with the other, since models like the first (L. Zheng et al. 2023, "position bias").  Verdicts that do not agree are
 * a tie, and counted.  What was asked before is not asked again (store/judgements.h), so a comparison that ends in the
 * middle is taken up by running it again.  Calls go through the same client, limits and ledger as texts do.
 *
 * Editors judge, too: where one of the two was accepted by an editor and the other rejected, they preferred it; where both or
 * neither, it is a tie.  How far the judge agrees with them is Cohen's kappa (stats/agreement.h): without it a judge is an
 * opinion.  Texts in which something leads to a person, or that look like an instruction, are not sent. */
#ifndef RECKON_DESCRIBE_JUDGE_H
#define RECKON_DESCRIBE_JUDGE_H

#include "base/job.h"
#include "describe/spending.h"
#include "stats/agreement.h"
#include "store/judgements.h"

extern const char judge_rubric[]; /* the usual one */

struct judge_wish {
    const struct providers *providers;
    struct judgement_side a, b;
    const char *rubric, *team, *phase;
    int64_t job;
    size_t limit;       /* at most so many products; 0: all */
    unsigned in_flight; /* 0: as many as the providers allow */
};

/* "warm" or "web@2"; E_USAGE. */
int judge_parse_side(const char *text, struct judgement_side *out, struct error *err);

enum judge_winner { JUDGE_A, JUDGE_TIE, JUDGE_B, JUDGE_WINNERS };

/* What became of one product; borrowed. */
struct judge_news {
    const char *identifier, *title, *reason;
    int64_t a, b;
    enum judge_winner winner;
    bool consistent;        /* both orders said the same */
    int editors;            /* an enum judge_winner; -1: they did not decide on both */
    const struct error *error; /* it could not be judged; then nothing of the above but the names */
};
typedef int (*judge_fn)(void *context, const struct judge_news *news);

struct judge_sums {
    int64_t judged, wins[JUDGE_WINNERS], inconsistent, failed, withheld;
    int64_t first, decided;       /* single verdicts: for the text that stood first, and for either */
    double win_rate, low, high;   /* of B, of those that are no tie: Wilson's interval of 95 %; NaN: there are none */
    double editors[JUDGE_WINNERS * JUDGE_WINNERS]; /* the judge's winner by the editors' */
    bool has_agreement;
    struct agreement agreement;   /* of 95 % */
    struct spending paid;         /* its sums */
};

/* 0 when all came to an end; E_NOT_FOUND: no product has both; E_REFUSED: a budget is used up; E_CANCELLED.  sums are true
 * however it ends. */
int judge_pairs(struct store *store, const struct judge_wish *wish, struct judge_sums *sums, judge_fn fn, void *context,
                struct job *job, struct error *err);

#endif
