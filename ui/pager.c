#include "ui/pager.h"

#include <string.h>

#include "base/mem.h"

void pager_release(struct pager *self)
{
    mem_free(self->text);
    mem_free(self->lines);
    *self = (struct pager){0};
}

void pager_set(struct pager *self, char *text)
{
    size_t n = 0;
    size_t top = self->list.top;
    pager_release(self);
    if (text == NULL)
        return;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == '\n';
    self->text = text;
    self->lines = mem_alloc(n + 1, sizeof *self->lines);
    if (self->lines == NULL)
        return;
    for (char *p = text; *p != '\0';) {
        self->lines[self->list.n++] = p;
        p += strcspn(p, "\n");
        if (*p == '\n')
            *p++ = '\0';
    }
    self->list.top = self->list.at = top;
}

void pager_draw(struct pager *self, struct canvas *canvas, struct area area)
{
    list_show(&self->list, area.rows);
    for (size_t i = 0; i < self->list.rows && self->list.top + i < self->list.n; i++)
        canvas_field(canvas, area, (int)i, 0, area.cols - 1, ALIGN_LEFT, STYLE_NORMAL,
                     self->lines[self->list.top + i]);
    list_scrollbar(&self->list, canvas, area);
    self->list.at = self->list.top; /* it scrolls without a cursor */
}

bool pager_event(struct pager *self, const struct event *event)
{
    size_t most = self->list.n > self->list.rows ? self->list.n - self->list.rows : 0;
    if (!list_event(&self->list, event, true))
        return false;
    self->list.top = self->list.at = self->list.at > most ? most : self->list.at;
    return true;
}
