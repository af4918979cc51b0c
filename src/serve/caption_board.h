/* caption_board: captions of recommendations in bounded memory, and those that somebody has to look for or to write.
 *
 * Whoever answers asks and never waits: what is not there is noted for others, once.  A caption is true as long as its stamp is;
 * one whose stamp is old, but for changes of others only and not for long, is still shown while it is looked at again: the facts of
 * products seldom change.  When a place is wanted, whoever was asked for longest ago goes.  Thread-safe. */
#ifndef RECKON_SERVE_CAPTION_BOARD_H
#define RECKON_SERVE_CAPTION_BOARD_H

#include <stdint.h>

#include "base/error.h"
#include "recommend/item_changes.h"
#include "describe/reasons.h"

struct caption_board;

/* Identifiers; because "" when the reason names no other item. */
struct caption_key {
    enum reason_kind kind;
    const char *item, *because, *language;
};

struct caption_stamp {
    uint64_t data;        /* changes of others */
    uint64_t items;       /* changes of items by this server */
    unsigned epoch;       /* of the store */
    bool on;              /* captions are written */
};

enum caption_said {
    CAPTION_SAID,      /* it is written into the text */
    CAPTION_SAID_ONCE, /* the same, but it may be another one in a moment */
    CAPTION_NONE,      /* there is none, and there will be none as long as nothing changes */
    CAPTION_WAITS      /* there is none yet */
};

/* changes: of items by this server, borrowed: a caption is untrue when one of its own items changed. */
int caption_board_new(struct caption_board **out, struct item_changes *changes, struct error *err);
void caption_board_free(struct caption_board *self); /* NULL is fine; nobody may wait */

/* *dropped: it should be looked for, and too many wait. */
enum caption_said caption_board_ask(struct caption_board *self, const struct caption_key *key,
                                    const struct caption_stamp *now, int64_t now_ms, struct str *out, bool *dropped);

/* What was found out of a key: its items in the store (0: none such), and the caption; NULL: there is none; then, when retry_ms is
 * not 0, it is looked for again after that moment. */
struct caption_found {
    int64_t item, because;
    const char *caption;
    int64_t retry_ms;
};
void caption_board_answer(struct caption_board *self, const struct caption_key *key, const struct caption_stamp *stamp,
                          const struct caption_found *found, int64_t now_ms);

/* Two lines to wait in: what is to be looked for in the store, and what is to be written. */
enum caption_line { CAPTION_LOOK, CAPTION_WRITE, CAPTION_LINES };
bool caption_board_put(struct caption_board *self, enum caption_line line, const struct caption_key *key); /* false: full */
/* Up to `max` that wait; waits at most wait_ms for the first (with a max of 0 all that time). */
struct caption_waiting {
    struct caption_key key;
    char *texts; /* of the key; mem_free */
};
size_t caption_board_take(struct caption_board *self, enum caption_line line, struct caption_waiting *out, size_t max, int wait_ms,
                          bool *over);
void caption_board_close(struct caption_board *self); /* nobody waits any longer */

#endif
