#include "store/mentions.h"

#include <string.h>

#include "store/db.h"

enum { WORD_MIN = 4, WORD_MAX = 256, NUMBER_MIN = 5 };

static int is_somebody(struct store *self, const char *word, size_t n, bool *out, struct error *err)
{
    char text[WORD_MAX + 1];
    int64_t user = 0;
    memcpy(text, word, n);
    text[n] = '\0';
    int rc = db_int(self, err, &user, 0, "SELECT user FROM identities WHERE identifier = ?1", "t", text);
    *out = rc == 0 && user != 0;
    return rc;
}

/* Is it worth asking? */
static bool is_telling(const char *word, size_t n, bool alone)
{
    size_t digits = 0, marks = 0;
    for (size_t i = 0; i < n; i++) {
        digits += word[i] >= '0' && word[i] <= '9';
        marks += strchr("_.@+:#", word[i]) != NULL;
    }
    if (n < WORD_MIN || n > WORD_MAX)
        return false;
    if (digits == n)
        return alone && n >= NUMBER_MIN;
    return alone || digits > 0 || marks > 0;
}

int mentions_anybody(struct store *self, const char *text, bool *out, struct error *err)
{
    static const char gaps[] = " \t\r\n,;\"'()[]{}<>|/=";
    int rc = 0;
    *out = false;
    if (is_telling(text, strlen(text), true))
        rc = is_somebody(self, text, strlen(text), out, err);
    for (const char *p = text + strspn(text, gaps); rc == 0 && !*out && *p != '\0'; p += strspn(p, gaps)) {
        size_t n = strcspn(p, gaps), word = n;
        if (is_telling(p, word, false))
            rc = is_somebody(self, p, word, out, err);
        while (word > 0 && strchr(".:!?-", p[word - 1]) != NULL) /* the end of a sentence */
            word--;
        if (rc == 0 && !*out && word < n && is_telling(p, word, false))
            rc = is_somebody(self, p, word, out, err);
        p += n;
    }
    return rc;
}
