#include "serve/route.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { SEGMENTS_MAX = 8 };

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool route_decode(char *text, bool form)
{
    char *to = text;
    for (const char *p = text; *p != '\0'; p++) {
        int c = (unsigned char)*p;
        if (c == '%') {
            int high = hex(p[1]), low = high >= 0 ? hex(p[2]) : -1;
            if (low < 0)
                return false;
            c = high * 16 + low;
            p += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7F)
            return false;
        *to++ = (char)c;
    }
    *to = '\0';
    return text_utf8_valid(text, (size_t)(to - text));
}

/* Cuts the path at its slashes; the last segment that fits holds the rest. */
static size_t cut(char *path, char *segment[SEGMENTS_MAX])
{
    size_t n = 0;
    if (*path != '/')
        return 0;
    for (char *p = path; p != NULL && n < SEGMENTS_MAX; n++) {
        *p++ = '\0';
        segment[n] = p;
        p = strchr(p, '/');
    }
    return n;
}

/* Does one segment of the template (up to its slash) take this one of the path?  *is_param: it is a {name}. */
static bool takes(const char *part, size_t n, const char *segment, bool *is_param)
{
    *is_param = n > 2 && part[0] == '{';
    return *is_param ? segment[0] != '\0' : strlen(segment) == n && memcmp(segment, part, n) == 0;
}

static bool fits(const struct route *route, char *segment[SEGMENTS_MAX], size_t n, char *param[CALL_PARAMS_MAX])
{
    const char *part = route->path;
    size_t i = 0, params = 0;
    while (*part == '/' && i < n) {
        size_t len = strcspn(++part, "/");
        bool is_param;
        if (!takes(part, len, segment[i], &is_param))
            return false;
        if (is_param && params < CALL_PARAMS_MAX)
            param[params++] = segment[i];
        if (is_param && part[len - 2] == '+') { /* the rest: its slashes come back */
            for (size_t k = i + 1; k < n; k++)
                segment[k][-1] = '/';
            return true;
        }
        part += len;
        i++;
    }
    return *part == '\0' && i == n;
}

static bool same_method(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static void add_allowed(char allow[64], const char *method)
{
    size_t n = strlen(allow);
    snprintf(allow + n, 64 - n, "%s%s%s", n > 0 ? ", " : "", method, strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct route *route_find(const char *method, char *path, const char *param[CALL_PARAMS_MAX], char allow[64],
                               int *status)
{
    return route_find_in(route_table, route_count, method, path, param, allow, status);
}

const struct route *route_find_in(const struct route *table, size_t n_table, const char *method, char *path,
                                  const char *param[CALL_PARAMS_MAX], char allow[64], int *status)
{
    char *segment[SEGMENTS_MAX], *found[CALL_PARAMS_MAX] = {0};
    size_t n = cut(path, segment);
    allow[0] = '\0';
    *status = 404;
    for (size_t i = 0; i < n_table; i++) {
        const struct route *route = &table[i];
        if (!fits(route, segment, n, found))
            continue;
        if (!same_method(route, method)) {
            add_allowed(allow, route->method);
            *status = 405;
            continue;
        }
        for (size_t p = 0; p < CALL_PARAMS_MAX; p++) {
            param[p] = found[p];
            if (found[p] != NULL && !route_decode(found[p], false)) {
                *status = 400;
                allow[0] = '\0';
                return NULL;
            }
        }
        return route;
    }
    return NULL;
}

static json_t *typed(const struct shape *f, const char *text)
{
    size_t n = strlen(text);
    int64_t whole;
    double real;
    if (f->type == SHAPE_INT && text_to_int64(text, n, &whole))
        return json_integer(whole);
    if (f->type == SHAPE_REAL && text_to_double(text, n, &real))
        return json_real(real);
    if (f->type == SHAPE_BOOL && strcmp(text, "true") == 0)
        return json_true();
    if (f->type == SHAPE_BOOL && strcmp(text, "false") == 0)
        return json_false();
    return json_stringn(text, n);
}

static void take_parameter(const struct shape *shape, json_t *object, char *name, char *value,
                           struct shape_faults *faults)
{
    char pointer[160];
    if (!route_decode(name, true) || !route_decode(value, true)) {
        shape_fault_add(faults, "query", "is not well formed: %%XX must be two hexadecimal digits, and UTF-8");
        return;
    }
    snprintf(pointer, sizeof pointer, "query parameter '%.60s'", name);
    while (shape != NULL && shape->name != NULL && strcmp(shape->name, name) != 0)
        shape++;
    if (shape == NULL || shape->name == NULL)
        shape_fault_add(faults, pointer, "there is no such parameter");
    else if (json_object_get(object, name) != NULL)
        shape_fault_add(faults, pointer, "is given twice");
    else
        json_object_set_new(object, name, typed(shape, value));
}

json_t *route_query(const struct shape *shape, char *query, struct shape_faults *faults)
{
    struct shape_faults more = {.n = 0};
    char nothing[1] = "";
    json_t *object = json_object();
    faults->n = 0;
    for (char *p = query, *next; object != NULL && p != NULL; p = next) {
        next = strchr(p, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(p, '=');
        if (value != NULL)
            *value++ = '\0';
        if (*p != '\0' || value != NULL)
            take_parameter(shape, object, p, value != NULL ? value : nothing, faults);
    }
    if (faults->n == 0 && object != NULL) {
        shape_check(shape, object, &more);
        *faults = more;
    }
    return object;
}
