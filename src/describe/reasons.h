/* reasons: why an item is recommended, as the engine knows it, in words: a sentence for when nobody writes a better one, what is
 * told to whoever shall, and whether what came back says more than that.  Pure. */
#ifndef RECKON_DESCRIBE_REASONS_H
#define RECKON_DESCRIBE_REASONS_H

#include <stdbool.h>

#include "base/str.h"

/*      name       text       names another item */
#define REASON_KINDS(X)                                                                     \
    X(HISTORY, "history", true)   /* an item that the user met speaks for it most */        \
    X(POPULAR, "popular", false)  /* many people choose it */                               \
    X(MODEL, "model", false)      /* what the user met speaks for it, no single item */     \
    X(SIMILAR, "similar", true)   /* it is like the item in view */

enum reason_kind {
#define X(name, text, other) REASON_##name,
    REASON_KINDS(X)
#undef X
    REASON_COUNT
};

/* Where the other item's name belongs in a caption: it is put there as the catalogue writes it. */
#define REASON_SLOT "{because}"

const char *reason_name(enum reason_kind kind);
bool reason_find(const char *name, enum reason_kind *out);
bool reason_names_other(enum reason_kind kind);

/* The sentence of that language (de, fr, es, it, nl, pt, sv, da, else English), with the slot in it. */
const char *reason_sentence(enum reason_kind kind, const char *language);
/* What is told to whoever writes. */
const char *reason_told(enum reason_kind kind);
/* A caption with the other item's title (NULL: none) in its slot. */
int reason_fill(struct str *out, const char *caption, const char *because);

/* What the caption says that the reason does not: a phrase of it (English), or that the slot is missing, or there though the
 * reason names nothing.  NULL: nothing. */
const char *reason_overstated(enum reason_kind kind, const char *caption);

#endif
