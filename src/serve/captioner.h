/* captioner: captions of recommendations in answers ("Because of your interest in ..."), written in the background.
 *
 * An answer never waits: it shows what the board has (caption_board.h), else a sentence of reckon's own (describe/reasons.h).
 * Two threads look after what is missing: one asks the store, the other has written what is not there (describe/captions.h), where
 * the setting describe.captions says so, through the ledger, and pauses while nobody can write.  An item of somebody's history is
 * named to a service only when CAPTION_PEOPLE people met it. */
#ifndef RECKON_SERVE_CAPTIONER_H
#define RECKON_SERVE_CAPTIONER_H

#include "serve/call.h"
#include "serve/caption_board.h"

struct captioner;

int captioner_start(struct captioner **out, struct server *server, struct error *err);
void captioner_stop(struct captioner *self); /* before the writer; NULL is fine */

/* What a request wants of captions. */
struct caption_wishes {
    bool wanted;
    const char *language;        /* as it was asked for; NULL: the first of the setting */
    struct server *server;
    const struct settings *settings;
    const char *similar;         /* of /v1/similar: the item in view */
    const char *similar_title;
    bool *unsettled;             /* set when another caption may come in a moment, so that the answer is not kept */
};
void caption_wishes_read(struct caption_wishes *out, struct call *call);

/* ,"caption":{"text","source"}: because is an item's identifier and title; NULL when the reason names none. */
void captioner_put(struct str *out, const struct caption_wishes *wishes, enum reason_kind kind, const char *item,
                   const char *because, const char *because_title);

#endif
