/* /privacy/v1/requests: what people ask for under the law, from a shop's own account page. */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "command/privacy/subject_argument.h"
#include "privacy/access.h"
#include "privacy/erasure.h"
#include "privacy/requests.h"
#include "serve/attendant.h"
#include "serve/handlers.h"
#include "serve/item_json.h"
#include "serve/rights.h"
#include "serve/server.h"

enum { ANSWER_MAX = 1 << 24, ARCHIVE_MAX = 1 << 30, LISTED_USUAL = 100 };

/* ---- shown ----------------------------------------------------------------------------------------------- */

static int put_step(void *context, int64_t at, const char *who, const char *action, const char *note)
{
    struct str *out = context;
    str_puts(out, out->data[out->len - 1] == '[' ? "{\"at\":" : ",{\"at\":");
    item_json_time(out, at);
    str_puts(out, ",\"by\":");
    item_json_text(out, who);
    str_puts(out, ",\"step\":");
    item_json_text(out, action);
    str_puts(out, ",\"note\":");
    item_json_text(out, note);
    return str_putc(out, '}') != 0 ? E_NOMEM : 0;
}

/* How far an erasure is: what its record says of itself. */
static void put_erasure(struct str *out, const struct case_record *r)
{
    const char *name, *comma = "", *scan = json_string_value(json_object_get(json_object_get(r->facts, "scan"), "result"));
    json_t *done;
    str_puts(out, ",\"erasure\":{\"done\":[");
    json_object_foreach (json_object_get(r->facts, "steps"), name, done) {
        str_printf(out, "%s\"%s\"", comma, name);
        comma = ",";
    }
    str_putc(out, ']');
    if (json_object_get(r->facts, "committed") != NULL) {
        str_puts(out, ",\"committed\":");
        item_json_time(out, (int64_t)json_integer_value(json_object_get(r->facts, "committed")));
    }
    str_printf(out, ",\"models_due\":%zu", json_array_size(json_object_get(r->facts, "models_due")));
    if (scan != NULL)
        str_printf(out, ",\"scan\":\"%s\"", scan);
    str_putc(out, '}');
}

static int put_case(struct str *out, struct store *store, const struct case_record *r, bool repeated, struct error *err)
{
    str_printf(out, "{\"case\":%" PRId64 ",\"type\":\"%s\",\"state\":\"%s\",\"next\":", r->number, r->type, r->state);
    item_json_text(out, erasure_next(r));
    str_printf(out, ",\"regulation\":\"%s\",\"received\":", r->regulation);
    item_json_time(out, r->received);
    str_puts(out, ",\"due\":");
    item_json_time(out, r->due);
    if (r->closed != 0) {
        str_puts(out, ",\"closed\":");
        item_json_time(out, r->closed);
    }
    str_printf(out, ",\"extended\":%s,\"overdue\":%s,\"people\":%" PRId64 ",\"repeated\":%s",
               json_is_true(json_object_get(r->facts, "extended")) ? "true" : "false",
               r->closed == 0 && r->due < clock_now_ms() ? "true" : "false", r->people, repeated ? "true" : "false");
    if (rights_has_archive(r))
        str_printf(out, ",\"archive\":\"" RIGHTS_REQUESTS "/%" PRId64 "/archive\"", r->number);
    if (r->certificate != NULL)
        str_printf(out, ",\"certificate\":\"" RIGHTS_REQUESTS "/%" PRId64 "/certificate\"", r->number);
    if (strcmp(r->type, "erase") == 0)
        put_erasure(out, r);
    str_puts(out, ",\"steps\":[");
    int rc = cases_steps(store, r->number, put_step, out, err);
    str_puts(out, "]}");
    return rc != 0 ? rc : out->failed ? error_nomem(err, "the case") : 0;
}

static int answer_case(struct call *call, struct store *store, int64_t number, bool repeated, struct error *err)
{
    struct case_record r;
    struct str body;
    int rc = cases_find(store, number, &r, err);
    if (rc != 0)
        return rc;
    str_init(&body, ANSWER_MAX);
    rc = put_case(&body, store, &r, repeated, err);
    if (rc == 0) {
        snprintf(call->location, sizeof call->location, RIGHTS_REQUESTS "/%" PRId64, number);
        call_answer_json(call, call->route->status, &body);
    }
    str_release(&body);
    case_release(&r);
    return rc;
}

