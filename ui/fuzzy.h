/* fuzzy: how well a text fits what was typed: letters in order, not necessarily together. */
#ifndef RECKON_UI_FUZZY_H
#define RECKON_UI_FUZZY_H

/* Words of `typed` (with blanks between them) must all occur; a word fits better at the start of a word of the text, and
 * with its letters together.  -1: it does not fit; else the larger, the better.  Letters of either case are alike. */
int fuzzy_score(const char *typed, const char *text);

#endif
