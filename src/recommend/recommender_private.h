/* What the files of the recommender share: recommender_core.c (the model), recommender.c (history, scores, what may be
 * shown), recommender_popular.c (what is popular), recommender_rank.c (from scores to the items of a slate) with
 * recommender_alike.c and recommender_rules.c, recommender_answer.c (slates and reasons), recommender_why.c, recommender_new.c (items that came
 * after the model), recommender_voices.c (several models together). */
#ifndef RECKON_RECOMMEND_RECOMMENDER_PRIVATE_H
#define RECKON_RECOMMEND_RECOMMENDER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/compose.h"
#include "engine/topk.h"
#include "recommend/filter.h"
#include "recommend/item_columns.h"
#include "recommend/person_columns.h"
#include "recommend/recommender.h"
#include "recommend/ruleset.h"
#include "store/events.h"
#include "train/models.h"

enum { CHOICE_MAX = 80, TITLES = 1024, BOUND_SETS = 4, SIDES = 4, SHELVES = 2 };

/* What people without a history get.  Immutable and counted: another one takes its place when there is a newer model
 * of popularity. */
struct popularity {
    atomic_uint holders;
    int64_t model;   /* that says so; 0: none, it was counted */
    float *scores;   /* n_items, for everybody; NULL: `segment` answers */
    struct opened_model segment; /* for each by what is known of them; its model NULL: there is none */
    uint32_t *segment_place;     /* of its items among the model's */
    char label[160];
};

void popularity_release(struct popularity *self); /* NULL is fine */

/* recommender_choose, and in words why. */
int recommender_choose_why(struct store *store, const struct recommender_options *options, struct model_record *out,
                           char choice[CHOICE_MAX], struct error *err);

struct recommender_core {
    atomic_uint holders;
    struct opened_model opened;
    char choice[CHOICE_MAX];
    uint32_t *place; /* of the store's items among the model's, ITEM_NOWHERE */
    size_t n_place;
    uint64_t *absent; /* of the model's items, those that this shop does not have, as bits */
    uint32_t n_absent;
    /* The store's items that the model does not know, as they came, up to the one with the integer looked_to; `lock`
     * guards these. */
    int64_t *strangers, looked_to;
    size_t n_strangers, cap_strangers;
    /* What is popular, once somebody without a history asked; `lock` guards the pointer. */
    pthread_mutex_t lock;
    struct popularity *popularity;
    /* Of each of the model's items, the days from its first event to the model's last one, once somebody wanted to know
     * what is new; `lock` guards the pointer, which is set once. */
    uint16_t *age;
    bool ageing; /* somebody is at it */
    /* Attributes of items, as recommenders that are of one moment share them; `lock` guards the pointers. */
    struct shelf {
        struct recommender_moment moment;
        uint32_t n_all;             /* items that they are about: the model's, and new ones from the first to the last */
        int64_t first_new, last_new;
        struct item_columns *columns; /* held; NULL: none */
    } shelves[SHELVES];             /* without new items, and with */
};

/* The best items of a history, looked up in the model's index; past NULL: the scores of all items are there. */
struct seeking {
    const struct past *past;
    const struct scored *found; /* what was looked up before for this history and mask: the best n of `asked` */
    uint32_t n, asked;
};

/* What the last filter that speaks of nobody leaves out: many requests have the same one. */
struct sieve {
    char *text;     /* NULL: none */
    uint64_t *mask; /* n_items bits: what it leaves out */
    char note[256]; /* filter_note */
};

/* Another model's recommender, and where its items are here: ITEM_NOWHERE, or a number below n_all. */
struct side {
    struct recommender *recommender; /* NULL: none */
    uint32_t *to;
};

/* What several models put forward together, the best first. */
struct proposal {
    uint32_t item;
    float score;
    uint32_t voice; /* + 1: which of the request's says most for it; 0: the model itself */
};

