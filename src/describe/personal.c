#include "describe/personal.h"

#include <string.h>

#include "store/mentions.h"

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0;
}

static bool is_one_of(char c, const char *list)
{
    return c != '\0' && strchr(list, c) != NULL;
}

/* The bytes of the address around the '@' at `at`, and where it begins; 0: it is none. */
static size_t address_around(const char *text, size_t at, size_t *from)
{
    size_t end = at + 1;
    *from = at;
    while (*from > 0 && (in_word(text[*from - 1]) || is_one_of(text[*from - 1], "._+-")))
        --*from;
    while (in_word(text[end]) || is_one_of(text[end], ".-"))
        end++;
    while (end > at + 1 && !in_word(text[end - 1]))
        end--;
    return *from < at && memchr(text + at, '.', end - at) != NULL ? end - *from : 0;
}

/* The bytes of the telephone number that begins at `at`; 0: none does.  *run: how far to go on. */
static size_t phone_at(const char *text, size_t at, size_t *run)
{
    size_t n = strspn(text + at, "+0123456789 -()/."), digits = 0, end = n;
    *run = n > 0 ? n : 1;
    if (n == 0 || !is_one_of(text[at], "+0(") || (at > 0 && in_word(text[at - 1]))) {
        *run = 1;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        digits += text[at + i] >= '0' && text[at + i] <= '9';
    while (end > 0 && (text[at + end - 1] < '0' || text[at + end - 1] > '9'))
        end--;
    return digits >= 9 && digits <= 15 ? end : 0;
}

enum personal_kind personal_next(const char *text, size_t *at, size_t *n)
{
    for (size_t i = *at, run; text[i] != '\0'; i += run) {
        size_t from, bytes;
        run = 1;
        if (text[i] == '@' && (bytes = address_around(text, i, &from)) > 0 && from + bytes > *at) {
            *at = from;
            *n = bytes;
            return PERSONAL_ADDRESS;
        }
        if (text[i] != '@' && (bytes = phone_at(text, i, &run)) > 0) {
            *at = i;
            *n = bytes;
            return PERSONAL_PHONE;
        }
    }
    return PERSONAL_NONE;
}

int personal_is(struct store *store, const char *text, const char **why, struct error *err)
{
    bool somebody;
    *why = NULL;
    for (size_t at = 0, n; *why == NULL;) {
        enum personal_kind kind = personal_next(text, &at, &n);
        if (kind == PERSONAL_NONE)
            break;
        if (kind == PERSONAL_ADDRESS)
            *why = "an address";
        else if (strspn(text + at, "0123456789") < n)
            *why = "a telephone number";
        at += n;
    }
    if (*why != NULL)
        return 0;
    int rc = mentions_anybody(store, text, &somebody, err);
    if (rc == 0 && somebody)
        *why = "a user's identifier";
    return rc;
}
