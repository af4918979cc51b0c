/* pager: text in lines that can be scrolled. */
#ifndef RECKON_UI_PAGER_H
#define RECKON_UI_PAGER_H

#include "ui/canvas.h"
#include "ui/key.h"
#include "ui/list.h"

struct pager {
    char *text;         /* owned */
    const char **lines; /* into text; owned */
    struct list list;
};

/* Takes text (mem_free); NULL: empty. */
void pager_set(struct pager *self, char *text);
void pager_release(struct pager *self);
void pager_draw(struct pager *self, struct canvas *canvas, struct area area);
bool pager_event(struct pager *self, const struct event *event);

#endif
