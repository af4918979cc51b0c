/* POST /v1/email: what POST /v1/recommend answers, with each slate also as a part of a mailing. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "serve/consent.h"
#include "serve/email.h"
#include "serve/handlers.h"
#include "serve/html.h"
#include "serve/server.h"

enum { EMAIL_MAX = 1 << 26, EMAIL_ITEMS = 6 };

static const char *text_or(const json_t *body, const char *name, const char *missing)
{
    const char *text = call_text(body, name);
    return text != NULL ? text : missing;
}

static bool is_colour(const char *text)
{
    return strlen(text) == 7 && text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

/* What the shape cannot say. */
static bool check(struct call *call)
{
    struct shape_faults faults = {.n = 0};
    const char *image = call_text(call->json, "image"), *currency = text_or(call->json, "currency", "EUR");
    if (!html_url_good(call_text(call->json, "url")))
        shape_fault_add(&faults, "/url", "must begin with https:// or http://, and may hold {item}, {slate}, {position}");
    if (image != NULL && !html_url_good(image))
        shape_fault_add(&faults, "/image",
                        "must begin with https:// or http://, and may hold {item}, {slate}, {position}");
    if (strlen(currency) != 3 || !isalpha((unsigned char)currency[0]) || !isalpha((unsigned char)currency[1]) ||
        !isalpha((unsigned char)currency[2]))
        shape_fault_add(&faults, "/currency", "must be a code of three letters, as in EUR");
    if (!is_colour(text_or(call->json, "accent", "#000000")))
        shape_fault_add(&faults, "/accent", "must be a colour as in #0b5cad");
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

/* The question that /v1/recommend would be asked: what mailings show, and no reasons. */
static int narrow(struct call *call, struct error *err)
{
    json_t *body = call->json, *names = json_array();
    int rc = names == NULL ? -1 : 0;
    if (rc == 0)
        rc = json_array_append_new(names, json_string(text_or(body, "price_attribute", "price")));
    if (rc == 0)
        rc = json_array_append_new(names, json_string(text_or(body, "image_attribute", "image")));
    if (rc == 0)
        rc = json_object_set(body, "attributes", names);
    if (rc == 0)
        rc = json_object_set_new(body, "reasons", json_false());
    if (rc == 0 && json_object_get(body, "n") == NULL && json_object_get(body, "scenario") == NULL)
        rc = json_object_set_new(body, "n", json_integer(EMAIL_ITEMS));
    json_decref(names);
    return rc == 0 ? 0 : error_nomem(err, "email");
}

static void read_item(struct email_item *out, const json_t *item, const json_t *body)
{
    const json_t *attributes = json_object_get(item, "attributes"),
                 *price = json_object_get(attributes, text_or(body, "price_attribute", "price"));
    *out = (struct email_item){.item = call_text(item, "item"), .title = text_or(item, "title", ""),
                               .image = call_text(attributes, text_or(body, "image_attribute", "image")),
                               .priced = json_is_number(price), .price = json_number_value(price)};
}

static int set_text(json_t *object, const char *name, const struct str *text)
{
    if (text->failed)
        return -1;
    return json_object_set_new(object, name, json_stringn(str_text(text), text->len));
}

/* Adds html, text and subject to a slate. */
static int put_parts(json_t *slate, const json_t *body, const struct email *email)
{
    const char *subject = call_text(body, "subject");
    struct str part;
    str_init(&part, EMAIL_MAX);
    email_html(&part, email);
    int rc = set_text(slate, "html", &part);
    str_clear(&part);
    email_text(&part, email);
    if (rc == 0)
        rc = set_text(slate, "text", &part);
    str_clear(&part);
    if (rc == 0 && subject != NULL) {
        email_subject(&part, email, subject);
        rc = set_text(slate, "subject", &part);
    }
    str_release(&part);
    return rc;
}

static int write_mail(json_t *slate, const json_t *body, struct error *err)
{
    const json_t *list = json_object_get(slate, "items");
    struct email email = {.slate = text_or(slate, "slate", ""), .n = json_array_size(list),
                          .headline = text_or(body, "headline", ""), .url = call_text(body, "url"),
                          .image = text_or(body, "image", ""), .tracking = text_or(body, "tracking", "reckon_slate"),
                          .button = text_or(body, "button", ""), .currency = text_or(body, "currency", ""),
                          .locale = text_or(body, "locale", "en"), .accent = text_or(body, "accent", "#0b5cad"),
                          .columns = (size_t)call_int(body, "columns", 2)};
    struct email_item *items = mem_zalloc(email.n + 1, sizeof *items);
    if (items == NULL)
        return error_nomem(err, "email");
    for (size_t i = 0; i < email.n; i++)
        read_item(&items[i], json_array_get(list, i), body);
    email.items = items;
    int rc = put_parts(slate, body, &email);
    mem_free(items);
    return rc == 0 ? 0 : error_nomem(err, "email");
}

static int write_mails(json_t *answer, const json_t *body, struct error *err)
{
    json_t *list = json_object_get(answer, "answers");
    int rc = list == NULL ? write_mail(answer, body, err) : 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
        rc = write_mail(json_array_get(list, i), body, err);
    return rc;
}

static int respond(struct call *call, json_t *answer, struct error *err)
{
    struct str body;
    char *text = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text == NULL)
        return error_nomem(err, "email");
    str_init(&body, EMAIL_MAX);
    str_puts(&body, text);
    free(text);
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}

/* Everybody whom the mail was for refuses mailings; then the call has its answer. */
static bool nobody_is_left(struct call *call, size_t withheld)
{
    struct str body;
    if (call_text(call->json, "user") != NULL) {
        call_problem(call, 403, "no_consent", "this person does not agree to mailings");
        return true;
    }
    if (json_array_size(json_object_get(call->json, "users")) > 0)
        return false;
    str_init(&body, 128);
    str_printf(&body, "{\"answers\":[],\"no_marketing\":%zu}", withheld);
    call_answer_json(call, 200, &body);
    str_release(&body);
    return true;
}

HANDLER(handle_email)
{
    struct str text;
    json_t *answer = NULL;
    size_t withheld;
    if (!recommend_check_who(call) || !check(call))
        return 0;
    int rc = consent_keep_mailable(desk->store, call, &withheld, err);
    if (rc != 0)
        return rc;
    if (withheld > 0 && nobody_is_left(call, withheld))
        return 0;
    str_init(&text, EMAIL_MAX);
    rc = narrow(call, err);
    if (rc == 0)
        rc = recommend_text(server, desk, call, true, &text, err);
    if (rc == 0 && call->status == 0) {
        answer = json_loadb(str_text(&text), text.len, 0, NULL);
        rc = answer == NULL ? error_nomem(err, "email") : write_mails(answer, call->json, err);
        if (rc == 0 && withheld > 0)
            rc = json_object_set_new(answer, "no_marketing", json_integer((json_int_t)withheld)) == 0
                     ? 0
                     : error_nomem(err, "email");
    }
    if (rc == 0 && call->status == 0)
        rc = respond(call, answer, err);
    json_decref(answer);
    str_release(&text);
    return rc;
}
