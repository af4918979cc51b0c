/* reading: what sums of arms allow to conclude, by the design and by nothing else.
 *
 * The share of users in each arm is looked at first: when it is not the one that was planned (sample-ratio mismatch, by
 * a test that holds at every look), users were lost or assigned in another way than planned, and there is no verdict.
 *
 * Every treatment is compared with control on every metric, as a relative change; the interval's level is shared among
 * the treatments.  The primary decides alone (over several arms: Dunnett when it is read once, else Holm); secondaries
 * share alpha among themselves (Holm, or Benjamini & Hochberg when the design says so, over metrics and arms); guardrails are tests of non-inferiority, all of which must pass, so that they cost no alpha.
 * Numbers are finite, or `known` is false and `why` says what is missing. */
#ifndef RECKON_EXPERIMENT_READING_H
#define RECKON_EXPERIMENT_READING_H

#include "experiment/collect.h"
#include "stats/outcome.h"
#include "stats/srm.h"

enum reading_verdict {
    READING_NOBODY,    /* no exposures yet */
    READING_BROKEN,    /* shares of users are not as planned */
    READING_ONE_ARM,   /* all users are in one arm */
    READING_TOO_EARLY, /* the design allows no reading yet */
    READING_HARM,      /* a guardrail is hurt */
    READING_BETTER,
    READING_WORSE,
    READING_NOTHING,   /* no difference was shown, and the planned users are there */
    READING_OPEN       /* no difference was shown yet */
};

struct reading_line {
    size_t metric, arm;    /* arm: the treatment */
    bool known;
    char why[120];         /* when it is not: "nobody in either arm did it" */
    double control, treatment; /* values of the two arms, after variance reduction */
    double effect;         /* absolute */
    double lift, low, high; /* relative to control */
    bool bounded;          /* the interval is */
    double reach;          /* of the interval, in errors */
    double p, adjusted;
    bool significant;      /* of a guardrail: the loss is shown to be beyond its margin */
    bool passed;           /* of a guardrail */
    double best, loss;     /* probability that the treatment is better, expected relative loss of choosing it */
    double variance_left;  /* by variance reduction; 1: none */
    double lift_se;        /* of the lift */
    double control_se, treatment_se; /* of the arms' values in their own unit; 0: not known */
    double se;             /* of the effect */
    bool is_corrected;     /* significant, so that the lift is likely too large: */
    double corrected, corrected_low, corrected_high; /* as it is given that it was found (winner's curse) */
    const char *test;      /* "Welch's t, CUPED" */
};

enum { READING_LINES_MAX = METRICS_MAX * (DESIGN_ARMS_MAX - 1) };

struct reading {
    enum reading_verdict verdict;
    char sentence[600];
    double users, planned;
    double counted;        /* users who count for the primary: those whose horizon is over, when it has one */
    struct srm_answer srm;
    double srm_sequential;     /* p that holds at every look */
    bool srm_known;            /* two arms, and 1 user expected at least */
    uint32_t look;             /* of a group-sequential design, from 1; 0: before the first */
    bool readable;             /* the design allows to conclude now */
    int winner;                /* the arm that is better; -1 */
    struct reading_line lines[READING_LINES_MAX];
    size_t n_lines;
};

const char *reading_verdict_name(enum reading_verdict verdict);

/* Are there as many users in each arm as the design wants?  What a reading looks at first, and all that can be told of an
 * experiment by counting its exposures. */
struct reading_shares {
    bool known;                /* two arms, and a user at least; not of a bandit, whose shares change */
    bool broken;
    struct srm_answer srm;
    double sequential;         /* p that holds at every look */
};

int reading_shares(struct reading_shares *out, const double *users, const struct design *design, struct error *err);

int reading_make(struct reading *out, const struct collected *collected, const struct design *design,
                 struct error *err);

#endif
