/* POST /requests of OpenDSR. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/client.h"
#include "serve/dialect_opendsr.h"
#include "serve/item_json.h"
#include "serve/opendsr.h"
#include "serve/rights.h"
#include "serve/server.h"
#include "store/store.h"

enum { CALLBACKS_MAX = 8 };

#define IDENTITIES                                                                                             \
    "controller_customer_id|email|android_advertising_id|android_id|fire_advertising_id|ios_advertising_id|" \
    "ios_vendor_id|microsoft_advertising_id|microsoft_publisher_id|roku_publisher_id|roku_advertising_id"

static const struct shape identity_shape[] = {
    {"identity_type", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, IDENTITIES, NULL, ""},
    {"identity_value", SHAPE_ID, SHAPE_REQUIRED, 0, 0, NULL, NULL, ""},
    {"identity_format", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "raw|sha1|md5|sha256", NULL, "only raw is understood"},
    {0},
};
static const struct shape one_identity = {"", SHAPE_OBJECT, 0, 0, 0, NULL, identity_shape, ""};
static const struct shape one_url = {"", SHAPE_TEXT, 0, 8, 1000, NULL, NULL, ""};

const struct shape dialect_opendsr_body[] = {
    {"regulation", SHAPE_TEXT, 0, 0, 0, "gdpr|ccpa", NULL, "gdpr when absent"},
    {"subject_request_id", SHAPE_TEXT, SHAPE_REQUIRED, 36, 36, NULL, NULL, "UUID version 4, in lower case"},
    {"subject_request_type", SHAPE_TEXT, SHAPE_REQUIRED, 0, 0, "access|portability|erasure", NULL, ""},
    {"submitted_time", SHAPE_TIME, SHAPE_REQUIRED, 0, 0, NULL, NULL, "when the person asked"},
    {"subject_identities", SHAPE_LIST, SHAPE_REQUIRED, 1, RIGHTS_NAMES_MAX, NULL, &one_identity, "of one person"},
    {"status_callback_urls", SHAPE_LIST, 0, 0, CALLBACKS_MAX, NULL, &one_url,
     "told of every change; their hosts must be in the setting privacy.callback-hosts"},
    {"api_version", SHAPE_TEXT, 0, 0, 20, NULL, NULL, ""},
    {"extensions", SHAPE_ANY, 0, 0, 0, NULL, NULL, "passed over"},
    {0},
};

/* What the specification does not name may be there, and is passed over. */
static void drop_unknown(json_t *object, const struct shape *known)
{
    const char *name;
    void *next;
    json_t *v;
    json_object_foreach_safe (object, next, name, v) {
        bool is_known = false;
        for (const struct shape *f = known; f->name != NULL; f++)
            is_known = is_known || strcmp(f->name, name) == 0;
        if (!is_known)
            json_object_del(object, name);
    }
}

