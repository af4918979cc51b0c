/* mondrian: classes of rows that look the same, by cutting the table again and again (LeFevre, DeWitt & Ramakrishnan
 * 2006, "Mondrian multidimensional k-anonymity").
 *
 * A class is cut in the quasi-identifier of which it leaves most open, as near to its middle as the model allows on
 * both sides; in a hierarchy, where its branches part highest.  Strict: rows with the same value stay together, so that
 * the ranges of two classes never overlap.  Relaxed: rows with the value in the middle go to both sides, which cuts
 * finer when many have the same; a person's rows with one value stay together.
 *
 * Suppression: where no cut is allowed any more, rows at the end of a range are left out if that closes more of the
 * range, over the rows that stay, than the rows are worth that go; never more than the share that is allowed.
 *
 * The same table gives the same classes.  O(rows * quasi-identifiers * log) time, some 40 bytes a row. */
#ifndef RECKON_DISCLOSURE_MONDRIAN_H
#define RECKON_DISCLOSURE_MONDRIAN_H

#include "base/job.h"
#include "disclosure/microdata.h"

#define MONDRIAN_SUPPRESSED UINT32_MAX

struct mondrian_options {
    bool relaxed;
    double suppress; /* largest share of the rows, [0, 1) */
};

struct mondrian_range {
    uint32_t low, high; /* codes, both in it */
};

struct mondrian {
    uint32_t n_classes, n_quasi, suppressed; /* suppressed: rows */
    uint32_t *class_of;            /* by row */
    struct mondrian_range *ranges; /* [class][quasi] */
};

/* E_BAD_DATA: not even the whole table as one class is what the model asks for; the error says why. */
int mondrian_make(struct mondrian *out, const struct microdata *data, const struct microdata_model *model,
                  const struct mondrian_options *options, struct job *job, struct error *err);
void mondrian_release(struct mondrian *self); /* zeroed is fine */

static inline const struct mondrian_range *mondrian_range_of(const struct mondrian *self, uint32_t class,
                                                             uint32_t quasi)
{
    return &self->ranges[(size_t)class * self->n_quasi + quasi];
}

/* Rows by class: start[class] to start[class + 1] of *rows; those that are suppressed are in none.  mem_free both. */
int mondrian_rows(const struct mondrian *self, uint32_t n_rows, uint32_t **rows, uint32_t **start, struct error *err);

#endif
