/* recommender: answers from a trained model: what to recommend to a person, what is like an item, and why.
 *
 * Everything is scored from the person's history as it is in the store at that moment, with the scorer that the
 * evaluation uses (fold-in): an event that arrives counts at the next answer.  The moment of asking is the later of
 * the model's training and the person's last event, so that a shop of last year is answered as it was then.
 *
 * Who speaks: the model that is asked for, else the setting recommend.model, else the one in production, else the
 * newest.  A person without events that the model can use gets what is popular, and the answer says so: by the
 * newest model of the kinds popular and popular-segment (which goes by the person's attributes), else as
 * it was counted when the model was trained.
 *
 * Whoever does not allow personalisation (store/consents.h) is answered as nobody: only what the request itself says of
 * the moment counts, and the answer says so (`withheld`).
 *
 * Identifiers and titles are the shop's own; no row number leaves this module.
 *
 * Two objects: a core is the model, ready to answer: immutable, shared by any number of threads and counted.  A
 * recommender asks it, with a store connection and memory of its own: one thread at a time.
 * Owner: recommender_free, recommender_core_release.  A recommender borrows the store and holds its core. */
#ifndef RECKON_RECOMMEND_RECOMMENDER_H
#define RECKON_RECOMMEND_RECOMMENDER_H

#include <stdbool.h>

#include "base/job.h"
#include "store/registry.h"
#include "store/store.h"

struct recommender;
struct recommender_core;
struct ruleset;

struct recommender_options {
    const char *model;   /* asked for; NULL: choose */
    const char *setting; /* recommend.model; "" or NULL: none */
    bool similar;        /* choose one that can tell which items are alike */
    struct job *job;
};

/* The model that the options choose.  E_NOT_FOUND: there is none; E_CORRUPT and others: of its file. */
int recommender_core_open(struct recommender_core **out, struct store *store, const struct recommender_options *options,
                          struct error *err);
struct recommender_core *recommender_core_hold(struct recommender_core *self);
void recommender_core_release(struct recommender_core *self); /* NULL is fine */
const struct model_record *recommender_core_record(const struct recommender_core *self);
bool recommender_core_tells_similar(const struct recommender_core *self); /* which items are alike */
/* Which model the options would choose; *out: release it. */
int recommender_choose(struct store *store, const struct recommender_options *options, struct model_record *out,
                       struct error *err);
/* Counts now what the first person without a history would have to wait for. */
int recommender_core_warm(struct recommender_core *self, struct store *store, struct job *job, struct error *err);
/* The same for the first request with `fresh` (which else does it; others that come meanwhile do without). */
int recommender_core_warm_ages(struct recommender_core *self, struct store *store, struct error *err);

/* The newest model that can place items by their descriptions (kind content); *out NULL: there is none. */
int recommender_find_placer(struct store *store, struct model_record *out, bool *found, struct error *err);

int recommender_new(struct recommender **out, struct recommender_core *core, struct store *store, struct job *job,
                    struct error *err);
struct item_changes;
/* A moment of the store, by whoever counts its changes: all numbers are the same only as long as nothing was changed. */
struct recommender_moment {
    uint64_t store, data, items;
};
/* What is remembered of the store (weights of kinds, attributes of items) and is of another moment is forgotten, and read
 * again when it is needed; attributes of items once for all recommenders of a core that are of this moment.  Call it
 * before what it is asked next.  changes (borrowed; NULL: unknown): which items changed between the `items` of two
 * moments: where that is all that differs, only their attributes are read again.  A recommender that is never told takes
 * the store to be unchanged, and shares nothing. */
void recommender_now(struct recommender *self, const struct recommender_moment *moment, struct item_changes *changes);

struct policy;
/* Reads the attributes that the rule sets and scenarios name, so that nobody who asks has to wait for them. */
int recommender_read_ahead(struct recommender *self, const struct policy *policy, struct recommender_core *placer,
                           struct error *err);

