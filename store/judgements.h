/* judgements: what a language model said of two texts about one product, kept so that the same is not asked again. */
#ifndef RECKON_STORE_JUDGEMENTS_H
#define RECKON_STORE_JUDGEMENTS_H

#include "base/str.h"
#include "store/descriptions.h"

enum judgement_verdict { JUDGEMENT_FIRST, JUDGEMENT_SECOND, JUDGEMENT_TIE, JUDGEMENT_VERDICTS };
const char *judgement_verdict_name(enum judgement_verdict verdict);

struct judgement {
    const char *digest;            /* of everything that was asked */
    int64_t first, second, charge; /* texts; charge 0: none */
    const char *provider, *model, *reason;
    enum judgement_verdict verdict;
    int64_t at;
};

/* Within a write transaction. */
int judgements_add(struct store *self, const struct judgement *judgement, struct error *err);
/* What was said to the same question; *found false: it was never asked.  reason may be NULL. */
int judgements_find(struct store *self, const char *digest, bool *found, enum judgement_verdict *verdict, struct str *reason,
                    struct error *err);

/* Which texts are compared: NAME of a collection, or TEMPLATE@VERSION; of each product the newest. */
struct judgement_side {
    char collection[COLLECTION_NAME_MAX], template[128]; /* "": any */
    int64_t version;                                     /* 0: any */
};
/* Products with a text on both sides, by their numbers. */
typedef int (*judgement_pairs_fn)(void *context, int64_t item, int64_t a, int64_t b);
int judgements_pairs(struct store *self, const struct judgement_side *a, const struct judgement_side *b,
                     judgement_pairs_fn fn, void *context, struct error *err);

#endif
