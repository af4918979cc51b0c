/* design: what an experiment asks, of whom, and how it will be read; fixed before it begins.
 *
 * Written in the store as one JSON object and read back here.  Everything that the reading of the result depends on is
 * in it: nothing can be chosen after the result is known. */
#ifndef RECKON_EXPERIMENT_DESIGN_H
#define RECKON_EXPERIMENT_DESIGN_H

#include "experiment/metric.h"
#include "stats/hash.h"
#include "store/experiments.h"

#define DESIGN_FLOOR 0.01
#define DESIGN_EPSILON 0.1
enum { DESIGN_ARMS_MAX = 16, DESIGN_TEXT_MAX = 256, DESIGN_LOOKS_MAX = 52, DESIGN_STRATA_MAX = 80 };

/*      name              text */
#define DESIGN_METHODS(X)                                                                                     \
    X(ALWAYS_VALID, "always-valid")         /* may be read at any time (asymptotic confidence sequence) */   \
    X(FIXED, "fixed")                       /* is read once, when the planned users are there */             \
    X(GROUP_SEQUENTIAL, "group-sequential") /* is read at planned looks (O'Brien & Fleming spending) */

enum design_method {
#define X(name, text) DESIGN_##name,
    DESIGN_METHODS(X)
#undef X
};

/*      name          text */
#define DESIGN_BANDITS(X)                                                                  \
    X(NONE, "none")         /* weights stay */                                             \
    X(THOMPSON, "thompson") /* weights follow the probability of being best */             \
    X(TOP_TWO, "top-two")   /* to find the best one soonest */                             \
    X(EPSILON, "epsilon-greedy")                                                           \
    X(UCB, "ucb1")                                                                         \
    X(LINUCB, "linucb")     /* each person the arm that fits, by context */                \
    X(LINEAR, "linear-thompson")

enum design_bandit {
#define X(name, text) DESIGN_BANDIT_##name,
    DESIGN_BANDITS(X)
#undef X
};

/*      name          text */
#define DESIGN_CORRECTIONS(X)                                                          \
    X(HOLM, "holm")         /* of secondaries: the chance of any false one is alpha */ \
    X(BH, "bh")             /* alpha is the share of false ones among those found */

enum design_correction {
#define X(name, text) DESIGN_CORRECTION_##name,
    DESIGN_CORRECTIONS(X)
#undef X
};

enum design_role { DESIGN_PRIMARY, DESIGN_SECONDARY, DESIGN_GUARDRAIL };

struct design_metric {
    struct metric metric;
    enum design_role role;
    double margin; /* of a guardrail, relative to control */
};

struct design_arm {
    char name[EXPERIMENT_NAME_MAX];
    uint32_t weight;                 /* basis points; all together 10,000 */
    char model[DESIGN_TEXT_MAX], scenario[EXPERIMENT_NAME_MAX], rules[EXPERIMENT_NAME_MAX]; /* "": not said */
    char descriptions[EXPERIMENT_NAME_MAX]; /* the collection of texts about items that it shows */
    char widget[DESIGN_TEXT_MAX]; /* options of the widget (arm_options.h) */
};

struct design {
    struct design_metric metrics[METRICS_MAX]; /* the first one is the primary */
    size_t n_metrics;
    struct design_arm arms[DESIGN_ARMS_MAX];   /* the first one is control */
    size_t n_arms;
    double effect;        /* the smallest relative change of the primary that is worth finding */
    double alpha, power;
    enum design_method method;
    uint32_t looks;       /* of DESIGN_GROUP_SEQUENTIAL */
    uint32_t share;       /* basis points of users who may take part */
    uint32_t window_days, pre_days;
    double cap;           /* quantile at which revenue and counts are cut; 0: nowhere */
    bool cuped;
    enum design_bandit bandit;
    bool interleave;      /* both arms in one list, for everybody */
    char context[DESIGN_TEXT_MAX]; /* attributes of people, with commas; of LINUCB and LINEAR */
    double floor, keep, epsilon; /* of a bandit: least weight of an arm; what counts of a user a day older; chance that
                                  * epsilon-greedy leaves to all arms */
    enum design_correction correction;
    enum hash_scheme scheme;
    char salt[EXPERIMENT_NAME_MAX], layer[EXPERIMENT_NAME_MAX], place[EXPERIMENT_NAME_MAX];
    char target[DESIGN_TEXT_MAX * 2]; /* a filter over the person's attributes; "": everybody */
    char strata[DESIGN_STRATA_MAX]; /* a dimension (experiment/dimension.h) to stratify by; "": none */
    uint64_t users;       /* planned, in all arms; 0: it could not be told */
};

const char *design_method_name(enum design_method method);
const char *design_bandit_name(enum design_bandit bandit);
bool design_has_context(const struct design *self);
const char *design_correction_name(enum design_correction correction);

/* What cannot be: one arm, weights that do not sum to 10,000, two arms of one name, a metric twice, an alpha that is
 * none.
 * E_USAGE, E_BAD_DATA. */
int design_check(const struct design *self, struct error *err);

/* JSON text; mem_free.  E_CORRUPT when it is not what design_write writes. */
int design_write(const struct design *self, char **out, struct error *err);
int design_read(struct design *out, const char *text, const char *name, struct error *err);

/* Days from the exposure on in which something of a user may count. */
int64_t design_horizon(const struct design *self);

/* The arm of that name; -1. */
int design_arm_find(const struct design *self, const char *name);

/* Weights that a bandit has learnt, as they stand beside the design: "2500,7500".  The design's own when text is
 * NULL. */
int design_weights(const struct design *self, const char *text, uint32_t weights[DESIGN_ARMS_MAX], struct error *err);

#endif
