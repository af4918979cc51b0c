#include "ui/terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "ui/guard.h"

enum {
    CODE_PASTE = KEY_MAX + 1,
    CODE_PASTE_END,
    CODE_WHEN_IDLE,
    CODE_WHEN_DRAWN,
    ESCAPE_DELAY_MS = 25,
    PASTE_MAX = 1 << 16,
    COPY_MAX = 1 << 17,
    DOUBLE_CLICK_MS = 400
};

/* Synchronized output off, mouse off, paste plain, bidi as the terminal likes, cursor and screen back. */
#define UNDO "\033[?2026l\033[?1006l\033[?1000l\033[?2004l\033[8h\033[0m\033[?1049l\033[?25h"

/* After endwin.  A terminal may take back with the screen what the cursor was like when ncurses last saved its place, which
 * is hidden (libvterm, and with it Neovim's and Emacs's, keep that with DECSC); ncurses knows it as visible and says nothing. */
#define CURSOR_BACK "\033[?25h"

struct terminal {
    int fd;
    FILE *in, *out;
    SCREEN *screen;
    struct terminal_options options;
    int colours;
    struct canvas shown;
    bool from_scratch;
    bool pasting;
    struct str paste;
    int click_row, click_col;
    int64_t click_ms;
};

/* ---- opening and closing ------------------------------------------------------------------------------- */

static int open_tty(struct error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        return fd;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && (fd = dup(STDIN_FILENO)) >= 0)
        return fd;
    error_set(err, E_USAGE, "the console", "there is no terminal to open it on");
    return error_hint(err, E_USAGE, "`reckon console --plain` works without, `reckon console --once` prints one frame");
}

static int check_terminal(int fd, struct error *err)
{
    int status = 0;
    const char *term = getenv("TERM");
    bool known = term != NULL && term[0] != '\0' && setupterm(NULL, fd, &status) == OK;
    bool able = known && cursor_address != NULL;
    if (known)
        del_curterm(cur_term); /* newterm makes its own */
    if (able)
        return 0;
    if (term == NULL || term[0] == '\0')
        error_set(err, E_USAGE, "TERM", "is not set: it says what the terminal can do");
    else if (!known)
        error_set(err, E_USAGE, "TERM", "'%s' is no terminal that this system knows", term);
    else
        error_set(err, E_USAGE, "TERM", "a terminal of type '%s' cannot move its cursor", term);
    return error_hint(err, E_USAGE, "set TERM (most terminals are xterm-256color), or use `reckon console --plain`");
}

static void say(struct terminal *self, const char *text)
{
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t done = write(self->fd, text, n);
        if (done < 0 && errno != EINTR)
            return;
        if (done > 0)
            text += done, n -= (size_t)done;
    }
}

static void define_codes(const struct terminal *self)
{
    define_key("\033[200~", CODE_PASTE);
    define_key("\033[201~", CODE_PASTE_END);
    if (self->options.reports) {
        define_key("\033[777~", CODE_WHEN_IDLE);
        define_key("\033[778~", CODE_WHEN_DRAWN);
    }
}

static int count_colours(const struct terminal *self)
{
    if (!has_colors() || self->options.colours == 0)
        return 0;
    int n = COLORS;
    return self->options.colours > 0 && self->options.colours < n ? self->options.colours : n;
}

static void switch_on(struct terminal *self)
{
    say(self, "\033[?2004h\033[8l"); /* pastes are marked; text is shown in the order of its cells */
    if (self->options.mouse)
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

/* Is TERM-direct, which takes colours as they are, to be used instead of TERM-256color?  Where the terminal says that it shows
 * them (COLORTERM) and terminfo knows it (Debian: ncurses-term). */
static bool find_direct(const struct terminal *self, char *name, size_t size)
{
    const char *term = getenv("TERM"), *says = getenv("COLORTERM");
    bool shows = says != NULL && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0);
    int known = 0;
    if (!shows || term == NULL || !text_ends_with(term, "-256color") || (self->options.colours >= 0 && self->options.colours <= 256))
        return false;
    snprintf(name, size, "%.*s-direct", (int)(strlen(term) - strlen("-256color")), term);
    bool found = setupterm(name, fileno(self->out), &known) == OK && known == 1;
    if (found)
        del_curterm(cur_term);
    return found;
}

static int start_curses(struct terminal *self, struct error *err)
{
    char direct[64];
    self->in = fdopen(dup(self->fd), "r");
    self->out = fdopen(dup(self->fd), "w");
    guard_undo(UNDO);
    bool is_direct = self->out != NULL && find_direct(self, direct, sizeof direct);
    self->screen = self->in != NULL && self->out != NULL ? newterm(is_direct ? direct : NULL, self->out, self->in) : NULL;
    if (self->screen == NULL)
        return error_set(err, E_IO, "the terminal", "ncurses cannot use it");
    set_escdelay(ESCAPE_DELAY_MS);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    mouseinterval(0);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    self->colours = count_colours(self);
    define_codes(self);
    switch_on(self);
    int rows, cols;
    terminal_size(self, &rows, &cols);
    resizeterm(rows, cols);
    return canvas_init(&self->shown, rows, cols) == 0 ? 0 : error_nomem(err, "the console");
}