/* The case that the path names; false: it has a problem for an answer. */
static bool take_number(struct call *call, int64_t *number)
{
    if (text_to_int64(call->param[0], strlen(call->param[0]), number) && *number > 0)
        return true;
    call_problem(call, 404, "not_found", "there is no such case");
    return false;
}

HANDLER(handle_request)
{
    (void)server;
    int64_t number;
    return take_number(call, &number) ? answer_case(call, desk->store, number, false, err) : 0;
}

struct listing {
    struct str body;
    struct store *store;
    int64_t left;
    struct error *err;
};

static int put_listed(void *context, const struct case_record *r)
{
    struct listing *l = context;
    if (l->left-- <= 0)
        return 0;
    if (l->body.data[l->body.len - 1] != '[')
        str_putc(&l->body, ',');
    return put_case(&l->body, l->store, r, false, l->err);
}

HANDLER(handle_requests)
{
    (void)server;
    struct listing l = {.store = desk->store, .left = call_int(call->query, "limit", LISTED_USUAL), .err = err};
    str_init(&l.body, ANSWER_MAX);
    str_puts(&l.body, "{\"requests\":[");
    int rc = cases_each(desk->store, NULL, call_bool(call->query, "open", false), put_listed, &l, err);
    str_puts(&l.body, "]}");
    if (rc == 0)
        call_answer_json(call, 200, &l.body);
    str_release(&l.body);
    return rc;
}

HANDLER(handle_request_certificate)
{
    (void)server;
    struct case_record r;
    struct str body;
    int64_t number;
    if (!take_number(call, &number))
        return 0;
    int rc = cases_find(desk->store, number, &r, err);
    if (rc != 0)
        return rc;
    str_init(&body, ANSWER_MAX);
    if (r.certificate == NULL) {
        call_problem(call, 409, "no_certificate", "the case has no certificate%s",
                     strcmp(r.type, "erase") == 0 && r.closed == 0 ? ", for it is not done yet" : "");
    } else {
        str_puts(&body, r.certificate);
        call_answer_json(call, 200, &body);
    }
    str_release(&body);
    case_release(&r);
    return 0;
}

/* ---- asked for ------------------------------------------------------------------------------------------- */

static int who_vouches(const struct call *call, char note[300])
{
    const json_t *identity = json_object_get(call->json, "identity");
    const char *by = call_text(identity != NULL ? identity : call->json, "by"),
               *how = call_text(identity != NULL ? identity : call->json, "how");
    return snprintf(note, 300, "vouched for by %s%s%s", by != NULL ? by : "", how != NULL ? ": " : "",
                    how != NULL ? how : "");
}

/* False: the call has a problem for an answer. */
static bool check_body(struct call *call, struct rights_request *q)
{
    struct shape_faults faults = {.n = 0};
    const json_t *identity = json_object_get(call->json, "identity");
    json_t *set = json_object_get(call->json, "set");
    const char *received = call_text(call->json, "received");
    *q = (struct rights_request){.type = call_text(call->json, "type"), .regulation = call_text(call->json, "regulation"),
                                 .note = call_text(call->json, "note"), .checked = identity != NULL,
                                 .set = json_is_object(set) ? set : NULL,
                                 .request = call_text(call->json, "request")};
    q->names[0] = call_text(call->json, "subject");
    q->n_names = 1;
    q->regulation = q->regulation != NULL ? q->regulation : "gdpr";
    if (received != NULL)
        clock_parse(received, strlen(received), &q->received);
    if (q->set != NULL && strcmp(q->type, "rectify") != 0)
        shape_fault_add(&faults, "/set", "belongs to a request of the type rectify");
    if (faults.n > 0)
        call_faults(call, &faults);
    return faults.n == 0;
}

HANDLER(handle_post_request)
{
    (void)desk;
    struct rights_request q;
    struct rights_answer a;
    struct store *store = NULL;
    char vouched[300];
    if (!check_body(call, &q))
        return 0;
    if (q.checked) {
        who_vouches(call, vouched);
        q.vouched = vouched;
    }
    int rc = rights_ask(server, call, &store, &q, &a, err);
    rc = rc != 0 ? rc : answer_case(call, store, a.number, a.repeated, err);
    store_close(store);
    return rc;
}

/* ---- carried on ------------------------------------------------------------------------------------------ */

typedef int (*change_fn)(struct server *server, struct call *call, struct store *store, struct case_record *r,
                         struct error *err);

