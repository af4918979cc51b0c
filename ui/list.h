/* list: a cursor in a list that may be longer than its place: moving, scrolling. */
#ifndef RECKON_UI_LIST_H
#define RECKON_UI_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/key.h"

struct list {
    size_t n, at;     /* lines, and the one with the cursor */
    size_t top, rows; /* the first that is seen, and how many are: set by list_show */
};

void list_move(struct list *self, long by); /* stops at the ends */
/* Arrows, page keys, home and end; with `letters` also j, k and G.  Wheel.  False: not for it. */
bool list_event(struct list *self, const struct event *event, bool letters);
/* Scrolls so that the cursor is seen in `rows` lines. */
void list_show(struct list *self, int rows);
/* A mark at the right edge of the area that tells how much is above and below. */
void list_scrollbar(const struct list *self, struct canvas *canvas, struct area area);

#endif
