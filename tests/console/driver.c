#include "driver.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include "base/clock.h"
#include "ui/key.h"

enum { PATIENCE_MS = 60000, BUFFER = 1 << 16, LINE_BYTES = 8192, MARKER = 12, STOPPED_MS = 2000, ARGUMENTS = 24 };

struct driver {
    int pty, rows, cols;
    pid_t pid;
    VTerm *vt;
    VTermScreen *screen;
    char held[MARKER]; /* what may be the beginning of a report */
    size_t n_held;
    char reported;
    bool ended, alternate, cursor, mouse;
    int status;
    double latency;
    char line[LINE_BYTES];
    struct driver_options options;
    char *argv[ARGUMENTS];
    unsigned starts;
    const char *request;    /* for a report, the last one */
    unsigned long received; /* bytes since the last driver_keys */
};

/* ---- the program --------------------------------------------------------------------------------------- */

static const char *program(void)
{
    const char *path = getenv("RECKON");
    return path != NULL ? path : "./reckon";
}

static char scratch[64];

static void remove_scratch(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", scratch);
}

const char *driver_scratch(void)
{
    if (scratch[0] == '\0') {
        snprintf(scratch, sizeof scratch, "%s/reckon-console-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        ck_assert_ptr_nonnull(mkdtemp(scratch));
        atexit(remove_scratch);
    }
    return scratch;
}

void driver_reckon(const char *workspace, const char *line)
{
    char command[4096];
    snprintf(command, sizeof command, "RECKON_NOW=" DRIVER_NOW " '%s' --workspace '%s' %s >/dev/null", program(), workspace, line);
    ck_assert_msg(system(command) == 0, "%s", command);
}

static int on_property(VTermProp property, VTermValue *value, void *context)
{
    struct driver *self = context;
    if (property == VTERM_PROP_ALTSCREEN)
        self->alternate = value->boolean;
    else if (property == VTERM_PROP_CURSORVISIBLE)
        self->cursor = value->boolean;
    else if (property == VTERM_PROP_MOUSE)
        self->mouse = value->number != 0;
    return 1;
}

static void open_screen(struct driver *self)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    self->vt = vterm_new(self->rows, self->cols);
    vterm_set_utf8(self->vt, 1);
    self->screen = vterm_obtain_screen(self->vt);
    vterm_screen_set_callbacks(self->screen, &callbacks, self);
    vterm_screen_enable_altscreen(self->screen, 1);
    vterm_screen_reset(self->screen, 1);
    self->cursor = true;
}

static void exec_program(const struct driver_options *o, char **argv)
{
    unsetenv("COLUMNS");
    unsetenv("LINES");
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    unsetenv("RECKON_WORKSPACE");
    setenv("TERM", o->term != NULL ? o->term : "xterm-256color", 1);
    setenv("NCURSES_GPM_TERMS", "none", 1); /* ncurses loads and unloads a library for the mouse of TERM=linux, which leaks */
    setenv("RECKON_CONSOLE_REPORTS", "1", 1);
    setenv("HOME", driver_scratch(), 1);
    setenv("XDG_STATE_HOME", driver_scratch(), 1);
    setenv("XDG_DATA_HOME", driver_scratch(), 1);
    setenv("TZ", "UTC", 1);
    setenv("RECKON_NOW", DRIVER_NOW, 1);
    if (getenv("RECKON_TEST_LOCALE") == NULL)
        setenv("LC_ALL", "C.UTF-8", 1);
    if (chdir(driver_scratch()) != 0)
        _exit(126);
    for (size_t i = 0; i < 8 && o->env[i] != NULL; i++)
        putenv((char *)(size_t)o->env[i]);
    execv(argv[0], argv);
    _exit(127);
}

static void start_program(struct driver *self)
{
    struct winsize size = {.ws_row = (unsigned short)self->rows, .ws_col = (unsigned short)self->cols};
    open_screen(self);
    self->pid = forkpty(&self->pty, NULL, NULL, &size);
    ck_assert_int_ge(self->pid, 0);
    if (self->pid == 0)
        exec_program(&self->options, self->argv);
    self->starts++;
}

static struct driver *start(const struct driver_options *options, bool idle, va_list ap)
{
    struct driver *self = calloc(1, sizeof *self);
    size_t n = 1;
    ck_assert_ptr_nonnull(self);
    self->argv[0] = strdup(program());
    if (options->workspace != NULL) {
        self->argv[n++] = strdup("--workspace");
        self->argv[n++] = strdup(options->workspace);
    }
    self->argv[n++] = strdup("console");
    for (const char *a; (a = va_arg(ap, const char *)) != NULL && n < ARGUMENTS - 1;)
        self->argv[n++] = strdup(a);
    self->options = *options;
    self->rows = options->rows;
    self->cols = options->cols;
    start_program(self);
    driver_wait(self, idle);
    return self;
}