/* Opens the store and the case, changes it, and answers with the case as it is then. */
static int change(struct server *server, struct call *call, change_fn fn, struct error *err)
{
    struct store *store;
    struct case_record r = {0};
    int64_t number;
    if (!take_number(call, &number))
        return 0;
    int rc = store_open(&store, server->workspace, true, err);
    if (rc != 0)
        return rc;
    rc = cases_find(store, number, &r, err);
    rc = rc != 0 ? rc : fn(server, call, store, &r, err);
    if (rc == E_CONFLICT) /* an erasure may have rebuilt the store meanwhile, which is told once */
        rc = fn(server, call, store, &r, err);
    if (rc == 0 && call->status == 0)
        rc = answer_case(call, store, number, false, err);
    case_release(&r);
    store_close(store);
    return rc;
}

static int vouch(struct server *server, struct call *call, struct store *store, struct case_record *r, struct error *err)
{
    char who[RIGHTS_CALLER_MAX], note[300];
    struct erasure erasure = {.store = store, .actor = rights_actor(call, who)};
    who_vouches(call, note);
    if (strcmp(r->type, "erase") != 0)
        return requests_note(store, &erasure.actor, r->number, true, note, err);
    bool waits = strcmp(r->state, CASE_PLANNED) == 0; /* else the approval says what is wrong */
    int rc = waits ? rights_note(store, &erasure.actor, r->number, "identity checked", note, err) : 0;
    rc = rc != 0 ? rc : erasure_approve(&erasure, r->number, err);
    if (rc == 0)
        attendant_wake(server->attendant);
    return rc;
}

HANDLER(handle_request_identity)
{
    (void)desk;
    return change(server, call, vouch, err);
}

static int extend(struct server *server, struct call *call, struct store *store, struct case_record *r, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct audit_actor actor = rights_actor(call, who);
    (void)server;
    return requests_extend(store, &actor, r->number, call_text(call->json, "reason"), err);
}

HANDLER(handle_request_extend)
{
    (void)desk;
    return change(server, call, extend, err);
}

static int close_it(struct server *server, struct call *call, struct store *store, struct case_record *r,
                    struct error *err)
{
    (void)server;
    return rights_close(call, store, r, call_bool(call->json, "refused", false), call_text(call->json, "note"), err);
}

HANDLER(handle_request_close)
{
    (void)desk;
    return change(server, call, close_it, err);
}

static int withdraw(struct server *server, struct call *call, struct store *store, struct case_record *r,
                    struct error *err)
{
    (void)server;
    return rights_close(call, store, r, true, "withdrawn by whoever asked", err);
}

HANDLER(handle_request_withdraw)
{
    (void)desk;
    return change(server, call, withdraw, err);
}

/* ---- the copy -------------------------------------------------------------------------------------------- */

/* In memory that has no name: nothing of it is left when the server ends, however that is. */
static int pack(const json_t *copy, struct str *out, struct error *err)
{
    char buf[1 << 16];
    int fd = memfd_create("archive", MFD_CLOEXEC);
    if (fd < 0)
        return error_nomem(err, "the archive");
    int rc = access_archive(copy, true, fd, "the archive", err);
    for (off_t at = 0; rc == 0;) {
        ssize_t n = pread(fd, buf, sizeof buf, at);
        if (n <= 0)
            break;
        rc = str_append(out, buf, (size_t)n) != 0 ? error_nomem(err, "the archive") : 0;
        at += n;
    }
    close(fd);
    return rc;
}

static int hand_out(struct server *server, struct call *call, struct store *store, struct case_record *r,
                    struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct audit_actor actor = rights_actor(call, who);
    struct access_counts counts;
    json_t *copy = NULL;
    struct str body;
    int64_t user;
    (void)server;
    if (!rights_has_archive(r)) {
        call_problem(call, 409, "no_archive", r->closed != 0 ? "the case is closed, and whom it was about is not known any more"
                     : strcmp(r->state, "open") == 0 ? "nobody has vouched yet that whoever asks is who they say"
                                                     : "it is not a request for a copy");
        return 0;
    }
    str_init(&body, ARCHIVE_MAX);
    int rc = requests_user(store, r, &user, err);
    rc = rc != 0 ? rc : access_collect(store, user, NULL, &counts, &copy, err);
    rc = rc != 0 ? rc : pack(copy, &body, err);
    json_decref(copy);
    rc = rc != 0 ? rc : requests_note(store, &actor, r->number, false, "archive handed out", err);
    if (rc == 0)
        call_answer(call, 200, "application/zip", &body);
    str_release(&body);
    return rc;
}

HANDLER(handle_request_archive)
{
    (void)desk;
    return change(server, call, hand_out, err);
}
