#include "ui/path_complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

struct asking {
    struct path_answer answer;
    void (*deliver)(void *owner, const struct path_answer *answer);
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Cuts common to what the name shares with it. */
static void share(char *common, const char *name)
{
    size_t n = 0;
    while (common[n] != '\0' && common[n] == name[n])
        n++;
    while (n > 0 && ((unsigned char)common[n] & 0xC0) == 0x80) /* not within a character */
        n--;
    common[n] = '\0';
}

static int list(struct store *store, void *data, struct job *job, struct error *err)
{
    struct path_answer *a = &((struct asking *)data)->answer;
    char directory[PATH_TEXT_MAX], common[PATH_NAME_MAX] = "", path[PATH_TEXT_MAX + PATH_NAME_MAX];
    const char *slash = strrchr(a->text, '/'), *begin = slash != NULL ? slash + 1 : a->text;
    struct dirent *entry;
    struct stat st;
    (void)store, (void)job, (void)err;
    snprintf(directory, sizeof directory, "%.*s", (int)(begin - a->text), a->text);
    DIR *dir = opendir(directory[0] != '\0' ? directory : ".");
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0 || (entry->d_name[0] == '.' && begin[0] != '.') ||
            strlen(entry->d_name) >= PATH_NAME_MAX)
            continue;
        if (a->all++ == 0)
            strcpy(common, entry->d_name);
        share(common, entry->d_name);
        if (a->n < PATH_NAMES)
            strcpy(a->names[a->n++], entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    qsort(a->names, a->n, sizeof a->names[0], by_name);
    snprintf(path, sizeof path, "%s%s", directory, a->all > 0 ? common : begin);
    bool is_directory = a->all == 1 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (strlen(path) + 2 <= sizeof a->common)
        snprintf(a->common, sizeof a->common, "%.*s%s", PATH_TEXT_MAX - 2, path, is_directory ? "/" : "");
    return 0;
}

static void deliver(void *owner, void *data, int rc, const struct error *err)
{
    struct asking *a = data;
    (void)err;
    if (rc == 0)
        a->deliver(owner, &a->answer);
}

int path_complete(struct console *console, void *owner, const char *text,
                  void (*done)(void *owner, const struct path_answer *answer))
{
    struct asking *a = strlen(text) < PATH_TEXT_MAX ? mem_zalloc(1, sizeof *a) : NULL;
    if (a == NULL)
        return E_NOMEM;
    strcpy(a->answer.text, text);
    a->deliver = done;
    struct question q = {.owner = owner, .lane = READ_AWAY, .without_store = true, .data = a, .read = list,
                         .deliver = deliver, .free = mem_free};
    fetcher_forget(console_fetcher(console), owner);
    return fetcher_ask(console_fetcher(console), &q, NULL);
}