/* call->json; false: the call has a problem for an answer. */
static bool read_body(struct call *call)
{
    struct shape_faults faults;
    json_t *one;
    size_t i;
    const char *body = call->body != NULL ? call->body : "";
    if (!shape_too_deep(body, call->n_body))
        call->json = json_loadb(body, call->n_body, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(call->json)) {
        call_problem(call, 400, "invalid_json", "the body is not a JSON object");
        return false;
    }
    drop_unknown(call->json, dialect_opendsr_body);
    json_object_del(call->json, "extensions");
    json_array_foreach (json_object_get(call->json, "subject_identities"), i, one)
        drop_unknown(one, identity_shape);
    shape_check(dialect_opendsr_body, call->json, &faults);
    if (faults.n == 0 && !opendsr_is_uuid(call_text(call->json, "subject_request_id")))
        shape_fault_add(&faults, "/subject_request_id", "is not a version 4 UUID in lower case");
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

bool dialect_opendsr_may_call(const char *url, const char *hosts, char why[200])
{
    char host[256];
    struct error err = {0};
    if (client_url_host(url, host, sizeof host, &err) != 0)
        snprintf(why, 200, "%.190s", err.why);
    else if (!text_is_among(host, hosts, ' ', false))
        snprintf(why, 200, "its host may not be told of anything here");
    else
        return true;
    return false;
}

static bool names_somebody(const char *url, const struct rights_request *q)
{
    for (size_t i = 0; i < q->n_names; i++)
        if (strlen(q->names[i]) >= 4 && strcasestr(url, q->names[i]) != NULL)
            return true;
    return false;
}

static void check_callbacks(const struct call *call, const struct rights_request *q, struct shape_faults *faults)
{
    const char *hosts = settings_text(&call->view->settings, SETTING_ID_CALLBACK_HOSTS);
    json_t *url;
    size_t i;
    json_array_foreach (q->callbacks, i, url) {
        char why[200], at[60];
        snprintf(at, sizeof at, "/status_callback_urls/%zu", i);
        if (!dialect_opendsr_may_call(json_string_value(url), hosts, why))
            shape_fault_add(faults, at, "%s", why);
        else if (names_somebody(json_string_value(url), q))
            shape_fault_add(faults, at, "names the person; addresses end up in logs");
    }
}

/* False: the call has a problem for an answer. */
static bool check_request(struct call *call, struct rights_request *q)
{
    struct shape_faults faults = {.n = 0};
    const char *type = call_text(call->json, "subject_request_type"), *time = call_text(call->json, "submitted_time");
    bool approve = strcmp(settings_text(&call->view->settings, SETTING_ID_OPENDSR_ERASURES), "approve") == 0;
    json_t *one;
    size_t i;
    *q = (struct rights_request){.type = strcmp(type, "erasure") == 0 ? "erase" : type,
                                 .regulation = call_text(call->json, "regulation"),
                                 .request = call_text(call->json, "subject_request_id"),
                                 .vouched = "vouched for by the controller (OpenDSR)", .checked = true, .waits = approve,
                                 .nobody_is_fine = true,
                                 .callbacks = json_object_get(call->json, "status_callback_urls")};
    q->regulation = q->regulation != NULL ? q->regulation : "gdpr";
    clock_parse(time, strlen(time), &q->received);
    json_array_foreach (json_object_get(call->json, "subject_identities"), i, one) {
        char at[60];
        snprintf(at, sizeof at, "/subject_identities/%zu/identity_format", i);
        if (strcmp(call_text(one, "identity_format"), "raw") != 0)
            shape_fault_add(&faults, at, "only raw is understood");
        q->names[q->n_names++] = call_text(one, "identity_value");
    }
    check_callbacks(call, q, &faults);
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

static int put_taken(struct str *out, const struct call *call, const struct case_record *r, const char *who,
                     struct error *err)
{
    size_t n = sodium_base64_encoded_len(call->n_body, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = mem_alloc(n, 1);
    if (encoded == NULL)
        return error_nomem(err, "the answer");
    sodium_bin2base64(encoded, n, (const unsigned char *)call->body, call->n_body, sodium_base64_VARIANT_ORIGINAL);
    str_puts(out, "{\"controller_id\":");
    item_json_text(out, who);
    str_puts(out, ",\"expected_completion_time\":");
    item_json_time(out, r->due);
    str_puts(out, ",\"received_time\":");
    item_json_time(out, clock_now_ms());
    str_printf(out, ",\"encoded_request\":\"%s\",\"subject_request_id\":", encoded);
    item_json_text(out, call_text(call->json, "subject_request_id"));
    str_putc(out, '}');
    mem_free(encoded);
    return 0;
}

static int ask(struct server *server, struct call *call, const struct rights_request *q, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct store *store = NULL;
    struct rights_answer a;
    struct case_record r = {0};
    struct str body;
    rights_actor(call, who);
    int rc = rights_ask(server, call, &store, q, &a, err);
    rc = rc != 0 ? rc : cases_find(store, a.number, &r, err);
    store_close(store);
    if (rc != 0)
        return rc;
    str_init(&body, 1 << 24);
    rc = put_taken(&body, call, &r, who, err);
    rc = rc != 0 ? rc : dialect_opendsr_answer(server, call, 201, &body, err);
    str_release(&body);
    case_release(&r);
    return rc;
}

int dialect_opendsr_request(struct server *server, struct desk *desk, struct call *call, struct error *err)
{
    struct rights_request q;
    (void)desk;
    return read_body(call) && check_request(call, &q) ? ask(server, call, &q, err) : 0;
}
