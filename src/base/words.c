#include "base/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

int words_split(const char *text, char ***words, size_t *n)
{
    size_t count = 1, len = strlen(text), used = 0;
    for (const char *p = text; *p != '\0'; p++)
        count += *p == ',';
    char **list = mem_alloc(1, count * sizeof *list + len + 1);
    if (list == NULL)
        return E_NOMEM;
    char *copy = (char *)(list + count);
    memcpy(copy, text, len + 1);
    for (char *p = copy; p != NULL;) {
        char *comma = strchr(p, ',');
        char *end = comma != NULL ? comma : p + strlen(p);
        char *next = comma != NULL ? comma + 1 : NULL;
        while (*p == ' ')
            p++;
        while (end > p && end[-1] == ' ')
            end--;
        *end = '\0';
        if (*p == '\0') {
            mem_free(list);
            return E_BAD_DATA;
        }
        list[used++] = p;
        p = next;
    }
    *words = list;
    *n = used;
    return 0;
}

/* One word from *at on into `to`; the end of what was written. */
static char *take_word(const char **at, char *to)
{
    char quote = '\0';
    const char *p = *at;
    for (; *p != '\0' && (quote != '\0' || *p != ' '); p++)
        if (quote == '\0' && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (quote != '\0' && *p == quote)
            quote = '\0';
        else if (*p == '\\' && quote != '\'' && p[1] != '\0')
            *to++ = *++p;
        else
            *to++ = *p;
    *at = p;
    *to++ = '\0';
    return to;
}

int words_of_line(const char *text, char ***words, size_t *n)
{
    size_t count = 2, used = 0;
    for (const char *p = text; *p != '\0'; p++)
        count += *p == ' ';
    char **list = mem_alloc(1, count * sizeof *list + strlen(text) + count);
    if (list == NULL)
        return E_NOMEM;
    char *to = (char *)(list + count);
    for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
        list[used++] = to;
        to = take_word(&p, to);
    }
    list[used] = NULL;
    *words = list;
    *n = used;
    return 0;
}

void words_quote(struct str *out, const char *word)
{
    bool plain = word[0] != '\0';
    for (const char *p = word; *p != '\0'; p++)
        plain = plain && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
                          strchr("_-+=./:,@", *p) != NULL || (unsigned char)*p >= 0x80);
    if (plain) {
        str_puts(out, word);
        return;
    }
    str_putc(out, '\'');
    for (const char *p = word; *p != '\0'; p++)
        if (*p == '\'')
            str_puts(out, "'\\''");
        else
            str_putc(out, *p);
    str_putc(out, '\'');
}

void words_nearest(struct str *out, const char *const *names, const char *wrong)
{
    enum { NEAREST = 5, DISTANCE_MAX = 2 };
    size_t shown = 0;
    for (size_t limit = 0; limit <= DISTANCE_MAX && shown < NEAREST; limit++)
        for (size_t i = 0; names[i] != NULL && shown < NEAREST; i++)
            if (text_distance(names[i], wrong, limit) == limit)
                str_printf(out, "%s%s", shown++ == 0 ? "perhaps " : ", ", names[i]);
    for (size_t i = 0; shown == 0 && names[i] != NULL; i++)
        str_printf(out, "%s%s", i == 0 ? "there are " : ", ", names[i]);
}