struct driver *driver_start(const struct driver_options *options, ...)
{
    va_list ap;
    va_start(ap, options);
    struct driver *self = start(options, true, ap);
    va_end(ap);
    return self;
}

struct driver *driver_start_drawn(const struct driver_options *options, ...)
{
    va_list ap;
    va_start(ap, options);
    struct driver *self = start(options, false, ap);
    va_end(ap);
    return self;
}

int driver_pid(const struct driver *self)
{
    return self->pid;
}

void driver_signal(struct driver *self, int number)
{
    ck_assert_int_eq(kill(self->pid, number), 0);
}

/* ---- output -------------------------------------------------------------------------------------------- */

static void feed(struct driver *self, const char *bytes, size_t n)
{
    char reply[256];
    vterm_input_write(self->vt, bytes, n);
    size_t out = vterm_output_read(self->vt, reply, sizeof reply);
    if (out > 0 && write(self->pty, reply, out) < 0)
        return;
}

/* Takes reports (ESC _ reckon:i ESC \) out of the stream. */
static void take_output(struct driver *self, const char *bytes, size_t n)
{
    static const char marker[] = "\033_reckon:";
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        size_t at = self->n_held;
        bool fits = at < 9 ? c == marker[at] : at == 9 ? (c == 'i' || c == 'd') : at == 10 ? c == '\033' : c == '\\';
        if (!fits) {
            feed(self, self->held, at);
            self->n_held = 0;
            if (c != '\033') {
                feed(self, &c, 1);
                continue;
            }
        }
        self->held[self->n_held++] = c;
        if (self->n_held == MARKER) {
            self->reported = self->held[9];
            self->n_held = 0;
        }
    }
}

static bool take_some(struct driver *self)
{
    char buffer[BUFFER];
    ssize_t got = read(self->pty, buffer, sizeof buffer);
    if (got <= 0)
        return false;
    self->received += (unsigned long)got;
    take_output(self, buffer, (size_t)got);
    return true;
}

/* A monkey may also have suspended it: then it goes on. */
static bool was_stopped(struct driver *self)
{
    int status;
    if (!self->options.may_end || waitpid(self->pid, &status, WUNTRACED | WNOHANG) != self->pid || !WIFSTOPPED(status))
        return false;
    for (struct pollfd p = {.fd = self->pty, .events = POLLIN}; poll(&p, 1, 0) > 0;)
        take_some(self);
    driver_expect_modes_restored(self);
    ck_assert_int_eq(kill(self->pid, SIGCONT), 0);
    return write(self->pty, self->request, strlen(self->request)) > 0; /* what was asked meanwhile may be lost */
}

/* Reads what there is, waiting for some; false at the end of the program. */
static bool read_some(struct driver *self, int timeout_ms)
{
    struct pollfd p = {.fd = self->pty, .events = POLLIN};
    int n = poll(&p, 1, self->options.may_end && timeout_ms > STOPPED_MS ? STOPPED_MS : timeout_ms);
    if (n == 0 && was_stopped(self))
        n = poll(&p, 1, timeout_ms);
    else if (n == 0 && self->options.may_end && timeout_ms > STOPPED_MS)
        n = poll(&p, 1, timeout_ms - STOPPED_MS);
    if (n == 0) {
        for (int row = 0; row < self->rows; row++)
            fprintf(stderr, "|%s\n", driver_line(self, row));
        ck_abort_msg("the program did not report that it is idle");
    }
    return take_some(self);
}

