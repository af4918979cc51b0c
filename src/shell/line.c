#include "shell/line.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { WORD_MAX = 1 << 20 };

void line_release(struct line *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->words[i]);
    mem_free(self->words);
    mem_free(self->pipe);
    mem_free(self->file);
    *self = (struct line){0};
}

static int keep_word(struct line *self, struct str *word, struct error *err)
{
    if (mem_grow((void **)&self->words, &self->cap, self->n + 1, sizeof *self->words) != 0 || word->failed)
        return error_nomem(err, "the line");
    char *text = word->len > 0 ? str_take(word) : mem_strdup("");
    if (text == NULL)
        return error_nomem(err, "the line");
    self->words[self->n++] = text;
    str_clear(word);
    return 0;
}

/* One word from *at on, which stands on its first character. */
static void read_word(struct line *self, const char *text, size_t *at, struct str *word)
{
    size_t i = *at;
    self->quote = 0;
    for (; text[i] != '\0'; i++) {
        char c = text[i];
        bool escaped = c == '\\' && self->quote != '\'' &&
                       (self->quote == 0 || text[i + 1] == '"' || text[i + 1] == '\\' || text[i + 1] == '\0');
        if (escaped && text[i + 1] == '\0') {
            self->more = true;
        } else if (escaped && text[i + 1] == '\n') {
            i++; /* the line goes on */
        } else if (escaped) {
            str_putc(word, text[++i]);
        } else if (self->quote != 0 ? c == self->quote : (c == '\'' || c == '"')) {
            self->quote = self->quote != 0 ? 0 : c;
        } else if (self->quote == 0 && (strchr(" \t\r\n|", c) != NULL)) {
            break;
        } else {
            str_putc(word, c);
        }
    }
    self->more = self->more || self->quote != 0;
    *at = i;
}

/* Is the word at `at` a > or >> that nobody quoted? */
static bool is_redirection(const char *text, size_t at, size_t end)
{
    return (end - at == 1 && text[at] == '>') || (end - at == 2 && text[at] == '>' && text[at + 1] == '>');
}

static int take_file(struct line *self, bool append, struct error *err)
{
    if (self->n == 0)
        return error_set(err, E_USAGE, "the line", "has a > and no command before it");
    self->append = append;
    self->file = self->words[--self->n];
    return 0;
}

static int split(struct line *self, const char *text, struct str *word, struct error *err)
{
    size_t i = 0;
    bool wants_file = false, append = false;
    int rc = 0;
    while (rc == 0) {
        size_t blanks = strspn(text + i, " \t\r\n");
        i += blanks;
        self->apart = blanks > 0 || i == 0;
        if (text[i] == '\0' || text[i] == '#')
            break;
        if (text[i] == '|') {
            self->pipe = mem_strdup(text + i + 1);
            if (self->pipe == NULL)
                return error_nomem(err, "the line");
            break;
        }
        self->last_at = i;
        size_t from = i;
        read_word(self, text, &i, word);
        if (!self->more && is_redirection(text, from, i) && !wants_file) {
            wants_file = true;
            append = i - from == 2;
            str_clear(word);
            continue;
        }
        rc = keep_word(self, word, err);
        if (rc == 0 && wants_file && self->file == NULL)
            rc = take_file(self, append, err);
        self->apart = false;
    }
    if (rc == 0 && wants_file && self->file == NULL && !self->more) {
        error_set(err, E_USAGE, ">", "needs a file for the output");
        return error_hint(err, E_USAGE, "a > that belongs to a filter is put in quotes: 'price > 5'");
    }
    return rc;
}

int line_split(struct line *out, const char *text, struct error *err)
{
    struct str word;
    *out = (struct line){0};
    str_init(&word, WORD_MAX);
    int rc = split(out, text, &word, err);
    str_release(&word);
    return rc;
}

void line_quote(struct str *out, const char *word, char quote)
{
    for (const char *c = word; *c != '\0'; c++) {
        if (quote == '\'' && *c == '\'') {
            str_puts(out, "'\\''");
            continue;
        }
        if (quote == '"' ? strchr("\"\\", *c) != NULL : quote == 0 && strchr(" \t\"'\\|#", *c) != NULL)
            str_putc(out, '\\');
        str_putc(out, *c);
    }
}
