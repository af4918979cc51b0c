/* lexicon: English words by which texts about products claim something: materials, colours, sizes, qualities, places.
 *
 * A word belongs to a group; words of a group mean the same here.  A group may be a kind of another: who knows that
 * something is oak may say that it is wood, but not the other way round.  Words are compared by their stems.  Pure. */
#ifndef RECKON_DESCRIBE_LEXICON_H
#define RECKON_DESCRIBE_LEXICON_H

#include <stddef.h>

enum lexicon_class { LEXICON_MATERIAL, LEXICON_COLOUR, LEXICON_SIZE, LEXICON_QUALITY, LEXICON_PLACE, LEXICON_CLASSES };

struct lexicon_group {
    enum lexicon_class class;
    const char *words;  /* with blanks between them; of a phrase with '-': "wireless cordless", "dishwasher-safe" */
    const char *kinds;  /* first words of groups that this is a kind of, with blanks; "" */
};

extern const struct lexicon_group lexicon_groups[];
extern const size_t lexicon_n_groups;

enum { LEXICON_STEM_MAX = 32 };

/* The stem of an English word of n bytes, in lower case: "Hearts" is "heart", "padded" is "padd".  Cut to fit. */
void lexicon_stem(const char *word, size_t n, char out[LEXICON_STEM_MAX]);

/* The group that holds the stem, or the phrase of stems with '-' between them; -1: none. */
int lexicon_find(const char *stem);
/* Does knowing of group `known` allow to speak of `said`: the same, or what it is a kind of? */
int lexicon_allows(int known, int said);

/* A number word ("two", "dozen"): its value; negative: it is none. */
double lexicon_number(const char *stem);

#endif
