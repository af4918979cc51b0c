/* line: what was typed at the prompt, as words.
 *
 * Blanks separate words; '…' and "…" keep them together (within "…" a backslash makes " and \ plain), a backslash does
 * so for one character; # at the beginning of a word starts a comment.  The first | that is not quoted starts what the
 * output goes through: the rest of the line, as it is, for sh.  A word > or >> is followed by the file that gets the
 * output.  A quote that is not closed, or a backslash at the very end, wants another line. */
#ifndef RECKON_SHELL_LINE_H
#define RECKON_SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct line {
    char **words;     /* owned */
    size_t n, cap;
    char *pipe;       /* what the output goes through; NULL: nothing */
    char *file;       /* where the output goes; NULL: to the terminal */
    bool append;      /* to the end of the file */
    bool more;        /* the line is not complete; nothing else counts then */
    /* Of the last word, for completion: where it begins in the text, what it is in, and whether blanks follow it. */
    size_t last_at;
    char quote;       /* of a quote that is still open: ' or "; 0: none */
    bool apart;
};

/* Release with line_release in every case.  E_USAGE: a > without a file. */
int line_split(struct line *out, const char *text, struct error *err);
void line_release(struct line *self);

/* Puts the word as it must be typed, within the quote that is open (0: none). */
struct str;
void line_quote(struct str *out, const char *word, char quote);

#endif
