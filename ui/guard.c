#include "ui/guard.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "command/help.h"

enum { KEYS_KEPT = 16, STACK_MAX = 64, SIGNALS_MAX = 16 };

static struct {
    int fd, bell[2];
    bool on;
    struct termios before;
    const char *undo;
    char report[FS_PATH_MAX];
    const char *volatile screen;
    volatile unsigned keys[KEYS_KEPT];
    volatile unsigned n_keys;
    atomic_uint news;
    int signals[SIGNALS_MAX];
    struct sigaction actions[SIGNALS_MAX];
    size_t n_signals;
    char stack[65536]; /* for a crash whose own stack is used up */
} guard = {.fd = -1, .bell = {-1, -1}};

static void say(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    (void)n; /* there is nobody to tell */
}

void guard_restore(void)
{
    int error = errno;
    if (guard.on && guard.fd >= 0) {
        if (guard.undo != NULL)
            say(guard.fd, guard.undo);
        tcsetattr(guard.fd, TCSANOW, &guard.before);
    }
    errno = error;
}

static void say_number(int fd, unsigned v)
{
    char text[12];
    size_t at = sizeof text - 1;
    text[at] = '\0';
    do
        text[--at] = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    say(fd, text + at);
}

static void write_report(int number)
{
    int fd = open(guard.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    say(fd, "reckon ");
    say(fd, help_version);
    say(fd, "\nsignal ");
    say_number(fd, (unsigned)number);
    say(fd, "\nscreen ");
    say(fd, guard.screen != NULL ? guard.screen : "-");
    say(fd, "\nlast keys, oldest first (letters are written as a)");
    for (unsigned i = guard.n_keys > KEYS_KEPT ? guard.n_keys - KEYS_KEPT : 0; i < guard.n_keys; i++) {
        say(fd, " ");
        say_number(fd, guard.keys[i % KEYS_KEPT]);
    }
    say(fd, "\n\n");
    void *frames[STACK_MAX];
    int n = backtrace(frames, STACK_MAX);
    backtrace_symbols_fd(frames, n, fd);
    close(fd);
    say(STDERR_FILENO, "A report without any of your data is in ");
    say(STDERR_FILENO, guard.report);
    say(STDERR_FILENO, "\nPlease send it with what you did. What was committed to the workspace is safe.\n");
}

static void on_crash(int number)
{
    signal(number, SIG_DFL);
    guard_restore();
    say(STDERR_FILENO, "\nreckon: the console crashed; the terminal is as it was before.\n");
    if (guard.report[0] != '\0')
        write_report(number);
    raise(number);
}

static void on_news(int number)
{
    int error = errno;
    unsigned news = number == SIGWINCH  ? GUARD_RESIZED
                    : number == SIGTSTP ? GUARD_SUSPEND
                    : number == SIGCONT ? GUARD_RESUMED
                                        : GUARD_STOP;
    atomic_fetch_or(&guard.news, news);
    ssize_t n = write(guard.bell[1], "", 1);
    (void)n; /* full: it has rung already */
    errno = error;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (guard.n_signals < SIGNALS_MAX &&
        sigaction(number, &action, &guard.actions[guard.n_signals]) == 0)
        guard.signals[guard.n_signals++] = number;
}

static void handle_crashes(void)
{
#ifndef __SANITIZE_ADDRESS__ /* its own reports are better */
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
    stack_t stack = {.ss_sp = guard.stack, .ss_size = sizeof guard.stack};
    void *frame;
    backtrace(&frame, 1); /* loads what it needs now: not in a crash */
    if (sigaltstack(&stack, NULL) != 0)
        return;
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        handle(crashes[i], on_crash, SA_ONSTACK);
#else
    (void)on_crash;
#endif
}

static void name_report(const char *dir)
{
    char name[64], when[40];
    guard.report[0] = '\0';
    if (dir[0] == '\0' || fs_make_dir(dir, 0700, NULL) != 0)
        return;
    snprintf(name, sizeof name, "console-crash-%s.txt", clock_format_name(clock_now_ms(), when, sizeof when));
    if (fs_join(guard.report, sizeof guard.report, dir, name) != 0)
        guard.report[0] = '\0';
}

int guard_begin(int fd, const char *report_dir, struct error *err)
{
    static const int news[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
    if (guard.on)
        return error_set(err, E_CONFLICT, "the console", "is open already");
    if (tcgetattr(fd, &guard.before) != 0)
        return error_set(err, E_IO, "the terminal", "%s", strerror(errno));
    if (pipe2(guard.bell, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set(err, E_IO, "the console", "%s", strerror(errno));
    guard.fd = fd;
    guard.undo = NULL;
    guard.n_signals = 0;
    guard.on = true;
    name_report(report_dir);
    for (size_t i = 0; i < sizeof news / sizeof news[0]; i++)
        handle(news[i], on_news, SA_RESTART);
    signal(SIGPIPE, SIG_IGN);
    handle_crashes();
    return 0;
}

void guard_undo(const char *sequence)
{
    guard.undo = sequence;
}

void guard_end(void)
{
    if (!guard.on)
        return;
    guard_restore();
    for (size_t i = 0; i < guard.n_signals; i++)
        sigaction(guard.signals[i], &guard.actions[i], NULL);
    close(guard.bell[0]);
    close(guard.bell[1]);
    guard.on = false;
    guard.fd = -1;
}

int guard_bell(void)
{
    return guard.bell[0];
}

unsigned guard_take_news(void)
{
    char rung[64];
    while (read(guard.bell[0], rung, sizeof rung) > 0)
        ;
    return atomic_exchange(&guard.news, 0);
}

void guard_note_screen(const char *name)
{
    guard.screen = name;
}

void guard_note_key(unsigned key)
{
    guard.keys[guard.n_keys++ % KEYS_KEPT] = key > 0x20 && key < 0x200000 && key != 0x7F ? 'a' : key;
}

void guard_stop_process(void)
{
    raise(SIGSTOP);
}
