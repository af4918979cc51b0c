/* item_text: the published text about an item in an answer: of the collection that the arm of the request's user says, else
 * the request.  From the view's memory; the store is not read. */
#ifndef RECKON_SERVE_ITEM_TEXT_H
#define RECKON_SERVE_ITEM_TEXT_H

#include "base/str.h"
#include "serve/experiment.h"

struct item_text_wish {
    const struct texts *texts; /* NULL: nobody wants any */
    int set;                   /* -1: there are none such */
    const char *collection;    /* of the request or the arm */
};

/* `asked`: may hold "collection", "language" and "channel" (NULL: none of them); `wanted`: by the request, also without an arm.
 * Borrows from the view, the request, the variant. */
void item_text_read(struct item_text_wish *out, const struct call *call, const json_t *asked, bool wanted,
                    const struct variant *variant);

/* ,"description":{…} when there is one. */
void item_text_put(struct str *out, const struct item_text_wish *wish, const char *identifier);

#endif
