#include "shell/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/execute.h"
#include "command/complete.h"
#include "shell/line.h"
#include "store/store.h"

enum { HISTORY_LINES = 10000, CANDIDATES_MAX = 500, TEXT_MAX = 1 << 20 };

/* What readline's callbacks, which have no context, find. */
static struct prompt {
    struct prompt_source source;
    char history_file[4096];
    const char *so_far;
    bool interrupted;
} the_prompt;

/* The words that may stand where the cursor is. */
struct candidates {
    char *text[CANDIDATES_MAX + 2]; /* [0]: what all begin with, as readline shows lists */
    size_t n;
    bool unfinished; /* of the last one */
};

static int add_candidate(void *context, const char *candidate, bool unfinished)
{
    struct candidates *c = context;
    char *copy = c->n < CANDIDATES_MAX ? mem_strdup(candidate) : NULL;
    if (copy == NULL)
        return 1; /* enough */
    c->text[++c->n] = copy;
    c->unfinished = unfinished;
    return 0;
}

static void candidates_release(struct candidates *c)
{
    for (size_t i = 0; i <= c->n; i++)
        mem_free(c->text[i]);
}

static int add_files(struct candidates *c, const char *prefix)
{
    char *name;
    for (int state = 0; (name = rl_filename_completion_function(prefix, state)) != NULL; state = 1) {
        char directory[4096];
        bool is_directory = snprintf(directory, sizeof directory, "%s/.", name) < (int)sizeof directory &&
                            access(directory, F_OK) == 0;
        if (is_directory)
            directory[strlen(directory) - 1] = '\0';
        int full = add_candidate(c, is_directory ? directory : name, is_directory);
        free(name);
        if (full)
            break;
    }
    return 0;
}

/* The part that all candidates begin with, into text[0]. */
static void find_common(struct candidates *c)
{
    size_t len = strlen(c->text[1]);
    for (size_t i = 2; i <= c->n; i++) {
        size_t same = 0;
        while (same < len && c->text[i][same] == c->text[1][same])
            same++;
        len = same;
    }
    while (len > 0 && ((unsigned char)c->text[1][len] & 0xc0) == 0x80)
        len--; /* not within a character */
    c->text[0] = mem_strndup(c->text[1], len);
}

static void ask_candidates(struct candidates *c, const struct line *line, const char *prefix)
{
    size_t n = line->n - (line->n > 0 && !line->apart);
    struct store *store = the_prompt.source.open(the_prompt.source.context);
    const char *const *words = (const char *const *)line->words;
    bool path = false;
    if (n > 0 && strcmp(words[0], "reckon") == 0) {
        words++;
        n--;
    }
    complete_word(words, n, prefix, store, add_candidate, c, &path, NULL);
    if (path || line->file != NULL)
        add_files(c, prefix);
    store_close(store);
}

/* Puts `word` in place of what stands from `from` to the cursor; whole: and closes it. */
static void replace(size_t from, const char *word, char quote, bool whole)
{
    struct str text;
    str_init(&text, TEXT_MAX);
    if (quote != 0)
        str_putc(&text, quote);
    line_quote(&text, word, quote);
    if (whole && quote != 0)
        str_putc(&text, quote);
    if (whole)
        str_putc(&text, ' ');
    rl_begin_undo_group();
    rl_delete_text((int)from, rl_point);
    rl_point = (int)from;
    rl_insert_text(str_text(&text));
    rl_end_undo_group();
    str_release(&text);
}

static void show_list(struct candidates *c)
{
    size_t longest = 0;
    for (size_t i = 1; i <= c->n; i++)
        longest = strlen(c->text[i]) > longest ? strlen(c->text[i]) : longest;
    rl_crlf();
    rl_display_match_list(c->text, (int)c->n, (int)longest);
    rl_forced_update_display();
}

static void complete_at(size_t from, const struct line *line, const char *prefix)
{
    struct candidates c = {.n = 0};
    ask_candidates(&c, line, prefix);
    if (c.n > 0)
        find_common(&c);
    if (c.n == 1)
        replace(from, c.text[1], line->quote, !c.unfinished);
    else if (c.n > 1 && c.text[0] != NULL && strlen(c.text[0]) > strlen(prefix))
        replace(from, c.text[0], line->quote, false);
    else if (c.n > 1)
        show_list(&c);
    else
        rl_ding();
    candidates_release(&c);
}

