/* canvas: the grid of cells that screens draw into.
 *
 * A screen knows nothing of terminals: it puts texts with a meaning (ui/style.h) into areas of a canvas, and a sink
 * shows the canvas: ui/terminal.h on a terminal, ui/plain.h as lines of text; a test just reads it.
 *
 * Every text that is drawn may be hostile: control characters, bidi controls and malformed bytes become visible
 * escapes (text_terminal_safe), characters that are not drawn are left out, wide characters take their two cells or
 * none.  Rows and columns count from 0 within the area; whatever lies outside of it, or of the canvas, is cut off,
 * so that a screen need not check.  Memory that runs out leaves blanks.  One thread at a time. */
#ifndef RECKON_UI_CANVAS_H
#define RECKON_UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/style.h"

enum { GLYPH_MAX = 22, CANVAS_SIDE_MAX = 2000 };

/* One cell. */
struct glyph {
    char text[GLYPH_MAX];  /* a cluster in UTF-8; "" : the right half of the wide one before */
    unsigned char style, over;
};

/* What lines and plots may be drawn with; each terminal that can show one can show those before it. */
enum canvas_ink { INK_ASCII, INK_BLOCK, INK_BRAILLE };

struct canvas {
    int rows, cols;
    struct glyph *glyphs;
    bool ascii;          /* draw with ASCII only; then so is ink */
    enum canvas_ink ink;
    int cursor_row, cursor_col; /* where the terminal's cursor stands; -1: it is hidden */
};

struct area {
    int row, col, rows, cols; /* on the canvas */
};

int canvas_init(struct canvas *self, int rows, int cols); /* blank; -1: out of memory */
void canvas_release(struct canvas *self);
int canvas_resize(struct canvas *self, int rows, int cols); /* blank again; on -1 it keeps its size */
void canvas_clear(struct canvas *self);
struct area canvas_area(const struct canvas *self);
const struct glyph *canvas_glyph(const struct canvas *self, int row, int col);

/* A part of an area; what sticks out is cut off. */
struct area area_part(struct area self, int row, int col, int rows, int cols);

void canvas_fill(struct canvas *self, struct area area, enum style style); /* with blanks */
void canvas_over(struct canvas *self, struct area area, enum style over);  /* highlights what is there */
void canvas_cursor(struct canvas *self, struct area area, int row, int col);

/* Draws one line of text; returns the column behind it (also of what was cut off at the right). */
int canvas_text(struct canvas *self, struct area area, int row, int col, enum style style, const char *text);
int canvas_printf(struct canvas *self, struct area area, int row, int col, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

enum canvas_align { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTRE };
/* Exactly `cols` columns: padded, or cut with an ellipsis. */
void canvas_field(struct canvas *self, struct area area, int row, int col, int cols, enum canvas_align align,
                  enum style style, const char *text);

/* Words into lines of the area's width from `row` on; returns the row behind them.  '\n' in the text ends a line. */
int canvas_wrap(struct canvas *self, struct area area, int row, enum style style, const char *text);

/* A frame with a title; returns what is inside. */
struct area canvas_box(struct canvas *self, struct area area, enum style style, const char *title);
/* A line from column 0 to the area's right edge. */
void canvas_rule(struct canvas *self, struct area area, int row, enum style style);

#endif
