/* language: which language a text is in, by its most frequent small words, and how easy English is to read.  Pure. */
#ifndef RECKON_DESCRIBE_LANGUAGE_H
#define RECKON_DESCRIBE_LANGUAGE_H

/* The code (BCP 47: "en") of the language that clearly most of the text's small words are of; NULL: it cannot be told (too
 * short, or none of those that are known: en de fr es it nl pt sv da). */
const char *language_detect(const char *text);
/* Is a text with that tag ("en-GB", "EN") in the language of that code? */
int language_same(const char *tag, const char *code);

/* Flesch's reading ease (1948): about 60 to 70 is plain English, below 30 hard; NaN: it is too short to tell. */
double language_reading_ease(const char *text);

#endif
