/* item_text: what an item is described by, as terms: words of its title and its attributes.
 *
 * Words are runs of letters and digits, lower-cased (Latin, Greek, Cyrillic, Armenian, full-width), apostrophes
 * dropped, decimals kept whole ("1.5"), English plurals folded ("boxes" and "box" are one).  Scripts without
 * blanks (Han, Kana, Hangul, Thai, ...) give overlapping pairs of signs.  A short text attribute gives one term
 * for its value ("brand=acme ltd") and its words as well, a longer one its words; each element of a list is a
 * short text; a number gives its band of half an octave ("price~7"), so that near prices are alike; true gives
 * "name=yes".  How rare a term must be to count is the model's business.
 *
 * A term is its rng_key: models and files know no words.  Pure; a struct belongs to one thread. */
#ifndef RECKON_TRAIN_ITEM_TEXT_H
#define RECKON_TRAIN_ITEM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/dataset.h"

#define ITEM_TEXT_TERMS_MAX 2000 /* of one item; what comes after is left out */

struct item_text {
    struct item_term *terms;
    size_t n, cap;
    bool failed; /* out of memory; later calls do nothing */
};

void item_text_release(struct item_text *self); /* zeroed is fine */
void item_text_clear(struct item_text *self);   /* for the next item; keeps the memory */

void item_text_add_words(struct item_text *self, const char *text, size_t n);
void item_text_add_value(struct item_text *self, const char *name, const char *text, size_t n);
void item_text_add_trait(struct item_text *self, const char *name, const char *text, size_t n); /* the value alone */
void item_text_add_number(struct item_text *self, const char *name, double value);
/* The numbers of an embedding by that model: those of the quarter with the largest amounts, each a term of its place and sign
 * whose count's logarithm is how far its amount is above the smallest of them. */
void item_text_add_embedding(struct item_text *self, const char *model, const float *vector, size_t dim);
void item_text_add_boolean(struct item_text *self, const char *name, bool value);

/* Sorts by key and counts equal ones together; then terms[0 .. n) are what the engine takes.  E_NOMEM. */
int item_text_finish(struct item_text *self, struct error *err);

/* The words of a text, one call each, as they become terms: for tests and for people. */
typedef void (*item_word_fn)(void *context, const char *word, size_t n);
void item_text_each_word(const char *text, size_t n, item_word_fn fn, void *context);

#endif
