/* The OpenAPI 3.1 document, from the route table and the command table. */
#include <string.h>

#include "base/text.h"
#include "command/help.h"
#include "serve/admin.h"
#include "serve/dialect.h"
#include "serve/route.h"

static void put_text(struct str *out, const char *text)
{
    text_json_string(out, text, strlen(text));
}

static const struct {
    const char *status, *name, *description;
} problems[] = {
    {"400", "BadRequest", "It is not as described here; what is wrong is listed."},
    {"401", "NoKey", "It needs a key, and there is none, or none that is valid."},
    {"403", "NotAllowed", "The key may not do this, or a confirmation is missing."},
    {"404", "NotFound", "There is no such thing."},
    {"405", "NoSuchMethod", "The path has no such method."},
    {"409", "Conflict", "It is not possible in the present state."},
    {"413", "TooLarge", "The body is too large."},
    {"415", "NotJson", "The body is not JSON."},
    {"422", "NotProcessable", "It is well formed, but what it says does not fit what is known."},
    {"429", "TooMany", "More requests than allowed; Retry-After says when to try again."},
    {"500", "Failed", "It failed within."},
    {"503", "NotNow",
     "Not at the moment (too busy, about to stop, nothing can be written); Retry-After says when to try again."},
};

void openapi_problems(struct str *out)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        str_printf(out, ",\"%s\":{\"$ref\":\"#/components/responses/%s\"}", problems[i].status, problems[i].name);
}

/* The template as OpenAPI writes it. */
static void put_path(struct str *out, const char *path)
{
    str_putc(out, '"');
    for (; *path != '\0'; path++)
        if (*path != '+')
            str_putc(out, *path);
    str_putc(out, '"');
}

static void put_parameters(struct str *out, const struct route *route)
{
    const char *comma = "";
    str_puts(out, ",\"parameters\":[");
    for (const char *p = strchr(route->path, '{'); p != NULL; p = strchr(p + 1, '{')) {
        str_printf(
            out,
            "%s{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"minLength\":1,"
            "\"maxLength\":256,\"pattern\":\"^[^\\\\u0000-\\\\u001f\\\\u007f/]+$\"}}",
            comma, (int)strcspn(p + 1, "}"), p + 1);
        comma = ",";
    }
    for (const struct shape *f = route->query; f != NULL && f->name != NULL; f++) {
        str_printf(out, "%s{\"name\":\"%s\",\"in\":\"query\",\"schema\":", comma, f->name);
        shape_schema_of(out, f, true);
        str_putc(out, '}');
        comma = ",";
    }
    if (route->body_form == BODY_ONE_OR_MANY)
        str_printf(out,
                   "%s{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"minLength\":1,"
                   "\"maxLength\":128,\"pattern\":\"^[A-Za-z0-9._:-]+$\"}}",
                   comma);
    str_putc(out, ']');
}

/* For each type that is read (or written): an object of that shape, or text. */
static void put_media(struct str *out, const char *media, const struct shape *shape)
{
    const char *comma = "";
    str_puts(out, "\"content\":{");
    for (const char *p = media != NULL ? media : "application/json"; *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        str_printf(out, "%s\"%.*s\":{\"schema\":", comma, (int)n, p);
        if (n == 16 && memcmp(p, "application/json", n) == 0)
            shape_schema(out, shape, false);
        else
            str_puts(out, "{\"type\":\"string\"}");
        str_putc(out, '}');
        comma = ",";
        p += n;
    }
    str_putc(out, '}');
}

static void put_body(struct str *out, const struct route *route)
{
    if (route->body_form == NO_BODY)
        return;
    if (route->body_form == BODY_AS_IT_CAME) {
        str_puts(out, ",\"requestBody\":{\"required\":true,");
        put_media(out, route->answer_type, route->body);
        str_putc(out, '}');
        return;
    }
    str_puts(out, ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":");
    if (route->body_form == BODY_ONE_OR_MANY) {
        str_puts(out, "{\"oneOf\":[");
        shape_schema(out, route->body, true);
        str_puts(
            out,
            ",{\"type\":\"object\",\"properties\":{\"events\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":10000,"
            "\"items\":");
        shape_schema(out, route->body, true);
        str_puts(out, "}},\"required\":[\"events\"],\"additionalProperties\":false}]}");
    } else {
        shape_schema(out, route->body, true);
    }
    str_puts(out, "}}}");
}

static void put_roles(struct str *out, unsigned access)
{
    if (access == OPEN_TO_ALL || (access & OPEN_BY_PLATFORM) != 0) {
        str_puts(out, ",\"security\":[]");
        return;
    }
    const struct {
        unsigned role;
        const char *name;
    } roles[] = {{KEY_SERVE, "serve"}, {KEY_INGEST, "ingest"}, {KEY_ADMIN, "admin"}, {KEY_PRIVACY, "privacy"}, {KEY_BROWSER, "browser"}};
    str_puts(out, ",\"security\":[{\"key\":[");
    const char *comma = "";
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (access & roles[i].role) {
            str_printf(out, "%s\"%s\"", comma, roles[i].name);
            comma = ",";
        }
    str_puts(out, "]}]");
}

static void put_success(struct str *out, const struct route *route)
{
    str_printf(out, "\"%d\":{\"description\":\"done\"", route->status);
    if (route->body_form == BODY_AS_IT_CAME) {
        str_putc(out, ',');
        put_media(out, route->answer_type, route->answer);
    } else if (route->answer_type != NULL || route->answer != NULL) {
        str_printf(out, ",\"content\":{\"%s\":{\"schema\":",
                   route->answer_type != NULL ? route->answer_type : "application/json");
        if (route->answer != NULL)
            shape_schema(out, route->answer, false);
        else
            str_puts(out, strncmp(route->answer_type, "text/", 5) == 0 ? "{\"type\":\"string\"}" : "{}");
        str_puts(out, "}}");
    }
    str_putc(out, '}');
}