/* Tab. */
static int on_tab(int count, int key)
{
    (void)count;
    (void)key;
    struct line line;
    struct str text;
    str_init(&text, TEXT_MAX);
    str_puts(&text, the_prompt.so_far);
    size_t before = text.len;
    str_append(&text, rl_line_buffer, (size_t)rl_point);
    bool split = !text.failed && line_split(&line, str_text(&text), NULL) == 0 && line.pipe == NULL;
    bool fresh = split && (line.n == 0 || line.apart);
    if (split && (fresh || line.last_at >= before))
        complete_at(fresh ? (size_t)rl_point : line.last_at - before, &line, fresh ? "" : line.words[line.n - 1]);
    if (split || !text.failed)
        line_release(&line);
    str_release(&text);
    return 0;
}

/* Did Ctrl-C come?  Readline's handler only takes note; this hands it on to ours, which remembers. */
static bool interrupted(void)
{
    rl_check_signals();
    return execute_interrupted();
}

/* Waits for a key or a signal.  The signal is let in only while waiting, or it could come just before and go
 * unnoticed. */
static void wait_for_key(int fd)
{
    sigset_t block, before;
    struct pollfd input = {.fd = fd, .events = POLLIN};
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &before);
    if (!(the_prompt.interrupted = interrupted()))
        ppoll(&input, 1, NULL, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    the_prompt.interrupted = the_prompt.interrupted || interrupted();
}

/* As rl_getc, but Ctrl-C ends the line at once: readline's own would wait for another key, and lose it. */
static int next_key(FILE *in)
{
    for (;;) {
        unsigned char key;
        wait_for_key(fileno(in));
        if (the_prompt.interrupted) {
            rl_replace_line("", 0);
            return '\n';
        }
        ssize_t n = read(fileno(in), &key, 1);
        if (n == 1)
            return key;
        if (n == 0 || errno != EINTR)
            return EOF;
    }
}

/* 0600 from its first byte on: it holds what people asked for, by name. */
static void open_history(const char *file)
{
    int fd = file[0] != '\0' ? open(file, O_CREAT | O_CLOEXEC | O_WRONLY, 0600) : -1;
    if (fd >= 0) {
        close(fd);
        snprintf(the_prompt.history_file, sizeof the_prompt.history_file, "%s", file);
        read_history(file);
    }
}

int prompt_begin(const struct prompt_source *source, const char *history_file, struct error *err)
{
    the_prompt = (struct prompt){.source = *source, .so_far = ""};
    rl_readline_name = "reckon";
    if (rl_initialize() != 0)
        return error_set(err, E_FAILED, "the prompt", "readline cannot be initialised");
    rl_catch_signals = 1;
    rl_getc_function = next_key;
    rl_bind_key('\t', on_tab);
    rl_variable_bind("enable-bracketed-paste", "on");
    using_history();
    stifle_history(HISTORY_LINES);
    open_history(history_file);
    return 0;
}

void prompt_end(void)
{
    clear_history();
    the_prompt = (struct prompt){.so_far = ""};
}

enum prompt_answer prompt_read(const char *prompt, const char *so_far, char **line)
{
    the_prompt.so_far = so_far;
    the_prompt.interrupted = false;
    execute_interrupted(); /* one that stopped a command says nothing here */
    execute_watch();
    char *typed = readline(prompt);
    the_prompt.so_far = "";
    if (the_prompt.interrupted) {
        free(typed);
        return PROMPT_INTERRUPTED;
    }
    if (typed == NULL)
        return PROMPT_END;
    *line = mem_strdup(typed);
    free(typed);
    return *line != NULL ? PROMPT_LINE : PROMPT_END;
}

void prompt_remember(const char *command)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (command[0] == '\0' || command[0] == ' ' || (last != NULL && strcmp(last->line, command) == 0))
        return;
    add_history(command);
    if (the_prompt.history_file[0] != '\0' && append_history(1, the_prompt.history_file) == 0)
        history_truncate_file(the_prompt.history_file, HISTORY_LINES);
}
