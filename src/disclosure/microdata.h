/* microdata: a table of rows about people, and how well a group of its rows hides them.
 *
 * One person may have many rows: whatever counts people counts each once, however many rows they have.  Values are
 * codes, 0 to n_codes - 1, in their order: numbers and times ascending, names so that those which belong together are
 * neighbours.
 *
 *   k-anonymity  (Sweeney 2002)  a class, rows that look the same in all quasi-identifiers, is of at least k people
 *   l-diversity  (Machanavajjhala et al. 2007)  of a sensitive value's people in a class: at least l values; or
 *                an entropy of at least ln l; or recursive: r1 < c (r_l + ... + r_m), r sorted downwards
 *   t-closeness  (Li, Li & Venkatasubramanian 2007)  the rows of a class have the sensitive value distributed as all
 *                published rows have it, up to an earth mover's distance t.  What moving costs is by the paper: numbers
 *                by ranks, |i - j| / (values - 1); names by the height in the hierarchy at which they part, of its whole
 *                height; without a hierarchy all equally far
 *
 * Each of these holds for the union of two classes for which it holds, so that classes that come to look the same may
 * be taken together.  Pure; one thread for each struct microdata_meter. */
#ifndef RECKON_DISCLOSURE_MICRODATA_H
#define RECKON_DISCLOSURE_MICRODATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define MICRODATA_LEVELS_MAX 16

struct microdata_column {
    const uint32_t *code;    /* by row */
    uint32_t n_codes;
    const double *value;     /* by code, ascending (NaN, first: missing); NULL: names */
    double grain;            /* how much of a number each code leaves open: its step */
    const uint8_t *level;    /* by code: in how many groups of the hierarchy the code and the one before are together;
                              * 0: they part at the top.  NULL: no hierarchy */
    uint8_t n_levels;        /* of groups above each code, at most MICRODATA_LEVELS_MAX */
    uint8_t height;          /* of the hierarchy: n_levels + 1, or n_levels when all are in one group at the top */
};

struct microdata {
    uint32_t n_rows, n_people;
    const uint32_t *person;  /* by row: 0 to n_people - 1 */
    const struct microdata_column *quasi, *sensitive;
    uint32_t n_quasi, n_sensitive;
};

enum diversity { DIVERSITY_NONE, DIVERSITY_DISTINCT, DIVERSITY_ENTROPY, DIVERSITY_RECURSIVE };

struct microdata_model {
    uint32_t k;
    enum diversity diversity;
    double l, c;             /* c: of DIVERSITY_RECURSIVE */
    double t;                /* NaN: any distance */
};

/* E_USAGE: k below 1, l below 1, c not above 0, t outside [0, 1]; E_BAD_DATA: no rows, or codes and people out of
 * range. */
int microdata_check(const struct microdata *self, const struct microdata_model *model, struct error *err);

/* What measuring needs: scratch, and how the sensitive values are distributed over the rows that count. */
struct microdata_meter {
    const struct microdata *data;
    double **share;          /* [sensitive][code]; of all rows that count */
    double *part;            /* by code: of a class */
    uint32_t *seen;          /* by person */
    uint32_t round;
    uint64_t *pairs;         /* by row */
    uint32_t *sizes;         /* by code */
};

/* `suppressed` (by row, may be NULL): rows that do not count. */
int microdata_meter_init(struct microdata_meter *self, const struct microdata *data, const bool *suppressed,
                         struct error *err);
void microdata_meter_release(struct microdata_meter *self); /* zeroed is fine */

uint32_t microdata_people(struct microdata_meter *self, const uint32_t *rows, uint32_t n);

/* What holds of the rows; of several sensitive columns the worst.  Without one, values 0, entropy 0, distance 0. */
struct microdata_measure {
    uint32_t people;
    uint32_t values;         /* l of distinct l-diversity */
    double entropy;          /* l of entropy l-diversity: e^H */
    double ratio;            /* r1 / (r_l + ... + r_m), of the model's l; infinite: fewer than l values */
    double distance;         /* t */
};
void microdata_measure(struct microdata_meter *self, const struct microdata_model *model, const uint32_t *rows,
                       uint32_t n, struct microdata_measure *out);
/* The same, measuring no more than the model asks for. */
bool microdata_satisfies(struct microdata_meter *self, const struct microdata_model *model, const uint32_t *rows,
                         uint32_t n);
bool microdata_holds(const struct microdata_model *model, const struct microdata_measure *m);

/* How much of a column the codes low to high leave open: 0: nothing, 1: all. */
double microdata_width(const struct microdata_column *column, uint32_t low, uint32_t high);

#endif