static void send_all(struct driver *self, const char *bytes, size_t n)
{
    while (n > 0) {
        struct pollfd p = {.fd = self->pty, .events = POLLIN | POLLOUT};
        poll(&p, 1, PATIENCE_MS);
        if (p.revents & POLLIN)
            read_some(self, 0); /* a program that is busy writing reads nothing */
        if (!(p.revents & POLLOUT))
            continue;
        ssize_t done = write(self->pty, bytes, n < 512 ? n : 512);
        if (done < 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

void driver_bytes(struct driver *self, const char *bytes, unsigned long n)
{
    send_all(self, bytes, n);
}

static bool ended_in_order(struct driver *self)
{
    return waitpid(self->pid, &self->status, 0) == self->pid && WIFEXITED(self->status) && WEXITSTATUS(self->status) == 0;
}

static void start_again(struct driver *self)
{
    driver_expect_modes_restored(self);
    close(self->pty);
    vterm_free(self->vt);
    self->n_held = 0;
    start_program(self);
}

static void tell_end(struct driver *self)
{
    int got = self->status;
    for (int row = 0; row < self->rows; row++)
        fprintf(stderr, "|%s\n", driver_line(self, row));
    if (!self->options.may_end)
        waitpid(self->pid, &got, 0);
    ck_abort_msg("the program has ended: %s %d", WIFEXITED(got) ? "status" : "signal",
                 WIFEXITED(got) ? WEXITSTATUS(got) : WTERMSIG(got));
}

void driver_wait(struct driver *self, bool idle)
{
    double from = clock_seconds();
    self->reported = 0;
    self->request = idle ? "\033[777~" : "\033[778~";
    send_all(self, self->request, 6);
    while (self->reported == 0)
        if (!read_some(self, PATIENCE_MS)) {
            if (!self->options.may_end || !ended_in_order(self))
                tell_end(self);
            start_again(self);
            send_all(self, self->request, 6);
        }
    self->latency = (clock_seconds() - from) * 1000;
}

/* ---- input --------------------------------------------------------------------------------------------- */

static const char *named_bytes(key_code key)
{
    static const struct {
        key_code key;
        const char *bytes;
    } keys[] = {{K_UP, "\033OA"}, {K_DOWN, "\033OB"}, {K_RIGHT, "\033OC"}, {K_LEFT, "\033OD"}, {K_HOME, "\033OH"},
                {K_END, "\033OF"}, {K_PAGE_UP, "\033[5~"}, {K_PAGE_DOWN, "\033[6~"}, {K_INSERT, "\033[2~"},
                {K_DELETE, "\033[3~"}, {K_BACK_TAB, "\033[Z"}, {K_F1, "\033OP"}, {K_F2, "\033OQ"}, {K_F10, "\033[21~"},
                {K_ENTER, "\r"}, {K_BACKSPACE, "\177"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].key == key)
            return keys[i].bytes;
    return NULL;
}

static void send_key(struct driver *self, const char *word, size_t n)
{
    key_code key;
    char text[5] = "";
    ck_assert_msg(key_parse(word, n, &key), "'%.*s' is no key", (int)n, word);
    if (key & K_ALT)
        send_all(self, "\033", 1);
    key &= ~(key_code)K_ALT;
    const char *bytes = named_bytes(key);
    if (bytes == NULL && !key_text(key, text))
        text[0] = (char)key;
    if (bytes == NULL)
        bytes = text;
    send_all(self, bytes, strlen(bytes));
    if (key == K_ESCAPE)
        driver_wait(self, false); /* else it would be alt and the next key */
}

static void send_keys(struct driver *self, const char *keys)
{
    for (const char *p = keys + strspn(keys, " "); *p != '\0'; p += strspn(p, " ")) {
        char end = *p == '\'' ? '\'' : *p == '<' && p[1] != '\0' && p[1] != ' ' ? '>' : '\0';
        if (end != '\0') {
            size_t n = strcspn(p + 1, (char[]){end, '\0'});
            if (end == '>')
                send_all(self, "\033[200~", 6);
            send_all(self, p + 1, n);
            if (end == '>')
                send_all(self, "\033[201~", 6);
            p += n + 1 + (p[n + 1] == end);
            continue;
        }
        size_t n = strcspn(p, " ");
        send_key(self, p, n);
        p += n;
    }
}

void driver_keys(struct driver *self, const char *keys)
{
    self->received = 0;
    send_keys(self, keys);
    driver_wait(self, true);
}

void driver_keys_drawn(struct driver *self, const char *keys)
{
    send_keys(self, keys);
    driver_wait(self, false);
}

unsigned long driver_received(const struct driver *self)
{
    return self->received;
}

unsigned driver_starts(const struct driver *self)
{
    return self->starts;
}

double driver_latency_ms(const struct driver *self)
{
    return self->latency;
}

static void resize(struct driver *self, int rows, int cols, bool idle)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    self->rows = rows;
    self->cols = cols;
    vterm_set_size(self->vt, rows, cols);
    ck_assert_int_eq(ioctl(self->pty, TIOCSWINSZ, &size), 0);
    driver_wait(self, idle);
}

void driver_resize(struct driver *self, int rows, int cols)
{
    resize(self, rows, cols, true);
}

void driver_resize_drawn(struct driver *self, int rows, int cols)
{
    resize(self, rows, cols, false);
}

/* ---- the end ------------------------------------------------------------------------------------------- */

static void release(struct driver *self)
{
    close(self->pty);
    vterm_free(self->vt);
    for (size_t i = 0; i < ARGUMENTS; i++)
        free(self->argv[i]);
    free(self);
}

void driver_suspend(struct driver *self, const char *keys)
{
    int status;
    send_keys(self, keys);
    ck_assert_int_eq(waitpid(self->pid, &status, WUNTRACED), self->pid);
    ck_assert(WIFSTOPPED(status));
    for (struct pollfd p = {.fd = self->pty, .events = POLLIN}; poll(&p, 1, 0) > 0;)
        read_some(self, 0);
    driver_expect_modes_restored(self);
    driver_signal(self, SIGCONT);
    driver_wait(self, true);
}

void driver_end(struct driver *self, int status)
{
    int got;
    while (read_some(self, PATIENCE_MS))
        ;
    ck_assert_int_eq(waitpid(self->pid, &got, 0), self->pid);
    got = WIFEXITED(got) ? WEXITSTATUS(got) : -WTERMSIG(got);
    ck_assert_msg(got == status, "it ended with %d, not %d", got, status);
    driver_expect_modes_restored(self);
    release(self);
}

void driver_save_cursor(struct driver *self)
{
    vterm_input_write(self->vt, "\0337", 2);
}

void driver_quit(struct driver *self, const char *keys, int status)
{
    send_keys(self, keys);
    driver_end(self, status);
}

void driver_kill(struct driver *self)
{
    kill(self->pid, SIGKILL);
    waitpid(self->pid, NULL, 0);
    release(self);
}

void driver_expect_modes_restored(struct driver *self)
{
    ck_assert_msg(!self->alternate, "the alternate screen was not left");
    ck_assert_msg(self->cursor, "the cursor is hidden");
    ck_assert_msg(!self->mouse, "the mouse is still taken");
}

/* ---- the screen ---------------------------------------------------------------------------------------- */

static size_t put_char(char *out, uint32_t c)
{
    char text[5];
    if (c == 0)
        return 0;
    if (!key_text(c, text))
        strcpy(text, "?");
    strcpy(out, text);
    return strlen(text);
}

static bool get_cell(struct driver *self, int row, int col, VTermScreenCell *cell)
{
    return vterm_screen_get_cell(self->screen, (VTermPos){.row = row, .col = col}, cell) != 0;
}

static bool is_right_half(const VTermScreenCell *cell)
{
    return cell->chars[0] == (uint32_t)-1;
}

const char *driver_line(struct driver *self, int row)
{
    size_t n = 0;
    VTermScreenCell cell;
    for (int col = 0; col < self->cols && n + 64 < sizeof self->line; col++) {
        if (!get_cell(self, row, col, &cell) || is_right_half(&cell))
            continue;
        if (cell.chars[0] == 0)
            self->line[n++] = ' ';
        for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
            n += put_char(self->line + n, cell.chars[i]);
    }
    while (n > 0 && self->line[n - 1] == ' ')
        n--;
    self->line[n] = '\0';
    return self->line;
}

bool driver_shows(struct driver *self, const char *text)
{
    for (int row = 0; row < self->rows; row++)
        if (strstr(driver_line(self, row), text) != NULL)
            return true;
    return false;
}

void driver_expect_shown(struct driver *self, const char *text)
{
    if (driver_shows(self, text))
        return;
    for (int row = 0; row < self->rows; row++)
        fprintf(stderr, "|%s\n", driver_line(self, row));
    ck_abort_msg("the screen does not show: %s", text);
}

static void put_colour(char *out, size_t size, const char *name, const VTermColor *colour, bool is_default)
{
    if (is_default)
        return;
    size_t n = strlen(out);
    if (VTERM_COLOR_IS_INDEXED(colour))
        snprintf(out + n, size - n, " %s%d", name, colour->indexed.idx);
    else
        snprintf(out + n, size - n, " %s#%02x%02x%02x", name, colour->rgb.red, colour->rgb.green, colour->rgb.blue);
}

static void describe(const VTermScreenCell *cell, char out[96])
{
    out[0] = '\0';
    strcat(out, cell->attrs.bold ? " bold" : "");
    strcat(out, cell->attrs.underline ? " underline" : "");
    strcat(out, cell->attrs.reverse ? " reverse" : "");
    strcat(out, cell->attrs.blink ? " blink" : "");
    put_colour(out, 96, "fg", &cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg));
    put_colour(out, 96, "bg", &cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg));
}

