#include "command/period_argument.h"

#include <string.h>

#include "base/clock.h"
#include "store/kinds.h"

static int read_time(const struct args *args, const char *name, int64_t *out, struct error *err)
{
    const char *text = args_text(args, name);
    if (text == NULL || clock_parse(text, strlen(text), out))
        return 0;
    error_set(err, E_USAGE, name, "'%s' is no time", text);
    return error_hint(err, E_USAGE, "a date such as 2026-01-31, or RFC 3339");
}

int period_argument(const struct app *app, const struct args *args, struct extract_filter *out, struct error *err)
{
    const char *kind = args_text(args, "kind");
    *out = (struct extract_filter){.any_time = args_text(args, "since") == NULL && args_text(args, "until") == NULL,
                                   .since = INT64_MIN, .until = INT64_MAX};
    int rc = read_time(args, "since", &out->since, err);
    rc = rc != 0 ? rc : read_time(args, "until", &out->until, err);
    if (rc == 0 && out->since >= out->until)
        rc = error_set(err, E_USAGE, "--until", "is not after --since");
    return rc != 0 || kind == NULL ? rc : kinds_find(app->store, kind, &out->kind, err);
}
