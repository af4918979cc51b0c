#include "describe/keep.h"

#include <stdlib.h>

#include "base/clock.h"

const char *keep_wrong_form(const struct template *t, const json_t *content)
{
    if (content == NULL)
        return "it is not a JSON object";
    for (int i = 0; i < TEMPLATE_OF_ALL; i++) {
        const json_t *value = json_object_get(content, template_field_name((enum template_field)i));
        bool list = i == TEMPLATE_OF_BULLETS || i == TEMPLATE_OF_KEYWORDS;
        if (t->fields[i] && value == NULL)
            return "a field that was asked for is missing";
        if (t->fields[i] && !(list ? json_is_array(value) : json_is_string(value)))
            return "a field has another type than was asked for";
    }
    return NULL;
}

/* Only what was asked for, whatever else came. */
static json_t *asked_for(const struct template *t, const json_t *content)
{
    json_t *o = json_object();
    for (int i = 0; i < TEMPLATE_OF_ALL; i++) {
        const char *name = template_field_name((enum template_field)i);
        if (t->fields[i])
            json_object_set(o, name, json_object_get(content, name));
    }
    return o;
}

static int store_text(const struct keeping *self, const char *content, const char *findings, struct kept *text,
                      struct error *err)
{
    const struct template *t = self->template;
    struct description d = {
        .item = text->facts->item, .collection = self->collection, .content = content, .template = t->name,
        .version = t->version, .language = t->language != NULL ? t->language : "en",
        .channel = t->channel != NULL ? t->channel : "web", .provider = text->provider, .model = text->model,
        .digest = text->digest, .prompt = text->prompt, .findings = findings, .charge = text->charge,
        .parent = self->parent, .created = clock_now_ms(), .note = self->note,
        .state = text->grave     ? DESCRIPTION_REVIEW
                 : self->publish ? DESCRIPTION_PUBLISHED
                                 : DESCRIPTION_APPROVED};
    d.decided = text->grave ? 0 : d.created;
    int rc = content == NULL || findings == NULL ? error_nomem(err, "a text") : descriptions_add(self->store, &d, err);
    text->description = d.description;
    return rc;
}

int keep_text(const struct keeping *self, const json_t *content, struct kept *text, struct error *err)
{
    struct checker_findings findings = {0};
    json_t *wanted = asked_for(self->template, content);
    int rc = checker_check(text->facts, (const char *const *)self->brands, self->n_brands, self->template, wanted, &findings,
                           err);
    rc = rc != 0 ? rc : near_check(self->near, text->facts->item, wanted, &findings, err);
    if (rc == 0) {
        json_t *list = checker_findings_json(&findings);
        char *body = json_dumps(wanted, JSON_COMPACT), *found = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;
        text->grave = checker_findings_are_grave(&findings);
        text->findings = findings.n;
        rc = store_text(self, body, found, text, err);
        rc = rc != 0 ? rc : near_add(self->near, text->facts->item, err);
        json_decref(list);
        free(body);
        free(found);
    }
    checker_findings_release(&findings);
    json_decref(wanted);
    return rc;
}
