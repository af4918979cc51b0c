/* wish: what a request for a slate asks for: what the arm of its user says, then the request itself, else its scenario, else
 * the settings; and what the caller knows and the store does not (session, cart, item in view).
 *
 * Everything is borrowed from the request, its view and the variant, but for the lists and the voices, which
 * wish_release gives back.  One thread, that of the desk. */
#ifndef RECKON_SERVE_WISH_H
#define RECKON_SERVE_WISH_H

#include "recommend/policy.h"
#include "serve/captioner.h"
#include "serve/experiment.h"
#include "serve/item_text.h"
#include "serve/server.h"

struct wish {
    struct recommender_request request;
    struct recommender_event *recent;
    struct recommender_limit limits[RECOMMENDER_LIMITS_MAX];
    const char **exclude, **attributes, **cart;
    size_t n_attributes;
    const struct scenario *scenario; /* NULL: none */
    struct variant variant;
    struct item_text_wish text; /* published ones of the items */
    struct caption_wishes captions;
    bool hide_reasons; /* they are wanted for captions alone */
    const uint8_t *teams; /* of an interleaved slate: whose pick each item is; else NULL */
    double record; /* share of slates that are recorded */
    struct recommender_voice voices[SCENARIO_MODELS_MAX];
    uint32_t n_voices;
};

/* variant: of the user; NULL: it is chosen.  Whatever it answers, wish_release is called. */
int wish_read(struct wish *w, struct desk *desk, struct call *call, const struct variant *variant, struct error *err);
void wish_release(struct wish *w);

#endif