int terminal_open(struct terminal **out, const struct terminal_options *options, struct error *err)
{
    struct terminal *self = mem_zalloc(1, sizeof *self);
    if (self == NULL)
        return error_nomem(err, "the console");
    self->options = *options;
    self->from_scratch = true;
    str_init(&self->paste, PASTE_MAX);
    int rc = self->fd = open_tty(err);
    if (rc >= 0)
        rc = check_terminal(self->fd, err);
    if (rc == 0)
        rc = guard_begin(self->fd, options->report_dir, err);
    if (rc == 0)
        rc = start_curses(self, err);
    if (rc != 0)
        terminal_close(self);
    else
        *out = self;
    return rc;
}

void terminal_close(struct terminal *self)
{
    if (self == NULL)
        return;
    if (self->screen != NULL) {
        mousemask(0, NULL);
        endwin();
        say(self, CURSOR_BACK);
        delscreen(self->screen);
    }
    guard_end();
    if (self->in != NULL)
        fclose(self->in);
    if (self->out != NULL)
        fclose(self->out);
    if (self->fd >= 0)
        close(self->fd);
    canvas_release(&self->shown);
    str_release(&self->paste);
    mem_free(self);
}

int terminal_fd(const struct terminal *self)
{
    return self->fd;
}

void terminal_size(const struct terminal *self, int *rows, int *cols)
{
    struct winsize size;
    bool known = ioctl(self->fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    *rows = known ? size.ws_row : 24;
    *cols = known ? size.ws_col : 80;
    *rows = *rows < CANVAS_SIDE_MAX ? *rows : CANVAS_SIDE_MAX;
    *cols = *cols < CANVAS_SIDE_MAX ? *cols : CANVAS_SIDE_MAX;
}

/* ---- input --------------------------------------------------------------------------------------------- */

static key_code translate(int code)
{
    static const struct {
        int curses;
        key_code key;
    } keys[] = {
        {KEY_UP, K_UP}, {KEY_DOWN, K_DOWN}, {KEY_LEFT, K_LEFT}, {KEY_RIGHT, K_RIGHT}, {KEY_PPAGE, K_PAGE_UP},
        {KEY_NPAGE, K_PAGE_DOWN}, {KEY_HOME, K_HOME}, {KEY_END, K_END}, {KEY_IC, K_INSERT}, {KEY_DC, K_DELETE},
        {KEY_BTAB, K_BACK_TAB}, {KEY_BACKSPACE, K_BACKSPACE}, {KEY_ENTER, K_ENTER}, {KEY_F(1), K_F1},
        {KEY_F(2), K_F2}, {KEY_F(3), K_F3}, {KEY_F(4), K_F4}, {KEY_F(5), K_F5}, {KEY_F(6), K_F6}, {KEY_F(7), K_F7},
        {KEY_F(8), K_F8}, {KEY_F(9), K_F9}, {KEY_F(10), K_F10}, {KEY_F(11), K_F11}, {KEY_F(12), K_F12},
        {KEY_FIND, K_HOME}, {KEY_SELECT, K_END}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].curses == code)
            return keys[i].key;
    return 0;
}

static bool take_mouse(struct terminal *self, struct event *event)
{
    MEVENT m;
    if (getmouse(&m) != OK)
        return false;
    event->row = m.y;
    event->col = m.x;
    if (m.bstate & BUTTON4_PRESSED) {
        event->type = EVENT_WHEEL_UP;
    } else if (m.bstate & BUTTON5_PRESSED) {
        event->type = EVENT_WHEEL_DOWN;
    } else if (m.bstate & BUTTON1_PRESSED) {
        int64_t now = clock_monotonic_ms();
        bool again = m.y == self->click_row && m.x == self->click_col && now - self->click_ms < DOUBLE_CLICK_MS;
        event->type = again ? EVENT_DOUBLE_CLICK : EVENT_CLICK;
        self->click_row = m.y;
        self->click_col = m.x;
        self->click_ms = again ? 0 : now;
    } else {
        return false;
    }
    return true;
}