/* recommender_core_open and recommender_new in one. */
int recommender_open(struct recommender **out, struct store *store, const struct recommender_options *options,
                     struct error *err);
void recommender_free(struct recommender *self); /* NULL is fine */

const struct model_record *recommender_record(const struct recommender *self);
const char *recommender_choice(const struct recommender *self); /* why this model: "in production" */

/* Something that the person did and that the store does not know (yet): what they look at, have in the cart. */
struct recommender_event {
    const char *item;
    double weight;       /* as that of a kind */
};

/* At most k items of each value of an attribute. */
struct recommender_limit {
    const char *field;
    uint32_t k;
};

enum { RECOMMENDER_LIMITS_MAX = 8 };

/* Another model that has a say; borrowed. */
struct recommender_voice {
    struct recommender_core *core;
    double weight;
};

/* What a person is asked about. */
struct recommender_request {
    const char *user;    /* NULL: nobody known; then only `recent` counts */
    bool anyone;         /* a user whom the store does not know is one without a history, and no error */
    uint32_t n;
    bool repeat;         /* items of the history may be recommended */
    const char *filter;  /* NULL: none */
    const struct recommender_event *recent; /* after all that the store knows, oldest first; borrowed */
    uint32_t n_recent;
    const char *const *exclude; /* items that must not be shown; those that are unknown are passed over */
    uint32_t n_exclude;
    bool no_reasons;
    bool impersonal;     /* as if nobody were named: the person refuses, and says so with the request */
    /* How the slate is put together (engine/compose.h); all 0: the best n. */
    double diversity;      /* in [0, 1]: how much being unlike those before it counts for an item, beside its rank */
    const struct recommender_limit *limits; /* of items whose attribute is missing there may be any number */
    uint32_t n_limits;     /* <= RECOMMENDER_LIMITS_MAX */
    struct ruleset *rules; /* NULL: none; borrowed */
    const char *scenario, *page; /* that rules may ask for; NULL: none */
    const char *view;            /* the item in view, for rules alone (`recent` is what scores see); NULL: none */
    const char *const *cart;     /* the same of the cart; borrowed */
    uint32_t n_cart;
    int64_t at;            /* ms: now, for the dates of rules and the day of draws */
    int64_t until;         /* ms: only what the person did before it counts; 0: everything */
    double fresh;          /* share of the slots for new items, drawn at random: those that the model does not know */
    uint32_t fresh_days;   /* and those that were first met less than so many days before its last event; 0: none */
    /* Places items that the model does not know, by their descriptions; NULL: nobody can.  Borrowed. */
    struct recommender_core *placer;
    /* Models that have a say beside this one: ranks are blended, sum of weight / (60 + rank). */
    const struct recommender_voice *voices;
    uint32_t n_voices;
    double weight;         /* of this model then */
};

/* An item of the history and how it speaks for a recommendation. */
struct recommender_reason {
    const char *item, *title;
    uint32_t events;
    int64_t last;        /* ms */
    double contribution; /* to the score */
    double share;        /* of all that speaks for it, in [0, 1] */
};

struct recommender_item {
    const char *item, *title; /* title "" when there is none */
    float score;
    struct recommender_reason reason; /* the strongest; item NULL: nothing of the person's own */
    const char *model;   /* that put it forward, NAME@VERSION; NULL: the one that was asked */
    const char **rules;  /* what moved it here: "spring-sale: boost x1.5" */
    uint32_t n_rules;
    double propensity;   /* that it was drawn for its place; 1 when nothing was left to chance */
};

