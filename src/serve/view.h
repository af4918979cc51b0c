/* view: everything that a request is answered from, but the store: settings, keys, the models.
 *
 * Immutable, and shared by reference counting; the server has one current view, swapped under a short lock.  A
 * request holds the view that it began with until it has been answered, so that whatever changes meanwhile, its
 * answer is of one piece; the view (and a model that only it knew) goes with its last reader. */
#ifndef RECKON_SERVE_VIEW_H
#define RECKON_SERVE_VIEW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"
#include "experiment/book.h"
#include "store/keys.h"

struct policy;
struct recommender_core;
struct texts;

struct view_key {
    int64_t key, expires; /* expires 0: never */
    unsigned roles;
    unsigned char hash[KEY_HASH];
};

/* A model as scenarios name it ("ease", "ease@2"). */
struct view_named {
    const char *spec; /* of the policy */
    struct recommender_core *core;
};

struct view {
    atomic_uint holders;
    uint64_t generation;      /* of views: 1, 2, ... */
    struct settings settings;
    struct view_key *keys;    /* those not revoked, by number */
    size_t n_keys;
    unsigned dialects;        /* that are spoken (dialect.h) */
    bool any_key;             /* there is, or was, one: then nobody is let in without */
    struct recommender_core *core;         /* NULL: there is no model, or it cannot be loaded */
    struct recommender_core *similar_core; /* that can tell which items are alike; NULL: there is none */
    struct recommender_core *placer; /* that places new items by their descriptions; NULL: there is none */
    struct policy *policy;    /* rule sets and scenarios in force */
    struct book book;         /* experiments */
    struct texts *texts;      /* about items, that are published */
    int64_t changes_at;       /* ms: when they mean something else by themselves */
    struct view_named *named; /* what scenarios name, as far as it can be had */
    size_t n_named;
    char core_problem[400];   /* why, for people */
    char model[96];           /* "blend@3", "" */
};

struct view_slot {
    pthread_mutex_t lock;
    struct view *current;
};

void view_slot_init(struct view_slot *self);
void view_slot_release(struct view_slot *self);
struct view *view_hold(struct view_slot *self); /* NULL before the first view */
void view_release(struct view *self);           /* NULL is fine */
/* Takes over `next`; the former view is let go. */
void view_swap(struct view_slot *self, struct view *next);

/* A new view: settings and keys as they are now, and the models and texts of `former` (may be NULL) as far as the store
 * says the same and `same_store`.  What cannot be read is an error and no view; a model that cannot be loaded is not: then
 * the former one goes on answering, or nobody. */
int view_build(struct view **out, struct store *store, const struct settings *settings, unsigned dialects,
               const struct view *former, bool same_store, struct error *err);

/* Is it one of the models that the view keeps? */
bool view_has_core(const struct view *self, const struct recommender_core *core);

/* The key of a token; NULL: it is none, or it has ended.  Compares in constant time. */
const struct view_key *view_find_key(const struct view *self, const char *token, size_t n, int64_t now_ms);

#endif
