#include "base/words.h"

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
