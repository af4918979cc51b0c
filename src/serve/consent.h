/* consent: what the server does about consent, beside the recommender and the store.
 *
 * Global Privacy Control, the header Sec-GPC: 1, is a refusal that the browser says with every request.  What is refused
 * is the setting privacy.gpc: `sale`, or `personalisation` too.  With events it is recorded for their people, once; an
 * answer to a request with it is not personal when personalisation is refused so. */
#ifndef RECKON_SERVE_CONSENT_H
#define RECKON_SERVE_CONSENT_H

#include "serve/call.h"
#include "store/store.h"

/* Must this answer be as if nobody were named? */
int consent_refused_by_browser(struct store *store, const struct call *call, bool *refused, struct error *err);

/* Within the writer's transaction: records the signal for the people of the events, when there is one. */
int consent_take_signal(struct store *store, const struct call *call, const json_t *events, size_t n, int64_t now,
                        struct error *err);

/* Takes away from `users` (or `user`) of the call whoever refuses mailings; *n: how many that were.  For /v1/email. */
int consent_keep_mailable(struct store *store, struct call *call, size_t *n, struct error *err);

#endif
