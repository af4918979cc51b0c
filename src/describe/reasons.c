#include "describe/reasons.h"

#include <string.h>
#include <strings.h>


static const struct {
    const char *name;
    bool other;
} kinds[REASON_COUNT] = {
#define X(name, text, other) [REASON_##name] = {text, other},
    REASON_KINDS(X)
#undef X
};

const char *reason_name(enum reason_kind kind)
{
    return kinds[kind].name;
}

bool reason_find(const char *name, enum reason_kind *out)
{
    for (int i = 0; i < REASON_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *out = (enum reason_kind)i;
            return true;
        }
    return false;
}

bool reason_names_other(enum reason_kind kind)
{
    return kinds[kind].other;
}

/* Neither says how the user met the item: the reason does not know whether it was bought. */
static const struct {
    const char *language, *said[REASON_COUNT];
} sentences[] = {
    {"en", {"Because of your interest in {because}", "Popular in this shop", "Chosen for you", "Similar to {because}"}},
    {"de", {"Wegen Ihres Interesses an {because}", "Beliebt in diesem Shop", "Für Sie ausgesucht", "Ähnlich wie {because}"}},
    {"fr", {"En raison de votre intérêt pour {because}", "Populaire dans cette boutique", "Choisi pour vous",
            "Semblable à {because}"}},
    {"es", {"Por su interés en {because}", "Popular en esta tienda", "Elegido para usted", "Parecido a {because}"}},
    {"it", {"Per il suo interesse per {because}", "Popolare in questo negozio", "Scelto per lei", "Simile a {because}"}},
    {"nl", {"Vanwege uw interesse in {because}", "Populair in deze winkel", "Voor u gekozen", "Lijkt op {because}"}},
    {"pt", {"Pelo seu interesse em {because}", "Popular nesta loja", "Escolhido para si", "Semelhante a {because}"}},
    {"sv", {"På grund av ditt intresse för {because}", "Populär i den här butiken", "Utvald för dig", "Liknar {because}"}},
    {"da", {"På grund af din interesse for {because}", "Populær i denne butik", "Udvalgt til dig", "Ligner {because}"}},
};

const char *reason_sentence(enum reason_kind kind, const char *language)
{
    for (size_t i = 0; language != NULL && i < sizeof sentences / sizeof sentences[0]; i++) {
        size_t n = strlen(sentences[i].language); /* de-AT is German */
        if (strncasecmp(language, sentences[i].language, n) == 0 && (language[n] == '\0' || language[n] == '-'))
            return sentences[i].said[kind];
    }
    return sentences[0].said[kind];
}

const char *reason_told(enum reason_kind kind)
{
    static const char *const told[REASON_COUNT] = {
        [REASON_HISTORY] = "The reason is that the visitor was interested in another product of the shop. Where its name belongs write "
                           REASON_SLOT ", braces and all, exactly once. Say nothing else about that product, and not that it was bought.",
        [REASON_POPULAR] = "The reason is that it is popular in this shop. Say nothing of the visitor, and name no other product.",
        [REASON_MODEL] = "The reason is that it fits the visitor. Do not say that it is popular, do not say what the visitor did, "
                         "and name no other product.",
        [REASON_SIMILAR] = "The reason is that it is similar to another product of the shop. Where its name belongs write " REASON_SLOT
                           ", braces and all, exactly once. Say nothing else about that product, and nothing of the visitor."};
    return told[kind];
}

int reason_fill(struct str *out, const char *caption, const char *because)
{
    const char *slot = strstr(caption, REASON_SLOT);
    if (slot == NULL || because == NULL)
        return str_puts(out, caption);
    str_append(out, caption, (size_t)(slot - caption));
    str_puts(out, because);
    return str_puts(out, slot + strlen(REASON_SLOT));
}

static const char *holds_any(const char *text, const char *const *phrases)
{
    for (; *phrases != NULL; phrases++)
        for (const char *p = text; *p != '\0'; p++)
            if (strncasecmp(p, *phrases, strlen(*phrases)) == 0)
                return *phrases;
    return NULL;
}

const char *reason_overstated(enum reason_kind kind, const char *caption)
{
    static const char *const deeds[] = {"bought", "purchase", "ordered", "your cart", "your basket", "added to", "last time",
                                        "yesterday", "last week", "again and again", NULL};
    static const char *const crowds[] = {"popular", "bestsell", "best-sell", "best sell", "trending", "everyone", "everybody",
                                         "customers love", "favourite", "favorite", "most loved", "in demand", NULL};
    static const char *const past[] = {"because you", "you looked", "you viewed", "you liked", "you saw", "your interest",
                                       "you were interested", "you have seen", NULL};
    const char *slot = strstr(caption, REASON_SLOT), *found = holds_any(caption, deeds);
    bool other = kinds[kind].other;
    if (other && slot == NULL)
        return "it does not name the product of the reason";
    if (slot != NULL && (!other || strstr(slot + 1, REASON_SLOT) != NULL))
        return "it names a product that the reason does not";
    if (found == NULL && kind != REASON_POPULAR)
        found = holds_any(caption, crowds);
    if (found == NULL && kind != REASON_HISTORY)
        found = holds_any(caption, past);
    return found;
}
