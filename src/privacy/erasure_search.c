/* What is looked for, and where it need not be looked for again. */
#include <string.h>

#include "privacy/erasure_private.h"

static int add_list(struct needles *out, const json_t *sealed, const char *list, bool identifiers, struct error *err)
{
    json_t *name;
    size_t i;
    int rc = 0;
    json_array_foreach (json_object_get(sealed, list), i, name)
        rc = rc != 0 ? rc : needles_add(out, json_string_value(name), json_string_length(name), identifiers, err);
    return rc;
}

int erasing_needles(struct needles *out, const json_t *sealed, struct error *err)
{
    const char *control = json_string_value(json_object_get(sealed, "control"));
    int rc = needles_init(out, err);
    if (rc == 0 && control == NULL)
        rc = error_set(err, E_CORRUPT, "the case", "has no control");
    rc = rc != 0 ? rc : needles_add(out, control, strlen(control), true, err);
    rc = rc != 0 ? rc : add_list(out, sealed, "identifiers", true, err);
    rc = rc != 0 ? rc : add_list(out, sealed, "texts", false, err);
    return rc != 0 ? rc : needles_ready(out, err);
}

/* [name, device, inode, size, time of change, of its inode] */
static int read_proven(const json_t *one, struct proven *out, struct error *err)
{
    const char *name = NULL;
    json_int_t device, inode, size, modified, changed;
    json_error_t ignored;
    union { /* jansson's unpacking takes a pointer to what it may count references of; it does not */
        const json_t *in;
        json_t *out;
    } list = {.in = one};
    if (json_unpack_ex(list.out, &ignored, 0, "[s, I, I, I, I, I]", &name, &device, &inode, &size, &modified,
                       &changed) != 0 || strlen(name) != PROVEN_NAME - 1)
        return 0; /* then it is read again */
    struct proven_file f = {.device = device, .inode = inode, .size = size, .modified_ns = modified,
                            .changed_ns = changed};
    memcpy(f.name, name, PROVEN_NAME);
    return proven_put(out, &f, err);
}

int facts_get_proven(const json_t *facts, struct proven *out, struct error *err)
{
    const json_t *one;
    size_t i;
    int rc = 0;
    json_array_foreach (json_object_get(facts, "proven"), i, one)
        rc = rc != 0 ? rc : read_proven(one, out, err);
    return rc;
}

int facts_put_proven(json_t *facts, const struct proven *proven)
{
    json_t *list = json_array();
    for (size_t i = 0; i < proven->n; i++) {
        const struct proven_file *f = &proven->files[i];
        json_array_append_new(list, json_pack("[s, I, I, I, I, I]", f->name, (json_int_t)f->device, (json_int_t)f->inode,
                                              (json_int_t)f->size, (json_int_t)f->modified_ns,
                                              (json_int_t)f->changed_ns));
    }
    return json_object_set_new(facts, "proven", list) == 0 ? 0 : E_NOMEM;
}
