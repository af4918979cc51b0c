/* keep: an answer becomes a text of the shop: is it what was asked for, what do the checks say of it, and into the store. */
#ifndef RECKON_DESCRIBE_KEEP_H
#define RECKON_DESCRIBE_KEEP_H

#include "describe/checker.h"
#include "describe/near.h"
#include "store/descriptions.h"

/* What all texts of a run have in common; everything is borrowed. */
struct keeping {
    struct store *store;
    const struct template *template;
    const char *collection, *note;
    int64_t parent; /* 0: none */
    bool publish;   /* what nothing grave was found in */
    struct near *near; /* borrowed */
    char **brands;
    size_t n_brands;
};

/* One answer. */
struct kept {
    const struct facts *facts;
    const char *provider, *model, *digest, *prompt; /* prompt: JSON, the messages */
    int64_t charge;
    int64_t description; /* set: its number, whether it is grave, and how much was found */
    bool grave;
    size_t findings;
};

/* Is that the object that was asked for?  NULL, or what is wrong. */
const char *keep_wrong_form(const struct template *template, const json_t *content);

/* Within a write transaction: checks and stores what was asked for of `content`, whatever else came. */
int keep_text(const struct keeping *self, const json_t *content, struct kept *text, struct error *err);

#endif
