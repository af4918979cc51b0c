/* captions: why an item is recommended, in a sentence, written by whoever providers.toml names and grounded in the engine's own
 * reason (reasons.h).
 *
 * What is asked is made of the item's facts, the reason's kind, the other item's title, the language and the template, and what
 * comes back is kept under the digest of all that (store/captions.h): the same is never asked twice, and a fact that changes asks
 * anew.  The facts checker reads every caption against the facts of the item alone; of the other item it may say its name, which
 * the catalogue fills in.  What fails is kept as refused, and not asked again.
 *
 * Nothing of a person can get in: a reason is a kind and two items.  Which pairs may be asked is the caller's to decide
 * (CAPTION_PEOPLE); who the user was, how often or when, has no way here. */
#ifndef RECKON_DESCRIBE_CAPTIONS_H
#define RECKON_DESCRIBE_CAPTIONS_H

#include "base/job.h"
#include "describe/prompt.h"
#include "describe/reasons.h"
#include "describe/spending.h"

/* An item of somebody's history is named to others only when at least so many people met it. */
enum { CAPTION_PEOPLE = 5 };

#define CAPTION_TEMPLATE "caption" /* of the store, when there is one of that name; else the one built in */
extern const char caption_template_builtin[];

struct caption_wish {
    enum reason_kind kind;
    int64_t item, because; /* because 0: none */
    const char *language;  /* NULL: the template's */
};

/* The template in force; template_free. */
int captions_template(struct store *store, struct template **out, struct error *err);

/* What would be asked.  E_BAD_DATA: nothing is known of the item. */
struct caption_ask {
    struct facts facts;
    struct str because; /* the other item's title */
    struct prompt prompt;
    char digest[65];
};
int caption_ask_make(struct caption_ask *out, struct store *store, const struct template *template,
                     const struct caption_wish *wish, struct error *err);
void caption_ask_release(struct caption_ask *self);

enum caption_end { CAPTION_KNOWN, CAPTION_WRITTEN, CAPTION_REFUSED, CAPTION_UNTOLD, CAPTION_FAILED, CAPTION_ENDS };
const char *caption_end_name(enum caption_end end);

/* One came to its end.  `caption` (of KNOWN and WRITTEN) has the slot in it; borrowed. */
struct caption_news {
    size_t wish; /* which */
    enum caption_end end;
    bool answered; /* of one that failed: the service did answer, and it would again */
    const char *identifier, *because, *caption, *why;
};
typedef int (*caption_fn)(void *context, const struct caption_news *news);

struct captions_run {
    const struct hand *hand;           /* its store is read */
    const struct providers *providers; /* NULL: only what is known already */
    const char *team, *phase;
    int64_t job;
    unsigned in_flight;                /* 0: as many as the providers allow */
    struct spending spent;             /* what came of it */
    int64_t ends[CAPTION_ENDS];
};
/* 0 when every one came to its end, whatever it was; E_REFUSED: a budget is used up; E_CANCELLED; what the store says. */
int captions_write(struct captions_run *run, const struct caption_wish *wishes, size_t n, caption_fn fn, void *context,
                   struct job *job, struct error *err);

#endif
