#include "serve/consent.h"

#include <string.h>

#include "store/consents.h"
#include "store/users.h"

int consent_refused_by_browser(struct store *store, const struct call *call, bool *refused, struct error *err)
{
    const struct consent_policy *policy;
    *refused = false;
    if (!call->gpc)
        return 0;
    int rc = consents_policy(store, &policy, err);
    *refused = rc == 0 && policy->gpc == GPC_PERSONALISATION;
    return rc;
}

static int refuse(struct store *store, int64_t user, enum consent_purpose purpose, int64_t now, struct error *err)
{
    struct consent_state state;
    int rc = consents_state(store, user, &state, err);
    if (rc != 0 || ((state.refused >> purpose) & 1) != 0)
        return rc;
    struct consent_event e = {.user = user, .purpose = purpose, .basis = "gpc", .source = "Sec-GPC: 1", .policy = "",
                              .proof = "", .at = now, .recorded = now};
    return consents_record(store, &e, NULL, err);
}

int consent_take_signal(struct store *store, const struct call *call, const json_t *events, size_t n, int64_t now,
                        struct error *err)
{
    const struct consent_policy *policy;
    if (!call->gpc)
        return 0;
    int rc = consents_policy(store, &policy, err);
    for (size_t i = 0; rc == 0 && policy->gpc != GPC_IGNORE && i < n; i++) {
        const char *name = call_text(events != NULL ? json_array_get(events, i) : call->json, "user");
        int64_t user = 0;
        bool known = false;
        rc = users_lookup(store, name, &user, err);
        if (rc == 0 && user == 0)
            rc = consents_may(store, 0, CONSENT_ANALYTICS, &known, err);
        if (rc == 0 && user == 0 && !known)
            continue; /* nothing of them will be stored, this neither */
        rc = rc != 0 ? rc : users_intern(store, name, strlen(name), &user, NULL, err);
        if (rc == E_REFUSED) { /* erased: there is nobody whom it could be recorded of */
            rc = 0;
            continue;
        }
        rc = rc != 0 ? rc : refuse(store, user, CONSENT_SALE, now, err);
        if (rc == 0 && policy->gpc == GPC_PERSONALISATION)
            rc = refuse(store, user, CONSENT_PERSONALISATION, now, err);
    }
    return rc;
}

static int may_mail(struct store *store, const char *name, bool *may, struct error *err)
{
    int64_t user = 0;
    int rc = users_lookup(store, name, &user, err);
    return rc != 0 ? rc : consents_may(store, user, CONSENT_MARKETING, may, err);
}

int consent_keep_mailable(struct store *store, struct call *call, size_t *n, struct error *err)
{
    json_t *users = json_object_get(call->json, "users");
    const char *user = call_text(call->json, "user");
    bool may = true;
    int rc = 0;
    *n = 0;
    if (user != NULL) {
        rc = may_mail(store, user, &may, err);
        *n = rc == 0 && !may;
        return rc;
    }
    for (size_t i = json_array_size(users); rc == 0 && i-- > 0;) {
        rc = may_mail(store, json_string_value(json_array_get(users, i)), &may, err);
        if (rc == 0 && !may) {
            json_array_remove(users, i);
            ++*n;
        }
    }
    return rc;
}
