#include "privacy/rectify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/attributes.h"

int rectify_text(struct store *store, int64_t user, const char *name, const char *text, struct error *err)
{
    struct attribute *list;
    size_t n, found;
    struct attribute_value v = {.text = text, .n = strlen(text)};
    int rc = attributes_list(store, ATTRIBUTE_OF_USER, &list, &n, err);
    if (rc != 0)
        return rc;
    for (found = 0; found < n && strcmp(list[found].name, name) != 0; found++)
        ;
    if (found == n) {
        error_set(err, E_NOT_FOUND, name, "is no attribute of people");
        rc = error_hint(err, E_NOT_FOUND, "`reckon privacy export` shows those that a person has");
    } else if (text[0] == '\0') {
        rc = attributes_unset(store, ATTRIBUTE_OF_USER, user, name, err);
    } else if (list[found].type == ATTRIBUTE_NUMBER && !text_to_double(text, v.n, &v.number)) {
        rc = error_set(err, E_USAGE, name, "'%.60s' is not a number", text);
    } else if (list[found].type == ATTRIBUTE_BOOLEAN && strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        rc = error_set(err, E_USAGE, name, "'%.60s' is neither true nor false", text);
    } else if (list[found].type == ATTRIBUTE_LIST && text[0] != '[') {
        rc = error_set(err, E_USAGE, name, "is a list: write it as JSON, [\"a\",\"b\"]");
    } else {
        v.number = list[found].type == ATTRIBUTE_BOOLEAN ? strcmp(text, "true") == 0 : v.number;
        rc = attributes_set(store, ATTRIBUTE_OF_USER, user, list[found].attribute, list[found].type, &v, err);
    }
    mem_free(list);
    return rc;
}

/* As text; free(*out) when it is not NULL, else `buf` holds it. */
static const char *text_of(const json_t *v, char buf[40], char **own)
{
    *own = NULL;
    if (json_is_null(v))
        return "";
    if (json_is_boolean(v))
        return json_is_true(v) ? "true" : "false";
    if (json_is_array(v))
        return *own = json_dumps(v, JSON_COMPACT);
    if (!json_is_number(v))
        return json_string_value(v);
    snprintf(buf, 40, "%.17g", json_number_value(v));
    return buf;
}

int rectify_values(struct store *store, int64_t user, json_t *values, struct error *err)
{
    const char *name;
    json_t *v;
    int rc = 0;
    json_object_foreach (values, name, v) {
        char buf[40], *own;
        const char *text = text_of(v, buf, &own);
        if (rc == 0)
            rc = text == NULL ? error_nomem(err, name) : rectify_text(store, user, name, text, err);
        free(own);
    }
    return rc;
}
