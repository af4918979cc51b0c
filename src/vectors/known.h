/* known: one call of a statistics function with inputs from JSON and outputs to JSON; what the adapters in calls_*.c
 * are written with.
 *
 * Inputs and choices are also found by the names that SciPy and statsmodels have for them ("larger", "fdr_bh", "ppf").
 * Readers never fail towards the adapter: what is missing or of the wrong kind is remembered in `failed` (the first
 * one), and a harmless value is returned; the caller of the adapter looks at it first.  Arrays belong to the call.
 * Putters with a NULL name give the one value that the function is for. */
#ifndef RECKON_VECTORS_KNOWN_H
#define RECKON_VECTORS_KNOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stats/outcome.h"

enum { KNOWN_LOOKED_MAX = 32 };

struct known {
    const char *function;
    const json_t *inputs;
    json_t *got;
    bool failed;
    struct error err;
    void **owned;
    size_t n_owned, cap_owned;
    const char *looked[KNOWN_LOOKED_MAX]; /* names of inputs that were asked for */
    size_t n_looked;
};

struct known_function {
    const char *name;
    const char *takes;
    int (*run)(struct known *c, struct error *err);
};

/* One list per file; each ends with a NULL name. */
extern const struct known_function calls_distributions[], calls_tests[], calls_design[], calls_sequential[],
    calls_bayes[], calls_effects[], calls_bandits[], calls_policies[], calls_assignment[];

void known_release(struct known *c);
void *known_alloc(struct known *c, size_t count, size_t size); /* zeroed; NULL (and failed) when out of memory */

bool known_has(struct known *c, const char *name);
/* Was the input of that name asked for, as that or by another name of it? */
bool known_looked_at(const struct known *c, const char *name);
/* Two names are the same but for case, and for blanks, hyphens and underscores. */
bool known_same_name(const char *a, size_t n_a, const char *b, size_t n_b);
double known_real(struct known *c, const char *name);
double known_real_or(struct known *c, const char *name, double otherwise);
int64_t known_integer(struct known *c, const char *name);
int64_t known_integer_or(struct known *c, const char *name, int64_t otherwise);
bool known_flag_or(struct known *c, const char *name, bool otherwise);
const char *known_text_or(struct known *c, const char *name, const char *otherwise);
/* The place of the text among "a|b|c"; an absent input is the first. */
int known_choice(struct known *c, const char *name, const char *choices);
enum outcome_alternative known_alternative(struct known *c);
const double *known_reals(struct known *c, const char *name, size_t *n);
/* An array of arrays of equal length, row by row. */
const double *known_matrix(struct known *c, const char *name, size_t *rows, size_t *columns);
uint32_t *known_indices(struct known *c, const char *name, size_t *n); /* whole numbers from 0 to 2^32 - 1 */
const double *known_reals_of(struct known *c, const char *name, size_t n); /* exactly n of them */

void known_put(struct known *c, const char *name, json_t *value);
/* Of a plain function that answers NaN outside of its domain: puts it, or refuses. */
int known_put_in_domain(struct known *c, const char *name, double value, struct error *err);
void known_put_real(struct known *c, const char *name, double value); /* not finite: "nan", "inf", "-inf" */
void known_put_integer(struct known *c, const char *name, int64_t value);
void known_put_bool(struct known *c, const char *name, bool value);
void known_put_text(struct known *c, const char *name, const char *value);
void known_put_reals(struct known *c, const char *name, const double *values, size_t n);
void known_put_bools(struct known *c, const char *name, const bool *values, size_t n);
void known_put_indices(struct known *c, const char *name, const uint32_t *values, size_t n);
void known_put_outcome(struct known *c, const struct outcome *o, const char *statistic);

#endif
