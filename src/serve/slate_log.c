#include "serve/slate_log.h"

#include <string.h>

#include "base/mem.h"

void slate_log_init(struct slate_log *self)
{
    *self = (struct slate_log){.n = 0};
    pthread_mutex_init(&self->lock, NULL);
}

void slate_log_release(struct slate_log *self)
{
    slate_log_free(self->first);
    self->first = self->last = NULL;
    pthread_mutex_destroy(&self->lock);
}

void slate_log_free(struct logged_slate *slates)
{
    for (struct logged_slate *next; slates != NULL; slates = next) {
        next = slates->next;
        mem_free(slates);
    }
}

/* NULL stays NULL. */
static const char *copy_text(char **at, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t n = strlen(text) + 1;
    char *to = *at;
    memcpy(to, text, n);
    *at += n;
    return to;
}

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static struct logged_slate *copy(const struct shown_slate *s)
{
    struct logged_slate *one =
        mem_alloc(1, sizeof *one + size_of(s->slate) + size_of(s->user) + size_of(s->scenario) + size_of(s->model) +
                         size_of(s->items) + size_of(s->propensities) + size_of(s->teams));
    if (one == NULL)
        return NULL;
    char *at = (char *)(one + 1);
    one->next = NULL;
    one->shown.at = s->at;
    one->shown.slate = copy_text(&at, s->slate);
    one->shown.user = copy_text(&at, s->user);
    one->shown.scenario = copy_text(&at, s->scenario);
    one->shown.model = copy_text(&at, s->model);
    one->shown.items = copy_text(&at, s->items);
    one->shown.propensities = copy_text(&at, s->propensities);
    one->shown.experiment = s->experiment;
    one->shown.teams = copy_text(&at, s->teams);
    return one;
}

bool slate_log_put(struct slate_log *self, const struct shown_slate *shown)
{
    struct logged_slate *one = copy(shown);
    pthread_mutex_lock(&self->lock);
    bool room = one != NULL && self->n < SLATE_LOG_MAX;
    if (room) {
        if (self->last != NULL)
            self->last->next = one;
        else
            self->first = one;
        self->last = one;
        self->n++;
    }
    pthread_mutex_unlock(&self->lock);
    if (!room)
        mem_free(one);
    return room;
}

struct logged_slate *slate_log_take(struct slate_log *self, size_t *n)
{
    pthread_mutex_lock(&self->lock);
    struct logged_slate *all = self->first;
    *n = self->n;
    self->first = self->last = NULL;
    self->n = 0;
    pthread_mutex_unlock(&self->lock);
    return all;
}
