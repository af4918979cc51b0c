/* noisy: single answers about many people, with noise: differentially private, each paid from a budget.
 *
 * What is hidden is whether any one person is in the data at all, with everything of theirs: what a person contributes
 * is bounded first (per_person, low, high), then noise is added that is as large as that (disclosure/noise.h: whole
 * numbers, bits of libsodium).  Who is counted: privacy/counted.h, all linked identifiers as one.
 *
 * Nothing that is told beside the noisy numbers depends on the data: no exact count, and no error because there is
 * nothing.  The domain of a histogram or of the most frequent values is given, or is the catalogue or the kinds of
 * event, never what people happen to have.
 *
 * The budget is looked at before anything is read, and again in the transaction that spends: E_REFUSED when there is
 * none, or it is not enough. */
#ifndef RECKON_PRIVACY_NOISY_H
#define RECKON_PRIVACY_NOISY_H

#include "base/job.h"
#include "disclosure/account.h"
#include "disclosure/noise.h"
#include "store/audit.h"
#include "store/budgets.h"
#include "store/extract.h"
#include "store/store.h"

enum noisy_question { NOISY_COUNT, NOISY_MEAN, NOISY_HISTOGRAM, NOISY_TOP };

struct noisy_request {
    enum noisy_question question;
    const char *set;             /* "events", "users" */
    struct extract_filter filter;
    const char *column;          /* of all but NOISY_COUNT */
    bool people;                 /* count people, else rows; NOISY_TOP always counts people, NOISY_MEAN rows */
    uint32_t per_person;         /* rows, or different cells, of one person that count; the first ones */
    double low, high;            /* numbers: what is beyond is taken for the bound (mean) or left out (histogram) */
    uint32_t bins;
    /* of a histogram or the most frequent of texts; none: items and kinds that there are */
    const char *const *values;
    size_t n_values;
    uint32_t n;                  /* of NOISY_TOP */
    bool gaussian;               /* else Laplace */
    int64_t epsilon, delta;      /* millionths, 1e-15; delta: of Gaussian noise */
};

struct noisy_cell {
    char *text;                  /* owned; NULL: of a number, from <= x < to (the last one also = to) */
    double from, to;
    int64_t count;               /* noisy; may be below 0 */
};

struct noisy {
    struct noisy_cell *cells;    /* all, or the n most frequent, the first one first; one for a count */
    uint32_t n;
    double mean;                 /* of NOISY_MEAN, within low and high */
    double margin;               /* of each count, or of the mean: the noise is within it with probability 0.95 */
    struct account_cost cost;
    int64_t spend;               /* its number */
    double left;                 /* of the budget, 0 to 1 */
};

/* noise: NULL: of libsodium, as it must be for whatever is given to anybody; seeded in tests. */
int noisy_answer(struct noisy *out, struct store *store, const struct noisy_request *request,
                 const struct audit_actor *actor, struct noise *noise, struct job *job, struct error *err);
void noisy_release(struct noisy *self); /* zeroed is fine */

/* The budget of a data set, and what was spent of it.  E_REFUSED: there is none. */
int noisy_budget(struct store *store, const char *set, struct account_budget *budget, struct account_cost *spent,
                 struct error *err);

/* ---- between noisy.c and noisy_read.c: what is counted, exactly: never given to anybody ---- */

struct noisy_exact {
    int64_t *cells;              /* counts; of a mean: the sum in steps of `step` around the middle, and how many */
    uint32_t n_cells;
    double middle, step;         /* of a mean */
    int64_t steps;               /* at most so many to each side */
};
struct value_set;
int noisy_read(struct noisy_exact *exact, struct store *store, const struct noisy_request *request,
               const struct value_set *domain, struct job *job, struct error *err);

#endif
