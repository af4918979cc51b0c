/* crowd: what is asked of a recommender for several people at once, and the answers. */
#ifndef RECKON_SERVE_CROWD_H
#define RECKON_SERVE_CROWD_H

#include "recommend/recommender.h"

struct crowd {
    struct recommender_request *requests; /* filled by the caller, who owns what they point to */
    struct slate *slates;
    struct error *errors;
    int *outcome; /* of each: 0, or its error's code */
    uint32_t n;
};

int crowd_init(struct crowd *self, uint32_t n, struct error *err); /* release it also after a failure */
/* An error: nobody is answered. */
int crowd_ask(struct crowd *self, struct recommender *recommender, struct error *err);
void crowd_release(struct crowd *self);

#endif
