/* risk: what somebody who knows a person's quasi-identifiers can find out, and what hiding costs.
 *
 * A class is what looks the same; F is how many people of it there are in the population that the data are a sample of,
 * f those in the data; without a population larger than the data, F = f (El Emam, "Guide to the De-Identification of
 * Personal Health Information", 2013):
 *   prosecutor  knows that the person is in the data:                1/f, of the smallest class
 *   journalist  only wants somebody, and has a register of all:      1/F, of the smallest class
 *   marketer    wants as many as possible: the expected share of them, the mean of 1/F
 * Where people have several rows, a person in several classes counts in each.
 *
 * Costs: discernibility (Bayardo & Agrawal 2005): each row costs the size of its class, a suppressed one the whole
 * table; the average class (LeFevre et al.): rows per class and k, 1 at best; the normalised certainty penalty (Xu et
 * al. 2006): how much of the columns is left open, on average over rows and columns, suppressed ones all.  Pure. */
#ifndef RECKON_DISCLOSURE_RISK_H
#define RECKON_DISCLOSURE_RISK_H

#include "disclosure/mondrian.h"

struct risk {
    uint32_t classes, people, smallest, largest; /* people: in any class; smallest and largest class, in people */
    uint64_t rows;
    double prosecutor, journalist, marketer;
    double average;   /* mean of 1/f over people and classes */
    double alone;     /* share of people who are alone in a class */
    double dominance; /* largest share of a class' rows that are one person's */
};

/* class_of: by row; MONDRIAN_SUPPRESSED: none.  population: 0, or less than the people there are: the people there are.
 * */
int risk_measure(struct risk *out, const struct microdata *data, const uint32_t *class_of, uint32_t n_classes,
                 double population, struct error *err);

/* Classes of rows with the same codes in all quasi-identifiers: the data as they are.  mem_free(*class_of). */
int risk_classes(const struct microdata *data, uint32_t **class_of, uint32_t *n_classes, struct error *err);

struct risk_cost {
    double discernibility, average_class, penalty;
};
/* `classes` as published, of which `mondrian` may have several that look the same. */
void risk_cost(struct risk_cost *out, const struct microdata *data, const struct mondrian *mondrian,
               const uint32_t *class_of, const uint32_t *rows_of_class, uint32_t n_classes, uint32_t k);

#endif