struct recommender {
    struct recommender_core *core;
    struct store *store;
    struct job *job;
    double *weight;  /* of the store's kinds; NULL: to be read */
    size_t n_weight;
    bool popular_seen; /* whether there is a newer model of popularity has been looked up */
    struct recommender_moment moment; /* that what it remembers of the store is of */
    struct item_changes *changes;     /* between moments; NULL: unknown */
    bool shares;                  /* others who were told the same moment may have read what it needs */
    struct item_reader reader;    /* its columns NULL: until a filter is used */
    struct sieve sieve;
    struct title {
        uint32_t item; /* + 1; 0: empty */
        char *text;
    } titles[TITLES];  /* that were looked up lately, by the item's number */
    struct bound_rules *bound[BOUND_SETS]; /* rule sets of late, the last one first */
    float *scores;   /* n_items, of the last question, unless `seeking` */
    struct seeking seeking;
    float *tile;     /* rows of scores, once several people are asked about at a time */
    double *notes;   /* rows of what the model noted when it scored them (engine/model.h) */
    const double *noted; /* of the last question, for its reasons; NULL: nothing */
    void *scratch;
    uint64_t *excluded;
    uint64_t *masks;    /* the same for several people, once the index is asked about them together */
    uint64_t *masked;   /* the same size; scratch of recommender_rank */
    uint32_t *distinct; /* n_items: number of a history's distinct item, or of a candidate; ITEM_NOWHERE otherwise */
    float *row;         /* n_items, of similarities; NULL: not needed yet */
    /* Items that came after the model, once somebody wants them (recommender_new.c); their numbers follow the model's,
     * and everything that has a bit or a place for each item has n_all of them. */
    uint32_t n_all;                  /* n_items, and them */
    bool extended;
    struct recommender_core *placer; /* held; NULL: none */
    int64_t *new_item;               /* of the store */
    char **new_name;
    float *new_vector;               /* of the placer's dimension each */
    uint32_t *place_all;             /* as core->place, with them */
    size_t n_place_all;
    const char **name_all;
    float *likeness;                 /* n_all: what the placer says of each for the present question, */
    bool likened, likes_any;         /* once it was asked; and whether it says anything */
    struct side sides[SIDES];
    bool show_new;                   /* the present question may be answered with them */
    const uint16_t *age;             /* of the model's items, in days; NULL: the present question does not ask */
    uint32_t n_scored;               /* of self->scores, that count for the present question; n_items or n_all */
    struct proposal *proposals;      /* of the present question; NULL: the scores speak for themselves */
    uint32_t n_proposals;
};

/* An item of a person's history. */
struct past_item {
    uint32_t item, events;
    int64_t last;
};

/* A user's number that no user has: every attribute of theirs is missing. */
#define NOBODY INT64_C(-1)

/* A person's history as the model sees it. */
struct past {
    int64_t user; /* of the store, or NOBODY */
    const char *withheld; /* why it is NOBODY though somebody was named; NULL: it is not so */
    uint32_t n, n_items, unknown_items;
    uint32_t *item, *time, *which; /* which: number among items */
    float *weight;
    struct past_item *items; /* in order of their first event */
    uint32_t now;
    int64_t *unknown; /* the store's items that the model does not know, with repetitions */
    size_t n_unknown;
};

/* The newest model whose kind fits; *found false when there is none. */
int recommender_newest(struct store *store, bool (*fits)(const struct model_kind *kind), struct model_record *out,
                       bool *found, struct error *err);
/* One that answers people without a history. */
bool recommender_is_popular(const struct model_kind *kind);
/* Weights of the store's kinds into self->weight, and that of an event. */
int recommender_read_weights(struct recommender *self, struct error *err);
double recommender_event_weight(const struct recommender *self, const struct event_row *row);
/* Scores all items into self->scores by popularity; `user` may be NOBODY.  label: what it is by. */
int recommender_score_popular(struct recommender *self, int64_t user, char label[160], struct error *err);
/* E_USAGE: the model does not know similarity. */
int recommender_cannot_tell(const char *model, const struct model_kind *kind, struct error *err);
/* Where the store's item is among the model's, or ITEM_NOWHERE; 0 is no item. */
uint32_t recommender_place(const struct recommender_core *self, int64_t item);

/* The request's history: that of the store (read by recommender_user), then `recent`. */
int recommender_past(struct recommender *self, const struct recommender_request *request, struct past *out,
                     struct error *err);
void recommender_past_release(struct past *self);
struct history recommender_history(const struct past *past);