/* A character or key within pasted text; true when the text has ended. */
static bool take_pasted(struct terminal *self, bool is_code, wint_t c, struct event *event)
{
    if (is_code && c == CODE_PASTE_END) {
        self->pasting = false;
        *event = (struct event){.type = EVENT_PASTE, .text = str_text(&self->paste)};
        return true;
    }
    char text[5];
    if (!is_code && (c == '\r' || c == '\n'))
        str_putc(&self->paste, '\n');
    else if (!is_code && c == '\t')
        str_putc(&self->paste, '\t');
    else if (!is_code && key_text((key_code)c, text)) /* beyond PASTE_MAX it is left out */
        str_puts(&self->paste, text);
    return false;
}

static bool take_code(struct terminal *self, wint_t c, struct event *event, enum terminal_request *request)
{
    switch (c) {
    case CODE_PASTE:
        self->pasting = true;
        str_clear(&self->paste);
        return false;
    case CODE_WHEN_IDLE:
    case CODE_WHEN_DRAWN:
        if (request != NULL)
            *request = c == CODE_WHEN_IDLE ? TERMINAL_WHEN_IDLE : TERMINAL_WHEN_DRAWN;
        return false;
    case KEY_MOUSE: return take_mouse(self, event);
    default: event->key = translate((int)c); return event->key != 0;
    }
}

static bool take_news(struct terminal *self, struct event *event)
{
    unsigned news = guard_take_news();
    if (news & GUARD_SUSPEND)
        terminal_suspend(self);
    if (news & GUARD_RESUMED)
        terminal_redraw(self);
    if (news & GUARD_STOP) {
        event->type = EVENT_HANG_UP;
        return true;
    }
    if (!(news & (GUARD_RESIZED | GUARD_RESUMED | GUARD_SUSPEND)))
        return false;
    terminal_size(self, &event->row, &event->col);
    event->type = EVENT_RESIZE;
    return true;
}

static void resize(struct terminal *self, const struct event *event)
{
    resizeterm(event->row, event->col);
    if (canvas_resize(&self->shown, event->row, event->col) == 0)
        terminal_redraw(self);
}

static void alt_key(struct event *event)
{
    wint_t c;
    if (event->key != K_ESCAPE)
        return;
    int rc = get_wch(&c); /* Esc and something at once is alt and something */
    if (rc == OK && c != K_ESCAPE && c >= 0x20)
        event->key = (key_code)c | K_ALT;
    else if (rc != ERR)
        rc == OK ? unget_wch((wchar_t)c) : ungetch((int)c);
}

bool terminal_next(struct terminal *self, struct event *event, enum terminal_request *request)
{
    wint_t c;
    *event = (struct event){.type = EVENT_KEY};
    if (take_news(self, event)) {
        if (event->type == EVENT_RESIZE)
            resize(self, event);
        return true;
    }
    for (;;) {
        int rc = get_wch(&c);
        if (rc == ERR)
            return false;
        bool is_code = rc == KEY_CODE_YES;
        if (self->pasting) {
            if (take_pasted(self, is_code, c, event))
                return true;
            continue;
        }
        if (is_code) {
            if (take_code(self, c, event, request))
                return true;
            if (request != NULL && *request != TERMINAL_NOTHING)
                return false;
            continue;
        }
        event->key = c == 8 ? K_BACKSPACE : c == '\n' ? K_ENTER : (key_code)c;
        alt_key(event);
        guard_note_key(event->key);
        return true;
    }
}

/* ---- output -------------------------------------------------------------------------------------------- */

static attr_t attributes(const struct look *look)
{
    attr_t a = A_NORMAL;
    a |= look->flags & LOOK_BOLD ? A_BOLD : 0;
    a |= look->flags & LOOK_DIM ? A_DIM : 0;
    a |= look->flags & LOOK_UNDERLINE ? A_UNDERLINE : 0;
    a |= look->flags & LOOK_REVERSE ? A_REVERSE : 0;
    return a;
}

static int plain_colour(const struct terminal *self, int colour)
{
    /* a terminal that takes colours as they are has but the first eight of the palette */
    static const int bright[] = {0x7f7f7f, 0xff5c5c, 0x5cff5c, 0xffff5c, 0x5c8cff, 0xff5cff, 0x5cffff, 0xffffff};
    if (self->colours > 256 && colour >= 8 && colour < 16)
        return bright[colour - 8];
    return colour != LOOK_NONE && colour & LOOK_RGB ? colour & 0xffffff : colour;
}

/* The cluster as wide characters that ncurses will give exactly `width` cells. */
static void to_wide(const char *text, int width, wchar_t out[GLYPH_MAX], bool *pad)
{
    size_t n = 0, len = strlen(text);
    uint32_t c;
    for (size_t i = 0, step; i < len && n + 1 < CCHARW_MAX; i += step) {
        step = text_utf8_decode(text + i, len - i, &c);
        if (step == 0)
            break;
        out[n++] = (wchar_t)c;
    }
    out[n] = L'\0';
    int theirs = n > 0 ? wcwidth(out[0]) : -1;
    *pad = width == 2 && theirs == 1; /* the system's table is older than ours */
    if (theirs < 1 || theirs > width) {
        wcscpy(out, L"?");
        *pad = width == 2;
    }
}

