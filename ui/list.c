#include "ui/list.h"

void list_move(struct list *self, long by)
{
    size_t step = (size_t)(by < 0 ? -by : by);
    if (self->n == 0)
        self->at = 0;
    else if (by < 0)
        self->at = self->at > step ? self->at - step : 0;
    else
        self->at = self->n - 1 - self->at > step ? self->at + step : self->n - 1;
}

static bool key(struct list *self, key_code code)
{
    long page = self->rows > 1 ? (long)self->rows - 1 : 1;
    switch (code) {
    case K_UP: list_move(self, -1); return true;
    case K_DOWN: list_move(self, 1); return true;
    case K_PAGE_UP: list_move(self, -page); return true;
    case K_PAGE_DOWN: list_move(self, page); return true;
    case K_HOME: self->at = 0; return true;
    case K_END: list_move(self, (long)self->n); return true;
    default: return false;
    }
}

bool list_event(struct list *self, const struct event *event, bool letters)
{
    if (event->type == EVENT_WHEEL_UP || event->type == EVENT_WHEEL_DOWN) {
        list_move(self, event->type == EVENT_WHEEL_UP ? -3 : 3);
        return true;
    }
    if (event->type != EVENT_KEY)
        return false;
    if (letters && event->key == 'j')
        return key(self, K_DOWN);
    if (letters && event->key == 'k')
        return key(self, K_UP);
    if (letters && event->key == 'G')
        return key(self, K_END);
    return key(self, event->key);
}

void list_show(struct list *self, int rows)
{
    self->rows = rows > 0 ? (size_t)rows : 1;
    if (self->at >= self->n)
        self->at = self->n > 0 ? self->n - 1 : 0;
    if (self->at < self->top)
        self->top = self->at;
    if (self->at >= self->top + self->rows)
        self->top = self->at - self->rows + 1;
    if (self->top + self->rows > self->n)
        self->top = self->n > self->rows ? self->n - self->rows : 0;
}

void list_scrollbar(const struct list *self, struct canvas *canvas, struct area area)
{
    if (self->n <= self->rows || area.rows <= 0)
        return;
    size_t rows = (size_t)area.rows, size = rows * self->rows / self->n, most = self->n - self->rows;
    size = size > 0 ? size : 1;
    size_t from = (rows - size) * self->top / most;
    for (size_t r = 0; r < rows; r++) {
        bool thumb = r >= from && r < from + size;
        const char *fine = thumb ? "\xE2\x96\x88" : "\xE2\x94\x82", *plain = thumb ? "#" : "|";
        canvas_text(canvas, area, (int)r, area.cols - 1, STYLE_BORDER, canvas->ascii ? plain : fine);
    }
}