/* What may go wrong, in the form of the dialect. */
static void put_foreign_errors(struct str *out, const struct dialect *dialect)
{
    for (const char *p = dialect->statuses; *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        str_printf(out, ",\"%.*s\":{\"$ref\":\"#/components/responses/Error\"}", (int)n, p);
        p += n;
    }
}

static void put_operation(struct str *out, const struct route *route, const struct dialect *dialect)
{
    str_putc(out, '"');
    for (const char *m = route->method; *m != '\0'; m++)
        str_putc(out, (char)(*m | 32));
    str_printf(out, "\":{\"operationId\":\"%s\",\"summary\":", route->name);
    put_text(out, route->summary);
    str_puts(out, ",\"description\":");
    put_text(out, route->description);
    put_roles(out, route->access);
    put_parameters(out, route);
    put_body(out, route);
    str_puts(out, ",\"responses\":{");
    put_success(out, route);
    if (dialect != NULL) {
        put_foreign_errors(out, dialect);
    } else if (strcmp(route->name, "readyz") == 0) {
        str_puts(out, ",\"503\":{\"description\":\"not now\",\"content\":{\"application/json\":{\"schema\":");
        shape_schema(out, route->answer, false);
        str_puts(out, "}}}");
    } else if (route->access != OPEN_TO_ALL || route->body_form != NO_BODY || route->place != AT_ONCE) {
        openapi_problems(out);
    } else {
        str_puts(out, ",\"400\":{\"$ref\":\"#/components/responses/BadRequest\"},\"401\":{\"$ref\":\"#/components/"
                      "responses/NoKey\"},"
                      "\"429\":{\"$ref\":\"#/components/responses/TooMany\"},\"503\":{\"$ref\":\"#/components/"
                      "responses/NotNow\"}");
    }
    str_puts(out, "}}");
}

/* Routes of one path stand together in the table's order of first mention. */
static bool is_first(const struct route *table, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(table[k].path, table[i].path) == 0)
            return false;
    return strchr(table[i].path, '+') == NULL; /* the commands are listed one by one */
}

static void put_paths(struct str *out, const struct route *table, size_t n, const struct dialect *dialect)
{
    const char *comma = "";
    for (size_t i = 0; i < n; i++) {
        if (!is_first(table, i))
            continue;
        str_puts(out, comma);
        put_path(out, table[i].path);
        str_puts(out, ":{");
        comma = "";
        for (size_t k = i; k < n; k++)
            if (strcmp(table[k].path, table[i].path) == 0) {
                str_puts(out, comma);
                put_operation(out, &table[k], dialect);
                comma = ",";
            }
        str_putc(out, '}');
        comma = ",";
    }
}

static void put_components(struct str *out)
{
    str_puts(
        out,
        "\"components\":{\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{"
        "\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457\",\"properties\":{\"type\":{\"type\":\"string\"},"
        "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"
        "\"detail\":{\"type\":\"string\"},\"hint\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},"
        "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":"
        "\"string\"},"
        "\"detail\":{\"type\":\"string\"}},\"required\":[\"pointer\",\"detail\"]}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"code\",\"detail\",\"request_id\"]},"
        "\"Result\":{\"type\":\"object\",\"description\":\"what a command found: columns, rows, single facts, notes\","
        "\"properties\":{\"command\":{\"type\":\"string\"},\"columns\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"object\"}},\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
        "\"summary\":{\"type\":\"object\"},\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
        "\"required\":[\"command\",\"columns\",\"rows\",\"summary\"]},"
        "\"Job\":{\"type\":\"object\",\"properties\":{\"job\":{\"type\":\"string\"},\"command\":{\"type\":\"string\"},"
        "\"state\":{\"enum\":[\"waiting\",\"running\",\"done\",\"failed\",\"cancelled\"]}},"
        "\"required\":[\"job\",\"command\",\"state\"]}},\"responses\":{");
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        str_printf(out, "%s\"%s\":{\"description\":", i > 0 ? "," : "", problems[i].name);
        put_text(out, problems[i].description);
        str_puts(
            out,
            ",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}");
    }
    str_puts(out, "}}");
}

static int foreign_document(struct str *out, const struct dialect *dialect)
{
    str_puts(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
    put_text(out, dialect->title);
    str_printf(out, ",\"version\":\"%s\",\"description\":", help_version);
    put_text(out, dialect->description);
    str_puts(out, "},\"paths\":{");
    put_paths(out, dialect->routes, dialect->n_routes, dialect);
    str_printf(out,
               "},\"components\":{\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{"
               "\"Error\":%s},\"responses\":{\"Error\":{\"description\":\"it failed\",\"content\":{"
               "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\"}}}}}}",
               dialect->error_schema);
    return str_putc(out, '}');
}

int openapi_document(struct str *out, const struct dialect *dialect)
{
    if (dialect != NULL)
        return foreign_document(out, dialect);
    str_printf(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"reckon\",\"version\":\"%s\",\"description\":"
                    "\"Recommendations, events and commands of one workspace.\"},\"paths\":{",
               help_version);
    put_paths(out, route_table, route_count, NULL);
    admin_openapi(out);
    str_puts(out, "},");
    put_components(out);
    return str_putc(out, '}');
}
