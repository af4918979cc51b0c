#include "ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 1 << 16 };

int canvas_init(struct canvas *self, int rows, int cols)
{
    *self = (struct canvas){.cursor_row = -1};
    return canvas_resize(self, rows, cols);
}

void canvas_release(struct canvas *self)
{
    mem_free(self->glyphs);
    self->glyphs = NULL;
    self->rows = self->cols = 0;
}

static int within(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

int canvas_resize(struct canvas *self, int rows, int cols)
{
    rows = within(rows, 1, CANVAS_SIDE_MAX);
    cols = within(cols, 1, CANVAS_SIDE_MAX);
    struct glyph *glyphs = mem_alloc((size_t)rows * (size_t)cols, sizeof *glyphs);
    if (glyphs == NULL)
        return -1;
    mem_free(self->glyphs);
    self->glyphs = glyphs;
    self->rows = rows;
    self->cols = cols;
    canvas_clear(self);
    return 0;
}

struct area canvas_area(const struct canvas *self)
{
    return (struct area){0, 0, self->rows, self->cols};
}

struct area area_part(struct area self, int row, int col, int rows, int cols)
{
    row = within(row, 0, self.rows);
    col = within(col, 0, self.cols);
    return (struct area){self.row + row, self.col + col, within(rows, 0, self.rows - row),
                         within(cols, 0, self.cols - col)};
}

static struct glyph *at(const struct canvas *self, int row, int col)
{
    return &self->glyphs[(size_t)row * (size_t)self->cols + (size_t)col];
}

const struct glyph *canvas_glyph(const struct canvas *self, int row, int col)
{
    return at(self, row, col);
}

static void blank(struct glyph *g, enum style style)
{
    *g = (struct glyph){.text = " ", .style = (unsigned char)style};
}

/* The area as far as it lies on the canvas. */
static struct area clip(const struct canvas *self, struct area a)
{
    int bottom = within(a.row + a.rows, 0, self->rows), right = within(a.col + a.cols, 0, self->cols);
    a.row = within(a.row, 0, self->rows);
    a.col = within(a.col, 0, self->cols);
    a.rows = bottom > a.row ? bottom - a.row : 0;
    a.cols = right > a.col ? right - a.col : 0;
    return a;
}

/* A wide character that is half painted over is no more. */
static void break_wide(struct canvas *self, int row, int col)
{
    if (at(self, row, col)->text[0] == '\0' && col > 0)
        strcpy(at(self, row, col - 1)->text, " ");
    if (col + 1 < self->cols && at(self, row, col + 1)->text[0] == '\0')
        strcpy(at(self, row, col + 1)->text, " ");
}

void canvas_fill(struct canvas *self, struct area area, enum style style)
{
    struct area a = clip(self, area);
    for (int r = a.row; r < a.row + a.rows; r++)
        for (int c = a.col; c < a.col + a.cols; c++) {
            break_wide(self, r, c);
            blank(at(self, r, c), style);
        }
}

void canvas_clear(struct canvas *self)
{
    for (int r = 0; r < self->rows; r++)
        for (int c = 0; c < self->cols; c++)
            blank(at(self, r, c), STYLE_NORMAL);
    self->cursor_row = self->cursor_col = -1;
}

void canvas_over(struct canvas *self, struct area area, enum style over)
{
    struct area a = clip(self, area);
    for (int r = a.row; r < a.row + a.rows; r++)
        for (int c = a.col; c < a.col + a.cols; c++)
            at(self, r, c)->over = (unsigned char)over;
}

void canvas_cursor(struct canvas *self, struct area area, int row, int col)
{
    struct area a = clip(self, area);
    if (row < 0 || col < 0 || row >= a.rows || col >= a.cols)
        return;
    self->cursor_row = a.row + row;
    self->cursor_col = a.col + col;
}

/* Characters of no width that stay: marks.  Joiners, selectors and other invisible ones would only make terminals
 * disagree on where the next cell is. */
static bool is_drawn_mark(uint32_t c)
{
    bool invisible = (c >= 0x200B && c <= 0x200F) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
                     c == 0xFEFF || c == 0x061C || c == 0x180E || c >= 0xE0000;
    return !invisible;
}

/* A cluster without what is not drawn, at most four marks; false when nothing is left of it. */
static bool keep_drawn(char out[GLYPH_MAX], const char *s, size_t n, unsigned width, bool ascii)
{
    size_t used = 0;
    int marks = 0;
    if (width == 0)
        out[used++] = ' '; /* a mark with nothing to stand on */
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t len = text_utf8_decode(s + i, n - i, &c);
        if (len == 0)
            return false;
        bool mark = text_char_width(c) == 0;
        if (!mark || (is_drawn_mark(c) && marks++ < 4)) {
            if (used + len >= GLYPH_MAX)
                break;
            memcpy(out + used, s + i, len);
            used += len;
        }
        i += len;
    }
    out[used] = '\0';
    if (width == 0 && used == 1)
        return false;
    if (ascii && (unsigned char)out[0] >= 0x80)
        strcpy(out, "?");
    else if (ascii)
        out[1] = '\0';
    return true;
}

