#include "serve/callback.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/client.h"
#include "serve/dialect_opendsr.h"
#include "serve/opendsr.h"
#include "serve/rights.h"
#include "serve/server.h"
#include "store/origins.h"
#include "store/store.h"

enum { LOOKED_AT_MAX = 1024, AT_ONCE_MAX = 16, TIMEOUT_MS = 10000, ANSWER_MAX = 1 << 16, AGAIN_MAX_MS = 3600000 };
#define GIVE_UP_MS (7 * CLOCK_DAY_MS)

struct telling {
    struct callback *callback;
    const char *state;
    struct str body;
    char domain[OPENDSR_DOMAIN_MAX + 32], signature[OPENDSR_SIGNATURE_MAX + 32];
    bool asked, arrived;
    int64_t since; /* the case was received */
};

static void done(void *context, const struct client_answer *answer)
{
    struct telling *t = context;
    t->arrived = answer->rc == 0 && answer->status / 100 == 2;
}

/* What is to be said, and signs it. */
static int write_body(struct telling *t, struct server *server, struct store *store, struct error *err)
{
    char who[RIGHTS_CALLER_MAX];
    struct case_record r;
    int rc = cases_find(store, t->callback->number, &r, err);
    if (rc != 0)
        return rc;
    t->state = opendsr_state(&r);
    t->since = r.received;
    rc = origins_caller(store, r.number, who, sizeof who, err);
    if (rc == 0 && strcmp(t->state, t->callback->told) != 0 && server->signer != NULL) {
        static const char head[] = "X-OpenDSR-Signature: ";
        opendsr_put_status(&t->body, server->signer, &r, who, t->callback->request, t->callback->url);
        memcpy(t->signature, head, sizeof head);
        snprintf(t->domain, sizeof t->domain, "X-OpenDSR-Processor-Domain: %s", opendsr_signer_domain(server->signer));
        rc = t->body.failed ? error_nomem(err, "a callback")
                            : opendsr_signer_sign(server->signer, str_text(&t->body), t->body.len,
                                                  t->signature + sizeof head - 1, err);
        t->asked = rc == 0;
    }
    case_release(&r);
    return rc;
}

static int ask(struct telling *t, struct server *server, struct client *client, struct error *err)
{
    char why[200];
    struct view *view = view_hold(&server->view);
    bool may = view != NULL && dialect_opendsr_may_call(t->callback->url,
                                                        settings_text(&view->settings, SETTING_ID_CALLBACK_HOSTS), why);
    view_release(view);
    struct client_request request = {.method = "POST", .url = t->callback->url, .content_type = "application/json",
                                     .headers = {t->domain, t->signature}, .body = str_text(&t->body),
                                     .body_bytes = t->body.len, .answer_max = ANSWER_MAX, .timeout_ms = TIMEOUT_MS,
                                     .done = done, .context = t};
    return may ? client_submit(client, &request, err) : 0; /* one that may not be called any more is as one that is down */
}

/* 1 s, 2 s, 4 s … 1 h. */
static int64_t later(int attempts)
{
    int64_t ms = attempts < 12 ? INT64_C(1000) << attempts : AGAIN_MAX_MS;
    return ms < AGAIN_MAX_MS ? ms : AGAIN_MAX_MS;
}

static int note_one(struct telling *t, struct server *server, struct store *store, struct error *err)
{
    int64_t now = clock_now_ms();
    const struct callback *c = t->callback;
    if (t->arrived && opendsr_is_over(t->state))
        return callbacks_remove(store, c->callback, err);
    if (t->arrived)
        return callbacks_told(store, c->callback, t->state, now, err);
    if (c->attempts == 0 || now - t->since > GIVE_UP_MS)
        journal_event(server->journal, "warning", "callback", "case %lld: whoever asked could not be told that it is %s%s",
                      (long long)c->number, t->state, c->attempts == 0 ? "; tried again" : "; given up");
    if (c->attempts > 24 && now - t->since > GIVE_UP_MS)
        return callbacks_remove(store, c->callback, err);
    return callbacks_failed(store, c->callback, now + later(c->attempts), err);
}

static int note_all(struct telling *list, size_t n, struct server *server, struct store *store, struct error *err)
{
    int rc = store_begin(store, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = note_one(&list[i], server, store, err);
    return store_end(store, rc, err);
}

/* Those of the first `n` that there is something new to tell, and begins to; *n_list: how many. */
static int begin(struct callback *due, size_t n, struct telling *list, size_t *n_list, struct server *server,
                 struct store *store, struct client *client, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n && *n_list < AT_ONCE_MAX; i++) {
        struct telling *t = &list[*n_list];
        *t = (struct telling){.callback = &due[i]};
        str_init(&t->body, ANSWER_MAX);
        rc = write_body(t, server, store, err);
        rc = rc != 0 || !t->asked ? rc : ask(t, server, client, err);
        if (t->asked)
            ++*n_list;
        else
            str_release(&t->body);
    }
    return rc;
}

int callback_tell_all(struct server *server, struct store *store, struct client *client, bool (*meanwhile)(void *context),
                      void *context, struct error *err)
{
    struct telling list[AT_ONCE_MAX];
    struct callback *due;
    size_t n, n_list = 0;
    bool goes_on = true;
    int rc = callbacks_due(store, clock_now_ms(), LOOKED_AT_MAX, &due, &n, err);
    if (rc != 0)
        return rc;
    rc = begin(due, n, list, &n_list, server, store, client, err);
    while (rc == 0 && goes_on && client_pending(client) > 0) {
        rc = client_poll(client, 100, err);
        goes_on = meanwhile(context);
    }
    if (rc == 0 && goes_on && n_list > 0)
        rc = note_all(list, n_list, server, store, err);
    for (size_t i = 0; i < n_list; i++)
        str_release(&list[i].body);
    callbacks_free(due, n);
    return rc;
}