/* "3: 0-8 bold, 12-14 fg4": the runs of a line that are not plain. */
static void put_attributes(struct driver *self, FILE *out, int row)
{
    char now[96], before[96] = "";
    int from = 0;
    bool any = false;
    VTermScreenCell cell;
    for (int col = 0; col <= self->cols; col++) {
        now[0] = '\0';
        if (col < self->cols && get_cell(self, row, col, &cell)) {
            if (is_right_half(&cell))
                continue;
            describe(&cell, now);
        }
        if (strcmp(now, before) == 0 && col < self->cols)
            continue;
        if (before[0] != '\0') {
            fprintf(out, any ? "," : "%3d:", row);
            fprintf(out, " %d-%d%s", from, col - 1, before);
            any = true;
        }
        strcpy(before, now);
        from = col;
    }
    if (any)
        fputc('\n', out);
}

char *driver_text(struct driver *self)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int row = 0; row < self->rows; row++)
        fprintf(out, "|%s\n", driver_line(self, row));
    fclose(out);
    return text;
}

char *driver_attributes(struct driver *self)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int row = 0; row < self->rows; row++)
        put_attributes(self, out, row);
    fclose(out);
    return text;
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size;
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    for (int c; (c = fgetc(in)) != EOF;)
        fputc(c, out);
    fclose(out);
    fclose(in);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    ck_assert_msg(out != NULL, "%s: %s", path, strerror(errno));
    fputs(text, out);
    fclose(out);
}