/* The same among the model's and the new ones. */
uint32_t recommender_number(const struct recommender *self, int64_t item);
/* The same by the item's identifier, ITEM_NOWHERE also when the store does not know it. */
int recommender_lookup(const struct recommender *self, const char *identifier, uint32_t *number, struct error *err);

/* recommender_new.c: makes room for the items that came after the model, and places them; `placer` may be NULL.  What
 * was bound to columns before is bound no more. */
int recommender_extend(struct recommender *self, struct recommender_core *placer, struct error *err);
void recommender_shrink(struct recommender *self); /* forgets them again */
/* Does the request, or the history, speak of new items, or want them? */
bool recommender_wants_new(const struct recommender_request *request, const struct past *past);
/* Words of a bit set over all items. */
size_t recommender_words(const struct recommender *self);

/* Which of the model's own items are new as well, for the present question. */
int recommender_find_young(struct recommender *self, const struct recommender_request *request, struct error *err);
bool recommender_is_new(const struct recommender *self, const struct recommender_request *request, uint32_t number);

/* What the placer says of all items for the person, into self->likeness (-FLT_MAX: nothing); *any false: it knows
 * nothing of the history either.  It is asked once for a question, however often this is called. */
int recommender_liken(struct recommender *self, const struct recommender_request *request, bool *any,
                      struct error *err);
/* The same for how like they are to one item, by its number; false: nothing is known of it. */
bool recommender_liken_item(struct recommender *self, uint32_t number);
/* The item of the history that is most like the item of that number, and its share of all likeness; ITEM_NOWHERE:
 * none. */
uint32_t recommender_most_alike(const struct recommender *self, const struct past *past, uint32_t number,
                                double *share);

/* recommender_voices.c: once self->scores (or the index) and self->excluded are known, what the placer and other models
 * say, as far as the request or the history wants it. */
int recommender_hear(struct recommender *self, const struct recommender_request *request, const struct past *past,
                     struct error *err);
/* Scores for a person of whose history the model knows nothing: by likeness, if the placer knows something; *found. */
int recommender_score_by_likeness(struct recommender *self, const struct recommender_request *request, bool *found,
                                  struct slate *out, struct error *err);
/* Makes self->likeness the scores of the present question, for all items. */
void recommender_take_likeness(struct recommender *self);
/* The recommender of another model beside this one; borrowed until the next call. */
int recommender_side(struct recommender *self, struct recommender_core *core, struct side **out, struct error *err);
/* Lets go of what is of one question alone. */
void recommender_end_question(struct recommender *self);

/* The best k of self->scores, the index or self->proposals that `excluded` lets through; NULL: out of memory. */
struct scored *recommender_take_top(const struct recommender *self, const uint64_t *excluded, uint32_t k, uint32_t *n,
                                    struct error *err);

/* What of the history counted, into the slate. */
void recommender_count(const struct past *past, struct slate *out);

/* Scores all items into self->scores: by the model, or, without a history, by popularity (then out->fallback says
 * so). */
int recommender_score(struct recommender *self, const struct past *past, struct slate *out, struct error *err);

/* A filter and what it reads of the person; both NULL: none. */
struct recommender_filter {
    struct filter *filter;
    struct person_columns *person;
};

/* The fields of the items, read when they are asked for. */
int recommender_fields(struct recommender *self, struct filter_schema *out, struct error *err);

/* Parses and binds; user 0: no person is asked about, and the filter may not speak of one.  Stays empty when text is
 * NULL. */
int recommender_filter(struct recommender *self, const char *text, int64_t user, struct recommender_filter *out,
                       struct error *err);
void recommender_filter_release(struct recommender_filter *self);

/* Is the request's filter the one of self->sieve, so that it need not be parsed? */
bool recommender_sieve_fits(const struct recommender *self, const struct recommender_request *request);

/* Fills self->excluded and the counts of `out`.  filter NULL: the request has none, or that of self->sieve. */
int recommender_exclude(struct recommender *self, const struct past *past, const struct recommender_request *request,
                        const struct filter *filter, struct slate *out, struct error *err);

