/* vectors: known-answer cases for src/stats, run from a file.
 *
 * The form: {"cases": [{"function": name, "inputs": {…}, "expected": …, "tolerance": {"rel", "abs"}}, …]}; other keys
 * are for people.  `expected` is one value, or an object of the outputs to compare (the function may give more).
 * A number passes when |got - expected| <= max(abs, rel * |expected|); integers, booleans and strings must be equal
 * (a whole number that is expected where the function gives a real one is compared as a number); arrays and objects
 * element by element.  "nan", "inf" and "-inf" are written as strings, or as Python writes them, in inputs too; the list
 * of cases may stand alone, and a tolerance may be one number.  Functions, inputs and choices also have the names of SciPy
 * and statsmodels; a miss names the inputs that the function does not take.  A case that must be refused
 * expects {"error": "bad_data"} with the name of the error (base/error.h).
 *
 * Every public function of src/stats can be called: vectors_function lists them with what they take. */
#ifndef RECKON_VECTORS_VECTORS_H
#define RECKON_VECTORS_VECTORS_H

#include <stddef.h>

#include "base/error.h"
#include "base/job.h"

struct vectors_miss {
    size_t number;          /* of the case in the file, from 1 */
    const char *function;
    const char *output;     /* which output: "p_value", "adjusted[2]"; "" when there is only one */
    const char *inputs;     /* as JSON, maybe cut */
    const char *expected;   /* as JSON, or words */
    const char *got;
    double relative, absolute;
};

struct vectors_counts {
    size_t cases, missed;   /* cases, and cases with at least one miss */
    size_t functions;       /* different ones that were called */
};

typedef void (*vectors_miss_fn)(void *context, const struct vectors_miss *miss);

/* Runs all cases of the file.  0 when the file could be run, whatever was missed; E_NOT_FOUND, E_IO, E_BAD_DATA when it
 * is not of the form, E_CANCELLED. */
int vectors_check(const char *path, vectors_miss_fn on_miss, void *context, struct vectors_counts *counts,
                  struct job *job, struct error *err);

/* The index-th function: its name and what it takes and gives ("x, df → value"); NULL at the end. */
const char *vectors_function(size_t index, const char **takes);

#endif
