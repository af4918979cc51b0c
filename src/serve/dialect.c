#include "serve/dialect.h"

#include <stdio.h>
#include <string.h>

static const struct dialect *const dialects[] = {&dialect_tfserving, &dialect_sagemaker, &dialect_opendsr};
enum { DIALECTS = sizeof dialects / sizeof *dialects };

const struct dialect *dialect_at(size_t n)
{
    return n < DIALECTS ? dialects[n] : NULL;
}

static int unknown(const char *word, size_t n, struct error *err)
{
    char names[120] = "";
    size_t at = 0;
    for (size_t i = 0; i < DIALECTS; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "", dialects[i]->name);
    error_set(err, E_USAGE, "dialects", "'%.*s' is none", n > 40 ? 40 : (int)n, word);
    return error_hint(err, E_USAGE, "there are %s; several with commas between them", names);
}

int dialect_parse(const char *text, unsigned *out, struct error *err)
{
    unsigned spoken = 0;
    for (const char *p = text + strspn(text, ", "); *p != '\0'; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ", "), i = 0;
        while (i < DIALECTS && (strlen(dialects[i]->name) != n || memcmp(dialects[i]->name, p, n) != 0))
            i++;
        if (i == DIALECTS)
            return unknown(p, n, err);
        spoken |= 1u << i;
        p += n;
    }
    *out = spoken;
    return 0;
}

const struct dialect *dialect_of_path(unsigned spoken, const char *path)
{
    for (size_t i = 0; i < DIALECTS && spoken != 0; i++)
        if ((spoken & 1u << i) != 0 && dialects[i]->claims(path))
            return dialects[i];
    return NULL;
}

bool dialect_is_spoken(unsigned spoken, const struct dialect *dialect)
{
    for (size_t i = 0; i < DIALECTS; i++)
        if (dialects[i] == dialect)
            return (spoken & 1u << i) != 0;
    return false;
}

bool dialect_any_keyless(unsigned spoken)
{
    for (size_t i = 0; i < DIALECTS; i++)
        if ((spoken & 1u << i) != 0 && dialects[i]->keyless)
            return true;
    return false;
}

/* Where `route` is in the table; -1: it is of another one. */
static long place_in(const struct route *table, size_t n, const struct route *route)
{
    for (size_t i = 0; i < n; i++)
        if (&table[i] == route)
            return (long)i;
    return -1;
}

unsigned dialect_route_number(const struct route *route)
{
    size_t before = route_count;
    long place = place_in(route_table, route_count, route);
    for (size_t i = 0; i < DIALECTS && place < 0; i++) {
        place = place_in(dialects[i]->routes, dialects[i]->n_routes, route);
        if (place >= 0)
            place += (long)before;
        before += dialects[i]->n_routes;
    }
    return (unsigned)place;
}

int dialect_openapi(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    struct str body;
    (void)server, (void)desk;
    str_init(&body, 1 << 22);
    int rc = openapi_document(&body, call->dialect) != 0 ? error_nomem(err, "openapi") : 0;
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}
