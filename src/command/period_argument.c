#include "command/period_argument.h"

#include <string.h>

#include "base/clock.h"

static int read_time(const struct args *args, const char *name, int64_t *out, struct error *err)
{
    const char *text = args_text(args, name);
    if (text == NULL || clock_parse(text, strlen(text), out))
        return 0;
    error_set(err, E_USAGE, name, "'%s' is no time", text);
    return error_hint(err, E_USAGE, "a date such as 2026-01-31, or RFC 3339");
}

int period_argument(const struct args *args, int64_t *since, int64_t *until, struct error *err)
{
    *since = INT64_MIN / 4;
    *until = INT64_MAX / 4;
    int rc = read_time(args, "since", since, err);
    rc = rc != 0 ? rc : read_time(args, "until", until, err);
    if (rc == 0 && *since >= *until)
        rc = error_set(err, E_USAGE, "--until", "is not after --since");
    return rc;
}