/* An answer; strings are its own. */
struct slate {
    struct recommender_item *items;
    uint32_t n;
    uint32_t eligible, catalogue; /* items that could have been shown, and all that there are to choose from */
    uint32_t new_items;           /* of the catalogue; 0 also when nobody asked for them */
    uint32_t seen, filtered, hidden; /* kept out for these reasons; hidden: by rules */
    uint32_t history_events, history_items, unknown_items; /* unknown: of the history, to the model */
    char fallback[160];           /* why and by what popularity answered; "" when the model did */
    char fallback_model[96];      /* that did, as NAME@VERSION; "popular": popularity */
    char withheld[64];            /* why nothing of the person was used: "no consent to personalisation"; "" when it was */
    char filter_note[256];
    char rules_note[256];         /* what is wrong with rules: "spring-sale is left out: ..." */
    char **texts;
    size_t n_texts, cap_texts;
};

void slate_release(struct slate *self); /* zeroed is fine */

/* E_NOT_FOUND: no such user (the nearest are named); E_USAGE: the filter. */
int recommender_recommend(struct recommender *self, const struct recommender_request *request, struct slate *out,
                          struct error *err);

/* The same for n requests, which are scored together: the same answers in less time, all from one moment of the store.
 * outcome[i] and errors[i] are those of requests[i]; its slate is empty when it failed.  An error: nobody is answered. */
int recommender_recommend_many(struct recommender *self, const struct recommender_request *requests, uint32_t n,
                               struct slate *slates, int *outcome, struct error *errors, struct error *err);

/* The model's scores of n items for the person, without rules, new items or a slate: -INFINITY for what the model does not know.
 * Who has no history is scored by popularity, as in an answer. */
int recommender_scores(struct recommender *self, const struct recommender_request *request, const uint32_t *numbers,
                       uint32_t n, float *scores, struct error *err);
/* The numbers by which it knows items, for recommender_scores; of what the model does not know, none of its own. */
int recommender_numbers(struct recommender *self, const char *const *items, uint32_t n, uint32_t *numbers,
                        struct error *err);

/* Are the fields that rules speak of there?  E_BAD_DATA with the place in the text, and the nearest names. */
int recommender_check_rules(struct store *store, const struct ruleset *rules, struct error *err);

/* The items most like `item`, which is not among them, under the rules of the request; it is taken as `repeat`, and of
 * the user, the history, fresh and voices nothing counts.  What the model does not know the placer answers.
 * E_NOT_FOUND: no such item, or unknown to both; E_USAGE: the model cannot tell which items are alike. */
int recommender_similar(struct recommender *self, const char *item, const struct recommender_request *request,
                        struct slate *out, struct error *err);

enum why_status {
    WHY_SHOWN,
    WHY_SEEN,     /* in the history, and repeats were not asked for */
    WHY_EXCLUDED, /* the request itself names it as one that must not be shown */
    WHY_FILTERED,
    WHY_HIDDEN,   /* by a rule */
    WHY_LIMITED,  /* there are as many of its brand, say, as a limit allows */
    WHY_RANK,     /* others come first */
    WHY_UNKNOWN   /* the model does not know the item */
};

struct why {
    enum why_status status;
    const char *title;
    uint32_t rank;             /* among the eligible ones by the score alone, from 1; 0 when unknown */
    float score;
    double rest;               /* of the score, that no event explains: popularity, bias */
    char filter_term[256];     /* that it failed */
    char rule[256];            /* that hides or limits it */
    uint32_t place;            /* in the slate, from 1; 0: it is not in it */
    const char **rules;        /* that move it */
    uint32_t n_rules;
    struct recommender_reason *reasons; /* every item of the history that adds to the score or takes from it,
                                           the largest first */
    uint32_t n_reasons;
    struct slate slate;        /* counts and texts; no items */
};

void why_release(struct why *self);

/* Why the person is, or is not, recommended the item. */
int recommender_why(struct recommender *self, const struct recommender_request *request, const char *item,
                    struct why *out, struct error *err);

/* Which rules of request->rules are in force for it: bit r for rule r. */
int recommender_rules_in_force(struct recommender *self, const struct recommender_request *request, uint64_t *active,
                               struct error *err);

#endif
