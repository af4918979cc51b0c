#include "command/complete.h"

#include <string.h>

#include "base/str.h"
#include "command/help.h"
#include "engine/model.h"
#include "store/names.h"

enum { WORDS_MAX = 3, CANDIDATE_MAX = 4096 };

/* Who takes the candidates, and what stands before each: the part of the word that is complete already. */
struct taker {
    complete_fn fn;
    void *context;
    const char *before;
    size_t n_before;
};

static int offer(const struct taker *t, const char *text, size_t n, bool unfinished)
{
    struct str candidate;
    str_init(&candidate, CANDIDATE_MAX);
    str_append(&candidate, t->before, t->n_before);
    str_append(&candidate, text, n);
    int rc = candidate.failed ? 0 : t->fn(t->context, str_text(&candidate), unfinished);
    str_release(&candidate);
    return rc;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What the words say until now. */
struct reading {
    const char *name[WORDS_MAX]; /* the command's words, or what may become them */
    size_t n_names;
    const struct command *command;   /* NULL: not yet one */
    const struct command_param *wants; /* an option that waits for its value */
    size_t places;                   /* positional arguments that are there */
    bool plain;                      /* after "--" */
};

static void read_word(struct reading *r, const char *word)
{
    if (r->wants != NULL) {
        r->wants = NULL;
    } else if (!r->plain && strcmp(word, "--") == 0) {
        r->plain = true;
    } else if (!r->plain && begins(word, "--")) {
        size_t len = strcspn(word + 2, "=");
        const struct command_param *p = command_option(r->command, word + 2, len);
        r->wants = p != NULL && p->type != PT_FLAG && word[2 + len] == '\0' ? p : NULL;
    } else if (r->command == NULL && r->n_names < WORDS_MAX) {
        r->name[r->n_names++] = word;
    } else {
        r->places++;
    }
}

/* The longest command that the first words name; what is left of them are arguments. */
static const struct command *longest(const struct reading *r, size_t *used)
{
    struct str name;
    const struct command *found = NULL;
    str_init(&name, 256);
    for (size_t take = 1; take <= r->n_names; take++) {
        str_printf(&name, "%s%s", take > 1 ? " " : "", r->name[take - 1]);
        for (size_t i = 0; command_table[i] != NULL; i++)
            if (strcmp(command_table[i]->name, str_text(&name)) == 0) {
                found = command_table[i];
                *used = take;
            }
    }
    str_release(&name);
    return found;
}

/* Reads twice: which command it is decides which options wait for a value. */
static void read_words(struct reading *r, const char *const *words, size_t n)
{
    *r = (struct reading){0};
    for (size_t i = 0; i < n; i++)
        read_word(r, words[i]);
    size_t used = 0;
    const struct command *command = longest(r, &used);
    if (command == NULL)
        return;
    *r = (struct reading){.command = command};
    for (size_t i = 0; i < n; i++)
        read_word(r, words[i]);
    r->places -= used < r->places ? used : r->places;
}

/* The next word of every command that goes on as the words do. */
static int offer_commands(const struct taker *t, const char *const *words, size_t n, const char *prefix)
{
    struct str so_far, last;
    int rc = 0;
    str_init(&so_far, 256);
    str_init(&last, 256);
    for (size_t i = 0; i < n; i++)
        str_printf(&so_far, "%s ", words[i]);
    for (size_t i = 0; command_table[i] != NULL && rc == 0 && !so_far.failed; i++) {
        const char *name = command_table[i]->name;
        if ((command_table[i]->flags & CF_HIDDEN) || !begins(name, str_text(&so_far)))
            continue;
        const char *next = name + so_far.len;
        size_t len = strcspn(next, " ");
        bool again = last.len == len && memcmp(str_text(&last), next, len) == 0;
        if (!begins(next, prefix) || again)
            continue;
        str_clear(&last);
        str_append(&last, next, len);
        rc = offer(t, next, len, false);
    }
    str_release(&so_far);
    str_release(&last);
    return rc;
}

static int offer_option(const struct taker *t, const struct command_param *p, const char *prefix)
{
    struct str option;
    str_init(&option, 128);
    str_printf(&option, "--%s", p->name);
    bool offered = !option.failed && begins(str_text(&option), prefix);
    int rc = offered ? offer(t, str_text(&option), option.len, false) : 0;
    str_release(&option);
    return rc;
}

static int offer_options(const struct taker *t, const struct command *command, const char *prefix)
{
    const struct command_param *p;
    int rc = 0;
    for (size_t i = 0; command != NULL && rc == 0 && (p = command_param_at(command, i)) != NULL; i++)
        if (!(p->flags & PF_POSITIONAL))
            rc = offer_option(t, p, prefix);
    for (p = global_params; p->name != NULL && rc == 0; p++)
        rc = offer_option(t, p, prefix);
    return rc;
}

static int offer_choices(const struct taker *t, const char *choices, const char *prefix)
{
    int rc = 0;
    while (*choices != '\0' && rc == 0) {
        size_t len = strcspn(choices, "|");
        if (len >= strlen(prefix) && begins(choices, prefix))
            rc = offer(t, choices, len, false);
        choices += len + (choices[len] == '|');
    }
    return rc;
}

static int offer_name(void *context, const char *name)
{
    return offer(context, name, strlen(name), false);
}

static int offer_model_kinds(const struct taker *t, const char *prefix)
{
    int rc = 0;
    for (size_t i = 0; model_kinds[i] != NULL && rc == 0; i++)
        if (begins(model_kinds[i]->name, prefix))
            rc = offer(t, model_kinds[i]->name, strlen(model_kinds[i]->name), false);
    return rc;
}

static int offer_names(struct taker *t, unsigned flags, const char *prefix, struct store *store, struct error *err)
{
    static const struct {
        unsigned flag;
        enum names_of names;
    } known[] = {{PF_USER, NAMES_USERS},   {PF_ITEM, NAMES_ITEMS},           {PF_MODEL, NAMES_MODELS},
                 {PF_RECIPE, NAMES_MODELS}, {PF_EVENT_KIND, NAMES_EVENT_KINDS}, {PF_API_KEY, NAMES_KEYS},
                 {PF_RULES, NAMES_RULES},   {PF_SCENARIO, NAMES_SCENARIOS},
                 {PF_TEMPLATE, NAMES_TEMPLATES}};
    int rc = flags & PF_RECIPE ? offer_model_kinds(t, prefix) : 0;
    for (size_t i = 0; i < sizeof known / sizeof *known && rc == 0 && store != NULL; i++)
        if (flags & known[i].flag)
            rc = names_begin_with(store, known[i].names, prefix, COMPLETE_NAMES, offer_name, t, err);
    return rc;
}

static int offer_values(struct taker *t, const struct command_param *p, const char *prefix, struct store *store,
                        bool *path, struct error *err)
{
    if (p->type == PT_CHOICE)
        return offer_choices(t, p->choices, prefix);
    if (p->type == PT_PATH) {
        *path = true;
        return 0;
    }
    const char *comma = p->flags & PF_LIST ? strrchr(prefix, ',') : NULL;
    struct taker within = *t;
    struct str before;
    str_init(&before, CANDIDATE_MAX);
    str_append(&before, t->before, t->n_before);
    str_append(&before, prefix, comma != NULL ? (size_t)(comma + 1 - prefix) : 0);
    within.before = str_text(&before);
    within.n_before = before.len;
    int rc = before.failed ? 0 : offer_names(&within, p->flags, comma != NULL ? comma + 1 : prefix, store, err);
    str_release(&before);
    return rc;
}

static const struct command_param *positional(const struct command *command, size_t place)
{
    const struct command_param *p, *last = NULL;
    for (size_t i = 0; (p = command_param_at(command, i)) != NULL; i++)
        if (p->flags & PF_POSITIONAL) {
            last = p;
            if (place-- == 0)
                return p;
        }
    return last != NULL && (last->flags & PF_MANY) ? last : NULL;
}

int complete_word(const char *const *words, size_t n, const char *prefix, struct store *store, complete_fn fn,
                  void *context, bool *path, struct error *err)
{
    struct reading r;
    struct taker t = {.fn = fn, .context = context, .before = ""};
    *path = false;
    read_words(&r, words, n);
    if (r.wants != NULL)
        return offer_values(&t, r.wants, prefix, store, path, err);
    if (!r.plain && begins(prefix, "--")) {
        const char *equals = strchr(prefix, '=');
        if (equals == NULL)
            return offer_options(&t, r.command, prefix);
        const struct command_param *p = command_option(r.command, prefix + 2, (size_t)(equals - prefix - 2));
        t.before = prefix;
        t.n_before = (size_t)(equals + 1 - prefix);
        return p != NULL && p->type != PT_FLAG ? offer_values(&t, p, equals + 1, store, path, err) : 0;
    }
    int rc = r.places == 0 ? offer_commands(&t, words, n, prefix) : 0;
    const struct command_param *p = r.command != NULL ? positional(r.command, r.places) : NULL;
    return rc == 0 && p != NULL ? offer_values(&t, p, prefix, store, path, err) : rc;
}
