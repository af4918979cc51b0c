/* verdict: what an editor does with texts about products, from a table of them or beside one: approve, reject, publish,
 * roll back, have written again.  A reason, or a word to whoever writes, is typed in a line. */
#ifndef RECKON_UI_VERDICT_H
#define RECKON_UI_VERDICT_H

#include "ui/name_prompt.h"

enum { VERDICT_TEXTS_MAX = 1000 };

enum verdict_kind { VERDICT_APPROVE, VERDICT_REJECT, VERDICT_PUBLISH, VERDICT_ROLL_BACK, VERDICT_REWRITE };

struct verdict {
    struct screen *screen;
    struct name_prompt prompt; /* open while its label is set */
    int64_t texts[VERDICT_TEXTS_MAX];
    size_t n;
    /* What the keys do: of the texts that the screen means by it. */
    void (*act)(struct screen *screen, enum verdict_kind kind);
    bool (*can)(struct screen *screen, enum verdict_kind kind, const char **why);
    /* When a command has ended that answers with a number of a text: the new one, or the one that is published now. */
    void (*moved)(struct screen *screen, int64_t text);
};

/* A screen with one begins like this. */
struct verdict_screen {
    struct screen screen;
    struct verdict verdict;
};

void verdict_close(struct verdict *self); /* zeroed is fine */
/* Of the texts, or, to roll back, of the first text's item and collection. */
void verdict_begin(struct verdict *self, enum verdict_kind kind, const int64_t *texts, size_t n, const char *item,
                   const char *collection);
bool verdict_event(struct verdict *self, const struct event *event); /* true: taken */
void verdict_draw(const struct verdict *self, struct canvas *canvas, struct area area);
/* Runs a command; `moved` is told of what it answers.  values: names and values, NULL at the end. */
void verdict_run(struct verdict *self, const struct command *command, const char *const *values);

/* Can it be done to a text in that state?  *why: a sentence. */
bool verdict_fits(enum verdict_kind kind, const char *state, const char **why);

/* For tables of actions. */
void verdict_approve(struct screen *s);
void verdict_reject(struct screen *s);
void verdict_publish(struct screen *s);
void verdict_roll_back(struct screen *s);
void verdict_rewrite(struct screen *s);
bool verdict_can_approve(struct screen *s, const char **why);
bool verdict_can_reject(struct screen *s, const char **why);
bool verdict_can_publish(struct screen *s, const char **why);

#endif
