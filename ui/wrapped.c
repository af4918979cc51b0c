#include "ui/wrapped.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

size_t wrapped_line(const char *text, size_t n, size_t from, int cols, size_t *next)
{
    size_t at = from, end = from, word = from; /* end: of the last word that has room; word: where the one behind begins */
    unsigned width = 0;
    while (at < n) {
        unsigned w;
        size_t len = text_cluster(text + at, n - at, &w);
        if (text[at] == '\n') {
            *next = at + 1;
            return text[at > from ? at - 1 : at] == ' ' ? end : at;
        }
        if (text[at] == ' ') {
            end = at > from && text[at - 1] == ' ' ? end : at;
            word = at + 1;
        } else if (width + w > (unsigned)(cols > 1 ? cols : 1)) {
            size_t cut = at > from ? at : at + len;
            *next = word > from ? word : cut;
            return word > from ? end : cut;
        }
        width += w;
        at += len;
    }
    *next = n;
    return n;
}

/* ---- with marks ------------------------------------------------------------------------------------------ */

struct marked {
    struct str text;
    struct str styles; /* a byte for each of the text's */
};

static void put(struct marked *self, const char *s, size_t n, enum style style)
{
    str_append(&self->text, s, n);
    str_pad(&self->styles, (char)style, n);
}

static void put_number(struct marked *self, unsigned number, bool ascii)
{
    static const char *const raised[] = {"\xE2\x81\xB0", "\xC2\xB9", "\xC2\xB2", "\xC2\xB3", "\xE2\x81\xB4",
                                         "\xE2\x81\xB5", "\xE2\x81\xB6", "\xE2\x81\xB7", "\xE2\x81\xB8", "\xE2\x81\xB9"};
    char digits[16];
    snprintf(digits, sizeof digits, "%u", number);
    for (const char *d = digits; *d != '\0'; d++) {
        const char *sign = raised[*d - '0'];
        put(self, ascii ? d : sign, ascii ? 1 : strlen(sign), STYLE_BAD);
    }
}

/* The mark that begins at a byte; NULL. */
static const struct wrapped_mark *mark_at(const struct wrapped_mark *marks, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        if (marks[i].from == at && marks[i].n > 0)
            return &marks[i];
    return NULL;
}

static void mark_up(struct marked *self, const char *text, const struct wrapped_mark *marks, size_t n_marks, bool ascii)
{
    size_t n = strlen(text);
    for (size_t at = 0; at < n;) {
        const struct wrapped_mark *m = mark_at(marks, n_marks, at);
        if (m == NULL) {
            put(self, text + at++, 1, STYLE_NORMAL);
            continue;
        }
        size_t len = m->n < n - at ? m->n : n - at;
        put(self, "[", 1, STYLE_BAD);
        put(self, text + at, len, STYLE_BAD);
        put(self, "]", 1, STYLE_BAD);
        put_number(self, m->number, ascii);
        at += len;
    }
}

/* Runs of one style; canvas_text makes them safe. */
static void draw_line(const struct marked *self, struct canvas *c, struct area a, int row, size_t from, size_t end)
{
    int col = 0;
    while (from < end) {
        size_t n = 1;
        char style = str_text(&self->styles)[from];
        while (from + n < end && str_text(&self->styles)[from + n] == style)
            n++;
        col = canvas_printf(c, a, row, col, (enum style)style, "%.*s", (int)n, str_text(&self->text) + from);
        from += n;
    }
}

int wrapped_draw(struct canvas *canvas, struct area area, int row, const char *text, const struct wrapped_mark *marks,
                 size_t n_marks)
{
    struct marked self;
    size_t max = 8 * strlen(text) + 64 * (n_marks + 1);
    str_init(&self.text, max);
    str_init(&self.styles, max);
    mark_up(&self, text, marks, n_marks, canvas->ascii);
    for (size_t at = 0, next; at < self.text.len && row < area.rows; at = next)
        if (!self.text.failed && !self.styles.failed) {
            size_t end = wrapped_line(str_text(&self.text), self.text.len, at, area.cols, &next);
            draw_line(&self, canvas, area, row++, at, end);
        } else {
            next = self.text.len;
        }
    str_release(&self.text);
    str_release(&self.styles);
    return row;
}
