/* experiment: users of requests get their arms, and what they were shown is written down before they see it.
 *
 * A worker assigns and computes the answer; when the exposure is new, the call goes to the writer with its answer
 * finished, and the answer goes out when the exposure is durable.  When nothing can be written the answer goes out all
 * the same: the shop comes first, and a user without an exposure is in no arm of the analysis. */
#ifndef RECKON_SERVE_EXPERIMENT_H
#define RECKON_SERVE_EXPERIMENT_H

#include "experiment/book.h"
#include "serve/call.h"

struct desk;

/* What the arm of a request's user changes; entry NULL: the request is in no experiment. */
struct variant {
    const struct book_entry *entry;
    struct assignment assignment;
    const char *model, *scenario, *rules, *descriptions; /* NULL: as it is */
    bool mixed;                           /* both arms in one list: this is the first */
};

/* By the `user` and `experiment` of what was asked (the body, or the query), else by its scenario.  E_NOT_FOUND: there is no such experiment.  Notes in the call
 * what the writer must write. */
int experiment_choose(struct variant *out, struct desk *desk, struct call *call, const json_t *asked, struct error *err);

/* The second arm of a variant that is mixed. */
struct variant experiment_second(const struct variant *first);

/* "experiment":{…} */
void experiment_put(struct str *out, const struct variant *variant);

/* Is an exposure to be written before the answer goes out? */
bool experiment_must_write(const struct call *call);
/* Within the writer's transaction. */
int experiment_write(struct store *store, const struct call *call, struct error *err);

#endif
