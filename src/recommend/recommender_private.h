/* What recommender.c (model, history, scores) and recommender_answer.c (slates and reasons) share. */
#ifndef RECKON_RECOMMEND_RECOMMENDER_PRIVATE_H
#define RECKON_RECOMMEND_RECOMMENDER_PRIVATE_H

#include "engine/topk.h"
#include "recommend/filter.h"
#include "recommend/item_columns.h"
#include "recommend/person_columns.h"
#include "recommend/recommender.h"
#include "train/models.h"

struct recommender {
    struct store *store;
    struct job *job;
    struct opened_model opened;
    char choice[80];
    uint32_t *place; /* of the store's items among the model's, ITEM_NOWHERE */
    size_t n_place;
    double *weight;  /* of the store's kinds */
    size_t n_weight;
    struct item_columns *columns; /* once a filter is used */
    float *scores;   /* n_items, of the last question */
    void *scratch;
    uint64_t *excluded;
    uint32_t *distinct; /* n_items: number of a history's distinct item; ITEM_NOWHERE between questions */
};

/* An item of a person's history. */
struct past_item {
    uint32_t item, events;
    int64_t last;
};

/* A person's history as the model sees it. */
struct past {
    uint32_t n, n_items, unknown_items;
    uint32_t *item, *time, *which; /* which: number among items */
    float *weight;
    struct past_item *items; /* in order of their first event */
    uint32_t now;
};

int recommender_past(struct recommender *self, int64_t user, struct past *out, struct error *err);
void recommender_past_release(struct past *self);
struct history recommender_history(const struct past *past);

/* Scores all items into self->scores: by the model, or, without a history, by popularity (then out->fallback says
 * so). */
int recommender_score(struct recommender *self, const struct past *past, struct slate *out, struct error *err);

/* A filter and what it reads of the person; both NULL: none. */
struct recommender_filter {
    struct filter *filter;
    struct person_columns *person;
};

/* Parses and binds; user 0: nobody is asked about.  Stays empty when text is NULL. */
int recommender_filter(struct recommender *self, const char *text, int64_t user, struct recommender_filter *out,
                       struct error *err);
void recommender_filter_release(struct recommender_filter *self);

/* Fills self->excluded and the counts of `out`. */
void recommender_exclude(struct recommender *self, const struct past *past, bool repeat, const struct filter *filter,
                         struct slate *out);

#endif