static void put_glyph(struct canvas *self, int row, int col, unsigned width, enum style style, const char *text)
{
    struct glyph *g = at(self, row, col);
    break_wide(self, row, col);
    if (width == 2)
        break_wide(self, row, col + 1);
    *g = (struct glyph){.style = (unsigned char)style};
    strcpy(g->text, text);
    if (width == 2)
        *at(self, row, col + 1) = (struct glyph){.style = (unsigned char)style};
}

/* Safe text; columns [col, col_end) of the area; returns the column behind the text. */
static int put_text(struct canvas *self, struct area area, int row, int col, int col_end, enum style style,
                    const char *s, size_t n)
{
    struct area a = clip(self, area);
    int shift = a.col - area.col, down = a.row - area.row;
    if (row < down || row >= down + a.rows || n == 0)
        return col;
    for (size_t i = 0; i < n && col < col_end;) {
        unsigned width;
        char text[GLYPH_MAX];
        size_t len = text_cluster(s + i, n - i, &width);
        if (keep_drawn(text, s + i, len, width, self->ascii)) {
            int w = width == 0 ? 1 : (int)width;
            if (col + w > col_end)
                return col_end;
            if (col >= shift && col + w <= shift + a.cols) {
                bool pair = self->ascii && w == 2; /* two signs instead of a wide one */
                put_glyph(self, area.row + row, area.col + col, pair ? 1 : (unsigned)w, style, text);
                if (pair)
                    put_glyph(self, area.row + row, area.col + col + 1, 1, style, text);
            }
            col += w;
        }
        i += len;
    }
    return col;
}

