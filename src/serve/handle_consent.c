/* POST /v1/consent: what a visitor agreed to, or took back. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/privacy/subject_argument.h"
#include "privacy/consent_write.h"
#include "privacy/tcf.h"
#include "serve/handlers.h"
#include "serve/item_json.h"
#include "serve/public_key.h"
#include "serve/server.h"
#include "store/subjects.h"
#include "store/users.h"

enum { HISTORY_MAX = 1 << 24 };

struct said {
    struct consent_words words;
    size_t n;
    unsigned slot[SUBJECT_USERS_MAX];
};

static void put_purposes(struct str *body, const char *name, unsigned set)
{
    bool first = true;
    str_printf(body, ",\"%s\":[", name);
    for (int i = 0; i < CONSENT_PURPOSE_COUNT; i++) {
        if ((set >> i & 1) == 0)
            continue;
        str_printf(body, "%s\"%s\"", first ? "" : ",", consent_purpose_name((enum consent_purpose)i));
        first = false;
    }
    str_putc(body, ']');
}

static int answer_state(struct call *call, struct store *store, int64_t user, const char *name, struct error *err)
{
    struct consent_state state;
    struct str body;
    int rc = consents_state(store, user, &state, err);
    if (rc != 0)
        return rc;
    str_init(&body, 4096);
    str_puts(&body, "{\"user\":");
    item_json_text(&body, name);
    put_purposes(&body, "may", state.may);
    put_purposes(&body, "may_not", ~state.may);
    put_purposes(&body, "granted", state.granted);
    put_purposes(&body, "refused", state.refused);
    str_putc(&body, '}');
    call_answer_json(call, 200, &body);
    str_release(&body);
    return 0;
}

static bool read_list(struct call *call, const char *name, unsigned *set)
{
    const json_t *list = json_object_get(call->json, name);
    enum consent_purpose purpose;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (!consent_purpose_find(word, strlen(word), &purpose))
            return false;
        if (public_key_used(call) && purpose == CONSENT_PROCESSING) {
            call_problem(call, 403, "forbidden", "a key for browsers may not restrict processing");
            return false;
        }
        *set |= 1U << purpose;
    }
    return true;
}

/* False: the call has a problem for an answer. */
static bool read_body(struct call *call, struct consent_words *w)
{
    struct shape_faults faults = {.n = 0};
    struct error err = {0};
    const char *basis = call_text(call->json, "basis"), *time = call_text(call->json, "time");
    *w = (struct consent_words){.basis = basis != NULL ? basis : "consent", .source = "http", .at = clock_now_ms(),
                                .policy = call_text(call->json, "policy"), .proof = call_text(call->json, "proof")};
    if (public_key_used(call))
        w->source = "browser";
    if (time != NULL)
        clock_parse(time, strlen(time), &w->at);
    if (!read_list(call, "grant", &w->grant) || !read_list(call, "withdraw", &w->withdraw))
        return false;
    w->tcf = call_text(call->json, "tcf");
    if (consent_words_check(w, &err) != 0) {
        shape_fault_add(&faults, "", "%s: %s", err.what, err.why);
        call_faults(call, &faults);
        return false;
    }
    return true;
}

static int note_users(struct said *said, struct store *store, int64_t user, struct error *err)
{
    struct subject_users all;
    struct str name;
    int rc = subjects_users(store, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        str_init(&name, 4096);
        if (users_name(store, all.user[i], &name, NULL) == 0)
            said->slot[said->n++] = server_user_slot(str_text(&name), name.len);
        str_release(&name);
    }
    return rc;
}

/* Whom an identifier or an address leads to; somebody new, when it is nobody. */
static int find_or_make(struct store *store, const char *name, int64_t *user, struct error *err)
{
    int rc = subject_argument(store, name, user, NULL);
    if (rc == E_NOT_FOUND)
        return users_intern(store, name, strlen(name), user, NULL, err);
    return rc == 0 ? 0 : subject_argument(store, name, user, err);
}

/* The body of POST /v1/consent names the user; of PUT /privacy/v1/subjects/{id}/consent the path does, by any identifier
 * of theirs. */
HANDLER(handle_consent)
{
    (void)server;
    bool by_path = call->param[0] != NULL;
    const char *name = by_path ? call->param[0] : call_text(call->json, "user");
    int64_t user = 0;
    if (by_path && !call_check_id(call, "subject"))
        return 0;
    struct said *said = mem_zalloc(1, sizeof *said);
    if (said == NULL)
        return error_nomem(err, "consent");
    call->context = said;
    if (!read_body(call, &said->words))
        return 0;
    int rc = by_path ? find_or_make(desk->store, name, &user, err)
                     : users_intern(desk->store, name, strlen(name), &user, NULL, err);
    if (rc == E_REFUSED) {
        call_problem(call, 409, "erased", "this person was erased, and asked not to be stored again");
        return 0;
    }
    rc = rc != 0 ? rc : consent_words_record(desk->store, user, &said->words, NULL, err);
    rc = rc != 0 ? rc : note_users(said, desk->store, user, err);
    return rc != 0 ? rc : answer_state(call, desk->store, user, name, err);
}

void consent_committed(struct server *server, struct call *call)
{
    const struct said *said = call->context;
    for (size_t i = 0; said != NULL && i < said->n; i++)
        atomic_fetch_add(&server->user_generation[said->slot[i]], 1);
}

/* ---- read --------------------------------------------------------------------------------------------------- */

HANDLER(handle_get_consent)
{
    (void)server;
    int64_t user;
    int rc = call_check_id(call, "subject") ? subject_argument(desk->store, call->param[0], &user, err) : 0;
    return rc != 0 || call->status != 0 ? rc : answer_state(call, desk->store, user, call->param[0], err);
}

static int put_said(void *context, int64_t entry, const struct consent_event *e)
{
    struct str *body = context;
    (void)entry;
    str_printf(body, "%s{\"purpose\":\"%s\",\"state\":\"%s\",\"at\":", body->data[body->len - 1] == '[' ? "" : ",",
               consent_purpose_name(e->purpose), e->granted ? "granted" : "withdrawn");
    item_json_time(body, e->at);
    str_puts(body, ",\"recorded\":");
    item_json_time(body, e->recorded);
    const struct {
        const char *name, *text;
    } texts[] = {{"basis", e->basis}, {"source", e->source}, {"policy", e->policy}, {"proof", e->proof}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        str_printf(body, ",\"%s\":", texts[i].name);
        item_json_text(body, texts[i].text);
    }
    return str_putc(body, '}') != 0 ? E_NOMEM : 0;
}

HANDLER(handle_consent_history)
{
    (void)server;
    struct str body;
    int64_t user;
    int rc = call_check_id(call, "subject") ? subject_argument(desk->store, call->param[0], &user, err) : 0;
    if (rc != 0 || call->status != 0)
        return rc;
    str_init(&body, HISTORY_MAX);
    str_puts(&body, "{\"user\":");
    item_json_text(&body, call->param[0]);
    str_puts(&body, ",\"events\":[");
    rc = consents_history(desk->store, user, put_said, &body, err);
    str_puts(&body, "]}");
    if (rc == E_NOMEM)
        rc = error_nomem(err, "consent");
    if (rc == 0)
        call_answer_json(call, 200, &body);
    str_release(&body);
    return rc;
}