/* Lines that differ, as - expected and + shown. */
static void print_difference(char *want, char *got)
{
    for (char *w = want, *g = got; *w != '\0' || *g != '\0';) {
        size_t nw = strcspn(w, "\n"), ng = strcspn(g, "\n");
        if (nw != ng || strncmp(w, g, nw) != 0)
            fprintf(stderr, "- %.*s\n+ %.*s\n", (int)nw, w, (int)ng, g);
        w += nw + (w[nw] == '\n');
        g += ng + (g[ng] == '\n');
    }
}

bool driver_is_golden(const char *golden, const char *text)
{
    char path[1024], actual[256], flat[128];
    const char *source = getenv("RECKON_SOURCE");
    snprintf(path, sizeof path, "%s/tests/console/golden/%s.txt", source != NULL ? source : "..", golden);
    if (getenv("RECKON_REGENERATE") != NULL) {
        write_file(path, text);
        return true;
    }
    char *want = read_file(path), *got = strdup(text);
    bool same = want != NULL && strcmp(want, got) == 0;
    if (!same) {
        snprintf(flat, sizeof flat, "%s", golden);
        for (char *p = flat; *p != '\0'; p++)
            *p = *p == '/' ? '-' : *p;
        snprintf(actual, sizeof actual, "tests/console/%s.actual", flat);
        write_file(actual, got);
        print_difference(want != NULL ? want : (char[]){""}, got);
        fprintf(stderr, "the screen is not %s (what was shown: %s)\n", path, actual);
    }
    free(want);
    free(got);
    return same;
}

void driver_expect(struct driver *self, const char *golden)
{
    char *text = driver_text(self), *attributes = driver_attributes(self), *both = NULL;
    ck_assert_int_ge(asprintf(&both, "%s%s", text, attributes), 0);
    bool same = driver_is_golden(golden, both);
    free(text);
    free(attributes);
    free(both);
    ck_assert_msg(same, "the screen is not %s", golden);
}

void driver_write_events(void)
{
    char path[160];
    uint32_t state = 7;
    snprintf(path, sizeof path, "%s/events.csv", driver_scratch());
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs("user,item,kind,time,price\n", out);
    for (int i = 0; i < 4000; i++) {
        state = state * 1664525 + 1013904223;
        uint32_t user = (state >> 8) % 97, item = (state >> 10) % 61 * ((state >> 20) % 61) / 60;
        fprintf(out, "customer-%u,sku-%03u,%s,%d,%u.%02u\n", user, item, state >> 30 ? "view" : "purchase",
                1700000000 + i * 1500, item % 40 + 1, item * 7 % 100);
    }
    fclose(out);
}

const char *driver_shop(const char *name)
{
    static char path[160];
    char line[400];
    driver_write_events();
    snprintf(path, sizeof path, "%s/%s", driver_scratch(), name);
    snprintf(line, sizeof line, "init '%s' --quiet", path);
    driver_reckon("/", line);
    snprintf(line, sizeof line, "import events '%s/events.csv' --quiet", driver_scratch());
    driver_reckon(path, line);
    return path;
}
