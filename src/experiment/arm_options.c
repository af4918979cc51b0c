#include "experiment/arm_options.h"

#include <stdio.h>
#include <string.h>

/*      as written         in the script */
#define OPTIONS(X)                                \
    X("title", "title")                           \
    X("level", "level")                           \
    X("image", "image")                           \
    X("currency", "currency")                     \
    X("locale", "locale")                         \
    X("label-heading", "labelHeading")            \
    X("label-items", "labelItems")                \
    X("label-carousel", "labelCarousel")

static const struct {
    const char *written, *script;
} options[] = {
#define X(written, script) {written, script},
    OPTIONS(X)
#undef X
};
enum { COUNT = sizeof options / sizeof options[0], VALUE_MAX = 256 };

/* The next pair; NULL at the end.  *option is COUNT when there is none of that name, or no value. */
static const char *next(const char *at, size_t *option, char value[VALUE_MAX])
{
    at += strspn(at, "; ");
    size_t n = strcspn(at, ";"), name = strcspn(at, "=;"), end = n;
    if (n == 0)
        return NULL;
    *option = COUNT;
    while (end > 0 && at[end - 1] == ' ')
        end--;
    for (size_t i = 0; i < COUNT; i++)
        if (strlen(options[i].written) == name && memcmp(options[i].written, at, name) == 0 && name + 1 < end)
            *option = i;
    if (*option < COUNT)
        snprintf(value, VALUE_MAX, "%.*s", (int)(end - name - 1), at + name + 1);
    return at + n;
}

int arm_options_check(const char *text, struct error *err)
{
    char value[VALUE_MAX];
    size_t option = COUNT;
    bool any = false;
    for (const char *at = text; (at = next(at, &option, value)) != NULL; any = true)
        if (option == COUNT)
            break;
    if (any && option < COUNT)
        return 0;
    struct str names;
    str_init(&names, 400);
    for (size_t i = 0; i < COUNT; i++)
        str_printf(&names, "%s%s", i > 0 ? ", " : "", options[i].written);
    error_set(err, E_USAGE, text, "are no options of the widget: NAME=VALUE; NAME=VALUE");
    int rc = error_hint(err, E_USAGE, "they are %s", str_text(&names));
    str_release(&names);
    return rc;
}

int arm_options_each(const char *text, arm_option_fn fn, void *context)
{
    char value[VALUE_MAX];
    size_t option;
    int rc = 0;
    for (const char *at = text; rc == 0 && (at = next(at, &option, value)) != NULL;)
        if (option < COUNT)
            rc = fn(context, options[option].script, value);
    return rc;
}
