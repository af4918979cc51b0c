/* earlier: the trained models of one kind, with what their training told of itself: to lay over the one that runs.
 *
 * Read by the reading threads; the owner asks again when it wants another kind. */
#ifndef RECKON_UI_EARLIER_H
#define RECKON_UI_EARLIER_H

#include "ui/charts.h"
#include "ui/console.h"

enum { EARLIER_MAX = 5, EARLIER_NAME = 96 };

struct earlier_model {
    char spec[EARLIER_NAME], stage[16], metric[48], protocol[80];
    int64_t created;
    double value, low, high; /* of `metric`; NaN: it was not measured */
};

struct earlier {
    struct console *console;
    char recipe[EARLIER_NAME]; /* a kind or NAME@VERSION, whose kind is meant */
    struct earlier_model models[EARLIER_MAX]; /* newest first */
    size_t n;
    struct charts charts; /* series are named "ials@2: loss" */
    bool known;
    struct error problem;
};

void earlier_init(struct earlier *self, struct console *console);
void earlier_release(struct earlier *self);
/* Nothing when it is the same recipe as before, unless `again`. */
void earlier_ask(struct earlier *self, const char *recipe, bool again);

#endif