/* A rule set over the items of a model: made once, then a request looks at bits. */
struct bound_rule {
    uint64_t *items;  /* a bit for each that it is about; NULL: a limit, or it is left out */
    uint64_t *cart, *view; /* of which one must be in the cart, and in view; NULL: no such condition */
    uint32_t *order;  /* identifiers in their order; NULL: a filter */
    uint32_t n_order;
    struct filter_column column; /* of a limit */
    bool out;         /* it cannot be carried out: the note says why */
};
struct bound_rules {
    struct ruleset *set; /* held */
    char note[256];
    struct bound_rule rules[];
};
/* Borrowed until the next call of recommender_forget or for another rule set. */
int recommender_bind_rules(struct recommender *self, struct ruleset *set, struct bound_rules **out, struct error *err);
void bound_rules_free(struct bound_rules *self); /* NULL is fine */
/* Which of them are in force for the request: bit r for rule r. */
int recommender_active_rules(struct recommender *self, const struct bound_rules *rules,
                             const struct recommender_request *request, const struct past *past, uint64_t *active,
                             struct error *err);

/* An item on its way into a slate. */
struct pick {
    uint32_t item;
    float score;
    double propensity;
    uint64_t rules; /* that acted on it */
    const struct recommender_core *source; /* that put it forward; NULL: the model itself */
};

/* What came of the scores under the request. */
struct ranking {
    struct pick *picks;
    uint32_t n;
    struct ruleset *rules; /* of the request */
    /* About one item, when `about` is not ITEM_NOWHERE: */
    uint32_t about;
    uint64_t about_rules;  /* that move it, wherever it stands */
    uint32_t hidden_by;    /* rule + 1 */
    char limited_by[RULE_TEXT_MAX];
};

/* Takes the slate's items from self->scores (or the index: self->seeking) and self->excluded: the best ones, or as the
 * request and its rules want them put together.  `out` is zeroed but for `about`; the slate gets its counts and notes. */
int recommender_rank(struct recommender *self, const struct recommender_request *request, const struct past *past,
                     struct ranking *out, struct slate *slate, struct error *err);
void ranking_release(struct ranking *self); /* zeroed is fine */
/* How many of the best it asks for first. */
uint32_t recommender_rank_first(const struct recommender_request *request);

/* How alike candidates are: by the model, or, when it cannot tell, by the share of their attributes that agree. */
enum { ALIKE_FIELDS = 16 };
struct alike {
    struct recommender *recommender;
    const uint32_t *items; /* of the candidates; borrowed */
    uint32_t n;
    struct filter_column fields[ALIKE_FIELDS];
    uint32_t n_fields;
};
int alike_init(struct alike *self, struct recommender *recommender, const uint32_t *items, uint32_t n,
               struct error *err);
void alike_to(const struct alike *self, uint32_t candidate, float *out); /* in [0, 1], for each candidate */

/* recommender_answer.c, for recommender_why.c too. */

/* How the history speaks for items: ACCOUNTS of them at a time, which is cheaper for some kinds. */
enum { ACCOUNTS = 16 };

struct account {
    double *event;         /* contribution of each event; ACCOUNTS rows of them */
    double rests[ACCOUNTS];
    double *item;          /* of each distinct item of the history, for the item in question */
    double rest, in_favour;
};

int account_init(struct account *self, const struct past *past, struct error *err);
void account_release(struct account *self);
/* Asks the model about up to ACCOUNTS items; then adds up what it said about the `which`th of them. */
void account_ask(struct account *self, const struct recommender *r, const struct past *past, const uint32_t *items,
                 uint32_t k);
void account_take(struct account *self, const struct past *past, uint32_t which);
int recommender_reason(struct recommender *self, struct slate *slate, const struct past *past,
                       const struct account *account, uint32_t which, struct recommender_reason *out,
                       struct error *err);

/* The texts of the rules whose bits are set. */
int slate_keep_rules(struct slate *self, const struct ruleset *rules, uint64_t acted, const char ***out, uint32_t *n,
                     struct error *err);
/* A copy that lives as long as the slate; NULL: out of memory. */
const char *slate_keep(struct slate *self, const char *text);
/* The model's number of the item, in *number: ITEM_NOWHERE when the model does not know it.  E_NOT_FOUND when
 * the store does not. */
int recommender_find_item(struct recommender *self, const char *identifier, uint32_t *number, struct error *err);

#endif
