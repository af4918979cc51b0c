/* slates: lists of recommendations that the server gave out, for as long as serve.slates-days says, and what came of
 * them: events that name the slate, about an item that was on it, after it was given out. */
#ifndef RECKON_STORE_SLATES_H
#define RECKON_STORE_SLATES_H

#include "store/store.h"

struct shown_slate {
    const char *slate;        /* its name */
    int64_t at;               /* ms */
    const char *user;         /* identifier; NULL: nobody.  Somebody whom the store does not know stays nobody */
    const char *scenario;     /* NULL: none */
    const char *model;        /* NAME@VERSION */
    const char *items;        /* JSON: identifiers in their order */
    const char *propensities; /* JSON: of each; NULL: all 1 */
    int64_t experiment;       /* that interleaved it; 0: none */
    const char *teams;        /* JSON: whose pick each is, 0 or 1; NULL: not interleaved */
};

/* Within a write transaction. */
int slates_add(struct store *self, const struct shown_slate *slate, struct error *err);
int slates_forget(struct store *self, int64_t before, struct error *err);

/* Of one model in one scenario. */
struct slate_credit {
    const char *scenario, *model; /* scenario "": none */
    int64_t slates, seen;         /* given out; of them, those of which at least one item was seen, clicked or ordered */
    int64_t impressions, clicks, orders; /* items of slates: exposed; viewed or clicked; bought.  Each counts once */
    int64_t seen_clicks;    /* of the impressions, those that were clicked */
    int64_t drawn, drawn_clicks;  /* items that were drawn for their place, of the slates seen; clicked or bought of them */
};

/* Slates given out since then, by scenario and model.  fn's non-zero answer ends it and is returned. */
typedef int (*slate_credit_fn)(void *context, const struct slate_credit *credit);
int slates_credit(struct store *self, int64_t since, slate_credit_fn fn, void *context, struct error *err);

/* Of an experiment's interleaved slates: by user, how many items of each team the user clicked, looked at, put into the
 * cart or bought; each item of a slate once.  Users who did nothing are not told. */
typedef int (*slate_teams_fn)(void *context, int64_t user, double first, double second);
int slates_teams(struct store *self, int64_t experiment, slate_teams_fn fn, void *context, struct error *err);

/* A place that was drawn, of a slate that somebody saw or did something with. */
struct drawn_place {
    const char *slate, *item;
    int64_t user;      /* 0: nobody known */
    int64_t at;        /* ms: when the slate was given out */
    double propensity; /* of the item for this place, given those above */
    bool hit;          /* the item was clicked, looked at, put into the cart or bought, from this slate */
};
/* Of slates given out since then; scenario NULL: all.  By slate; fn's non-zero answer ends it and is returned. */
typedef int (*drawn_place_fn)(void *context, const struct drawn_place *place);
int slates_drawn(struct store *self, int64_t since, const char *scenario, drawn_place_fn fn, void *context,
                 struct error *err);

#endif