static void put_glyph(struct terminal *self, const struct canvas *c, int row, int col)
{
    const struct glyph *g = canvas_glyph(c, row, col);
    if (g->text[0] == '\0')
        return;
    struct look look = style_look(self->options.theme, g->style, g->over, self->colours);
    wchar_t wide[GLYPH_MAX];
    cchar_t cell;
    bool pad, two = col + 1 < c->cols && canvas_glyph(c, row, col + 1)->text[0] == '\0';
    to_wide(g->text, two ? 2 : 1, wide, &pad);
    bool coloured = look.fg != LOOK_NONE || look.bg != LOOK_NONE;
    int pair = coloured && self->colours > 0 ? alloc_pair(plain_colour(self, look.fg), plain_colour(self, look.bg)) : 0;
    pair = pair > 0 ? pair : 0;
    setcchar(&cell, wide, attributes(&look), (short)pair, pair > 255 ? (void *)&pair : NULL);
    mvadd_wch(row, col, &cell);
    if (pad) {
        setcchar(&cell, L" ", attributes(&look), (short)pair, pair > 255 ? (void *)&pair : NULL);
        mvadd_wch(row, col + 1, &cell);
    }
}

static bool same(const struct glyph *a, const struct glyph *b)
{
    return a->style == b->style && a->over == b->over && strcmp(a->text, b->text) == 0;
}

/* Gives ncurses what changed; whether anything did. */
static bool put_changes(struct terminal *self, const struct canvas *c)
{
    bool any = self->from_scratch;
    for (int r = 0; r < c->rows; r++)
        for (int col = 0; col < c->cols; col++)
            if (self->from_scratch || !same(canvas_glyph(c, r, col), canvas_glyph(&self->shown, r, col))) {
                put_glyph(self, c, r, col);
                any = true;
            }
    memcpy(self->shown.glyphs, c->glyphs, (size_t)c->rows * (size_t)c->cols * sizeof *c->glyphs);
    self->from_scratch = false;
    return any;
}

void terminal_show(struct terminal *self, const struct canvas *c)
{
    if (c->rows != self->shown.rows || c->cols != self->shown.cols)
        return; /* a resize is on its way */
    bool cursor = c->cursor_row >= 0;
    bool any = put_changes(self, c) || c->cursor_row != self->shown.cursor_row ||
               c->cursor_col != self->shown.cursor_col;
    if (!any)
        return;
    if ((self->shown.cursor_row >= 0) != cursor)
        curs_set(cursor ? 1 : 0);
    self->shown.cursor_row = c->cursor_row;
    self->shown.cursor_col = c->cursor_col;
    if (cursor)
        move(c->cursor_row, c->cursor_col);
    if (self->options.whole_frames)
        say(self, "\033[?2026h");
    wnoutrefresh(stdscr);
    doupdate();
    if (self->options.whole_frames)
        say(self, "\033[?2026l");
}

void terminal_redraw(struct terminal *self)
{
    self->from_scratch = true;
    clearok(stdscr, TRUE);
}

void terminal_set_theme(struct terminal *self, const struct theme *theme)
{
    if (theme != self->options.theme)
        self->from_scratch = true;
    self->options.theme = theme;
}

void terminal_copy(struct terminal *self, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct str out;
    size_t n = strlen(text);
    str_init(&out, COPY_MAX * 2);
    str_puts(&out, "\033]52;c;");
    for (size_t i = 0; i < n && n < COPY_MAX; i += 3) {
        const unsigned char *p = (const unsigned char *)text + i;
        unsigned long v = (unsigned long)p[0] << 16 | (i + 1 < n ? (unsigned long)p[1] << 8 : 0) |
                          (i + 2 < n ? (unsigned long)p[2] : 0);
        str_putc(&out, digits[v >> 18 & 63]);
        str_putc(&out, digits[v >> 12 & 63]);
        str_putc(&out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        str_putc(&out, i + 2 < n ? digits[v & 63] : '=');
    }
    str_puts(&out, "\a");
    if (!out.failed)
        say(self, str_text(&out));
    str_release(&out);
}

void terminal_report(struct terminal *self, enum terminal_request request)
{
    say(self, request == TERMINAL_WHEN_IDLE ? "\033_reckon:i\033\\" : "\033_reckon:d\033\\");
}

void terminal_suspend(struct terminal *self)
{
    def_prog_mode();
    endwin();
    say(self, "\033[?2004l\033[8h" CURSOR_BACK);
    guard_stop_process();
    reset_prog_mode();
    switch_on(self);
    terminal_redraw(self);
    refresh();
}