/* The text made safe, not more of it than `cols` columns can need; str_release. */
static void make_safe(struct str *out, const char *text, size_t cols)
{
    size_t most = cols * 32 + 64, n = strnlen(text, most);
    while (n > 0 && n == most && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--; /* not within a character */
    str_init(out, LINE_MAX_BYTES * 16);
    text_terminal_safe(out, text, n);
}

int canvas_text(struct canvas *self, struct area area, int row, int col, enum style style, const char *text)
{
    struct str safe;
    make_safe(&safe, text, (size_t)within(area.cols, 0, CANVAS_SIDE_MAX));
    int behind = put_text(self, area, row, col, area.cols, style, str_text(&safe), safe.len);
    str_release(&safe);
    return behind;
}

int canvas_printf(struct canvas *self, struct area area, int row, int col, enum style style, const char *fmt, ...)
{
    struct str text;
    va_list ap;
    str_init(&text, LINE_MAX_BYTES);
    va_start(ap, fmt);
    str_vprintf(&text, fmt, ap);
    va_end(ap);
    int behind = canvas_text(self, area, row, col, style, str_text(&text));
    str_release(&text);
    return behind;
}

void canvas_field(struct canvas *self, struct area area, int row, int col, int cols, enum canvas_align align,
                  enum style style, const char *text)
{
    if (cols <= 0)
        return;
    struct str safe;
    make_safe(&safe, text, (size_t)cols);
    int width = (int)text_width(str_text(&safe), safe.len), end = col + cols;
    canvas_fill(self, area_part(area, row, col, 1, cols), style);
    if (width <= cols) {
        int pad = align == ALIGN_RIGHT ? cols - width : align == ALIGN_CENTRE ? (cols - width) / 2 : 0;
        put_text(self, area, row, col + pad, end, style, str_text(&safe), safe.len);
    } else {
        int behind = put_text(self, area, row, col, end - 1, style, str_text(&safe), safe.len);
        const char *dots = self->ascii ? "~" : "\xE2\x80\xA6";
        put_text(self, area, row, behind < end ? behind : end - 1, end, style, dots, strlen(dots));
    }
    str_release(&safe);
}

int canvas_wrap(struct canvas *self, struct area area, int row, enum style style, const char *text)
{
    if (area.cols <= 0)
        return row;
    int col = 0;
    for (const char *p = text; *p != '\0' && row < area.rows;) {
        size_t n = strcspn(p, " \n");
        char word[512];
        if (n >= sizeof word)
            n = sizeof word - 1;
        memcpy(word, p, n);
        word[n] = '\0';
        int width = (int)text_width(word, n);
        if (col > 0 && col + 1 + width > area.cols)
            row++, col = 0;
        if (n > 0) { /* (counted here: what is out of sight is not drawn) */
            col += col > 0;
            canvas_text(self, area, row, col, style, word);
            col += width;
        }
        p += n;
        if (*p == '\n')
            row++, col = 0;
        if (*p == ' ' || *p == '\n')
            p++;
    }
    return row + (col > 0);
}

void canvas_rule(struct canvas *self, struct area area, int row, enum style style)
{
    for (int c = 0; c < area.cols; c++)
        canvas_text(self, area, row, c, style, self->ascii ? "-" : "\xE2\x94\x80");
}

struct area canvas_box(struct canvas *self, struct area area, enum style style, const char *title)
{
    static const char *const fine[] = {"\xE2\x94\x8C", "\xE2\x94\x90", "\xE2\x94\x94", "\xE2\x94\x98", "\xE2\x94\x80",
                                       "\xE2\x94\x82"};
    static const char *const plain[] = {"+", "+", "+", "+", "-", "|"};
    const char *const *sign = self->ascii ? plain : fine;
    int bottom = area.rows - 1, right = area.cols - 1;
    canvas_fill(self, area, STYLE_NORMAL);
    for (int c = 1; c < right; c++) {
        canvas_text(self, area, 0, c, style, sign[4]);
        canvas_text(self, area, bottom, c, style, sign[4]);
    }
    for (int r = 1; r < bottom; r++) {
        canvas_text(self, area, r, 0, style, sign[5]);
        canvas_text(self, area, r, right, style, sign[5]);
    }
    canvas_text(self, area, 0, 0, style, sign[0]);
    canvas_text(self, area, 0, right, style, sign[1]);
    canvas_text(self, area, bottom, 0, style, sign[2]);
    canvas_text(self, area, bottom, right, style, sign[3]);
    if (title != NULL && area.cols > 6) {
        int width = (int)text_width(title, strlen(title));
        width = width > area.cols - 6 ? area.cols - 6 : width;
        canvas_text(self, area, 0, 2, STYLE_TITLE, " ");
        canvas_field(self, area, 0, 3, width, ALIGN_LEFT, STYLE_TITLE, title);
        canvas_text(self, area, 0, 3 + width, STYLE_TITLE, " ");
    }
    return area_part(area, 1, 2, area.rows - 2, area.cols - 4);
}
