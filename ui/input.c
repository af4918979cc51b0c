#include "ui/input.h"

#include <string.h>

#include "base/text.h"

void input_set(struct input *self, const char *text)
{
    struct event paste = {.type = EVENT_PASTE, .text = text};
    self->n = self->at = 0;
    self->text[0] = '\0';
    input_event(self, &paste);
}

static void insert(struct input *self, const char *s, size_t n)
{
    if (self->n + n >= INPUT_MAX)
        return;
    memmove(self->text + self->at + n, self->text + self->at, self->n - self->at + 1);
    memcpy(self->text + self->at, s, n);
    self->n += n;
    self->at += n;
}

static void erase(struct input *self, size_t from, size_t to)
{
    memmove(self->text + from, self->text + to, self->n - to + 1);
    self->n -= to - from;
    self->at = from;
}

static void paste(struct input *self, const char *s)
{
    size_t n = strnlen(s, INPUT_MAX);
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len == 0) {
            i++;
            continue;
        }
        if (c == '\n' || c == '\t')
            insert(self, " ", 1);
        else if (c >= 0x20 && !(c >= 0x7F && c < 0xA0))
            insert(self, s + i, len);
        i += len;
    }
}

static size_t before(const struct input *self, size_t at)
{
    while (at > 0 && ((unsigned char)self->text[--at] & 0xC0) == 0x80)
        ;
    return at;
}

static size_t behind(const struct input *self, size_t at)
{
    if (at < self->n)
        at++;
    while (at < self->n && ((unsigned char)self->text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static size_t word_before(const struct input *self, size_t at)
{
    while (at > 0 && self->text[at - 1] == ' ')
        at--;
    while (at > 0 && self->text[at - 1] != ' ')
        at--;
    return at;
}

static bool edit(struct input *self, key_code key)
{
    switch (key) {
    case K_LEFT:
    case K_CTRL('b'): self->at = before(self, self->at); return true;
    case K_RIGHT:
    case K_CTRL('f'): self->at = behind(self, self->at); return true;
    case K_HOME:
    case K_CTRL('a'): self->at = 0; return true;
    case K_END:
    case K_CTRL('e'): self->at = self->n; return true;
    case K_BACKSPACE:
    case K_CTRL('h'): erase(self, before(self, self->at), self->at); return true;
    case K_DELETE:
    case K_CTRL('d'): erase(self, self->at, behind(self, self->at)); return true;
    case K_CTRL('u'): erase(self, 0, self->at); return true;
    case K_CTRL('k'): erase(self, self->at, self->n); return true;
    case K_CTRL('w'): erase(self, word_before(self, self->at), self->at); return true;
    default: return false;
    }
}

bool input_event(struct input *self, const struct event *event)
{
    char text[5];
    if (event->type == EVENT_PASTE) {
        paste(self, event->text);
        return true;
    }
    if (event->type != EVENT_KEY)
        return false;
    if (key_text(event->key, text)) {
        insert(self, text, strlen(text));
        return true;
    }
    return edit(self, event->key);
}

void input_draw(const struct input *self, struct canvas *canvas, struct area area, int row, int col, int cols,
                bool focus)
{
    size_t from = 0;
    canvas_fill(canvas, area_part(area, row, col, 1, cols), STYLE_INPUT);
    while (text_width(self->text + from, self->at - from) >= (size_t)(cols > 1 ? cols : 1) && from < self->at)
        from = behind(self, from);
    struct area line = area_part(area, row, col, 1, cols);
    canvas_text(canvas, line, 0, 0, STYLE_INPUT, self->text + from);
    if (focus)
        canvas_cursor(canvas, line, 0, (int)text_width(self->text + from, self->at - from));
}
