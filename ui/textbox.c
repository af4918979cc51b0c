#include "ui/textbox.h"

#include <string.h>

#include "base/text.h"
#include "ui/wrapped.h"

enum { PAGE = 8 };

/* ---- lines ----------------------------------------------------------------------------------------------- */

/* A line: its number, where it begins, where the cursor can stand last, and where the next one begins. */
struct place {
    size_t line, from, last, next;
    bool ends; /* by a '\n' */
};

/* The line that begins at p->from.  The cursor can stand before its '\n', or before the next line's first character. */
static void look(const struct textbox *self, struct place *p)
{
    wrapped_line(self->text, self->n, p->from, self->cols, &p->next);
    p->ends = p->next > p->from && self->text[p->next - 1] == '\n';
    p->last = p->next == self->n && !p->ends ? p->next : p->next > p->from ? p->next - 1 : p->next;
}

static bool step(const struct textbox *self, struct place *p) /* false: it is the last one */
{
    if (p->next >= self->n && !p->ends)
        return false;
    p->from = p->next;
    p->line++;
    look(self, p);
    return true;
}

/* The first line that is `line`, or on which the byte `at` is; else the last one. */
static struct place walk(const struct textbox *self, size_t line, size_t at)
{
    struct place p = {0};
    look(self, &p);
    while (p.line < line && at > p.last && step(self, &p))
        ;
    return p;
}

static struct place place_of_line(const struct textbox *self, size_t line)
{
    return walk(self, line, SIZE_MAX);
}

static struct place place_of(const struct textbox *self, size_t at)
{
    return walk(self, SIZE_MAX, at);
}

int textbox_rows(const struct textbox *self, int cols)
{
    struct textbox copy = *self;
    copy.cols = cols;
    return (int)place_of_line(&copy, SIZE_MAX).line + 1;
}

/* ---- changes --------------------------------------------------------------------------------------------- */

static void insert(struct textbox *self, const char *s, size_t n)
{
    if (self->n + n >= TEXTBOX_MAX)
        return;
    memmove(self->text + self->at + n, self->text + self->at, self->n - self->at + 1);
    memcpy(self->text + self->at, s, n);
    self->n += n;
    self->at += n;
}

static void erase(struct textbox *self, size_t from, size_t to)
{
    memmove(self->text + from, self->text + to, self->n - to + 1);
    self->n -= to - from;
    self->at = from;
}

static size_t behind(const struct textbox *self, size_t at)
{
    unsigned width;
    return at + text_cluster(self->text + at, self->n - at, &width);
}

static size_t before(const struct textbox *self, size_t at)
{
    if (at == 0)
        return 0;
    size_t from = place_of(self, at - 1).from;
    for (size_t next; (next = behind(self, from)) < at; from = next)
        ;
    return from;
}

static size_t word_before(const struct textbox *self)
{
    size_t at = self->at;
    while (at > 0 && (self->text[at - 1] == ' ' || self->text[at - 1] == '\n'))
        at--;
    while (at > 0 && self->text[at - 1] != ' ' && self->text[at - 1] != '\n')
        at--;
    return at;
}

static void paste(struct textbox *self, const char *s)
{
    for (size_t n = strnlen(s, TEXTBOX_MAX), i = 0; i < n;) {
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len == 0 || (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0)) {
            i += len > 0 ? len : 1;
            continue;
        }
        insert(self, c == '\t' ? " " : s + i, len);
        i += len;
    }
}

void textbox_set(struct textbox *self, const char *text)
{
    *self = (struct textbox){.cols = self->cols > 0 ? self->cols : 80};
    paste(self, text);
}

/* ---- keys ------------------------------------------------------------------------------------------------ */

static void move_lines(struct textbox *self, long by)
{
    struct place here = place_of(self, self->at);
    size_t to = by < 0 && here.line < (size_t)-by ? 0 : (size_t)((long)here.line + by);
    struct place there = place_of_line(self, to);
    size_t col = text_width(self->text + here.from, self->at - here.from), at = there.from, done = 0;
    while (at < there.last) {
        unsigned width;
        size_t len = text_cluster(self->text + at, self->n - at, &width);
        if (done + width > col)
            break;
        done += width;
        at += len;
    }
    self->at = there.line == here.line && by > 0 ? self->n : there.line == here.line && by < 0 ? 0 : at;
}

static bool edit_key(struct textbox *self, key_code key)
{
    struct place here = place_of(self, self->at);
    switch (key) {
    case K_BACKSPACE: case K_CTRL('h'):
        erase(self, before(self, self->at), self->at);
        return true;
    case K_DELETE: case K_CTRL('d'):
        if (self->at < self->n)
            erase(self, self->at, behind(self, self->at));
        return true;
    case K_CTRL('w'):
        erase(self, word_before(self), self->at);
        return true;
    case K_CTRL('u'):
        erase(self, here.from, self->at);
        return true;
    case K_CTRL('k'):
        erase(self, self->at, here.last);
        return true;
    case K_ENTER:
        insert(self, "\n", 1);
        return true;
    default:
        return false;
    }
}

static bool move_key(struct textbox *self, key_code key)
{
    struct place here = place_of(self, self->at);
    switch (key) {
    case K_LEFT: case K_CTRL('b'):
        self->at = before(self, self->at);
        return true;
    case K_RIGHT: case K_CTRL('f'):
        self->at = self->at < self->n ? behind(self, self->at) : self->at;
        return true;
    case K_HOME: case K_CTRL('a'):
        self->at = here.from;
        return true;
    case K_END: case K_CTRL('e'):
        self->at = here.last;
        return true;
    case K_UP: case K_DOWN:
        move_lines(self, key == K_UP ? -1 : 1);
        return true;
    case K_PAGE_UP: case K_PAGE_DOWN:
        move_lines(self, key == K_PAGE_UP ? -PAGE : PAGE);
        return true;
    default:
        return false;
    }
}

bool textbox_event(struct textbox *self, const struct event *event)
{
    char text[5];
    if (event->type == EVENT_PASTE) {
        paste(self, event->text);
        return true;
    }
    if (event->type != EVENT_KEY)
        return false;
    if (edit_key(self, event->key) || move_key(self, event->key))
        return true;
    if (!key_text(event->key, text))
        return false;
    insert(self, text, strlen(text));
    return true;
}

void textbox_draw(struct textbox *self, struct canvas *canvas, struct area area, bool focus)
{
    self->cols = area.cols > 1 ? area.cols - 1 : 1; /* the cursor may stand behind the last character */
    struct place here = place_of(self, self->at);
    size_t rows = area.rows > 0 ? (size_t)area.rows : 1;
    if (here.line < self->top)
        self->top = here.line;
    if (here.line >= self->top + rows)
        self->top = here.line - rows + 1;
    canvas_fill(canvas, area, STYLE_INPUT);
    struct place p = place_of_line(self, self->top);
    for (size_t row = 0; row < rows; row++) {
        canvas_printf(canvas, area, (int)row, 0, STYLE_INPUT, "%.*s", (int)(p.last - p.from), self->text + p.from);
        if (!step(self, &p))
            break;
    }
    if (focus)
        canvas_cursor(canvas, area, (int)(here.line - self->top),
                      (int)text_width(self->text + here.from, self->at - here.from));
}
