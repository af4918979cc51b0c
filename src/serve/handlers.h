/* handlers: what the route table calls; one file per noun. */
#ifndef RECKON_SERVE_HANDLERS_H
#define RECKON_SERVE_HANDLERS_H

#include "serve/route.h"

#define HANDLER(name) int name(struct server *server, struct desk *desk, struct call *call, struct error *err)

/* handle_health.c */
HANDLER(handle_livez);
HANDLER(handle_readyz);
HANDLER(handle_ping);
HANDLER(handle_metrics);
HANDLER(handle_openapi);
HANDLER(handle_version);

/* handle_events.c */
HANDLER(handle_events);
void events_committed(struct server *server, struct call *call);

/* handle_consent.c */
HANDLER(handle_consent);
void consent_committed(struct server *server, struct call *call);

HANDLER(handle_get_consent);
HANDLER(handle_consent_history);

/* handle_requests.c */
HANDLER(handle_requests);
HANDLER(handle_post_request);
HANDLER(handle_request);
HANDLER(handle_request_identity);
HANDLER(handle_request_extend);
HANDLER(handle_request_close);
HANDLER(handle_request_withdraw);
HANDLER(handle_request_archive);
HANDLER(handle_request_certificate);

/* handle_catalogue.c */
HANDLER(handle_put_item);
HANDLER(handle_put_user);
HANDLER(handle_get_item);
HANDLER(handle_history);
HANDLER(handle_models);
void item_committed(struct server *server, struct call *call);
void user_committed(struct server *server, struct call *call);

/* handle_recommend.c */
bool quick_answer(struct server *server, struct call *call);
HANDLER(handle_recommend);
/* May this one be answered together with others of the same view?  (It has been prepared.) */
bool recommend_fits_group(const struct call *call);
/* Answers all of them; they have one view. */
void recommend_group(struct server *server, struct desk *desk, struct call *const *calls, size_t n);
/* Either user or users; false: the call has a problem for an answer. */
bool recommend_check_who(struct call *call);
/* The answer to a body as of /v1/recommend or /v1/session, as text; or the call has its answer (call->status), a problem.
 * record: it is shown to somebody as a recommendation, so that what comes of it is of interest. */
int recommend_text(struct server *server, struct desk *desk, struct call *call, bool record, struct str *out,
                   struct error *err);
HANDLER(handle_similar);
HANDLER(handle_session);

/* experiment.c */
HANDLER(handle_assign);

/* handle_demo.c */
HANDLER(handle_demo_door);
HANDLER(handle_demo_home);
HANDLER(handle_demo_search);
HANDLER(handle_demo_item);
HANDLER(handle_demo_cart);
HANDLER(handle_demo_picture);
HANDLER(handle_demo_asset);

/* handle_email.c */
HANDLER(handle_email);

/* handle_assets.c */
HANDLER(handle_widget);
/* Answers with the built-in file that the route's path ends with. */
int asset_answer(struct call *call, const char *cache_control, struct error *err);

#endif
