#include "command/experiment/logged_places.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/compose.h"
#include "recommend/recommender.h"
#include "store/events.h"
#include "store/items.h"
#include "store/users.h"

enum { EACH_MAX = 1 << 26 }; /* of probabilities that are kept, for estimates by a model of the rewards */

/* An item of the store and its number in the rounds. */
struct known {
    int64_t id;
    uint32_t item;
};

struct ordered {
    double score;
    uint32_t item;
};

struct places {
    struct logged_rounds *logged;
    struct store *store;
    struct recommender *recommender; /* NULL: by weights */
    const double *weights;
    struct known *known;   /* by id */
    bool *met;             /* of each item: by the person at hand */
    bool repeat;           /* met items may stand too */
    float *scores;
    uint32_t *numbers; /* of the items, as the model knows them */
    struct ordered *order; /* those that may stand there; of a model the best first */
    size_t n;
};

static int by_id(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_score(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score) - (x->score > y->score)
                                : (x->item > y->item) - (x->item < y->item);
}

static int know_items(struct places *p, struct error *err)
{
    const struct labels *items = &p->logged->items;
    int rc = 0;
    for (size_t i = 0; i < items->n && rc == 0; i++) {
        p->known[i].item = (uint32_t)i;
        rc = items_lookup(p->store, items->texts[i], &p->known[i].id, err);
    }
    qsort(p->known, items->n, sizeof *p->known, by_id);
    return rc;
}

static int see_met(struct places *p, const struct drawn_when *when, struct error *err)
{
    size_t items = p->logged->items.n, n = 0;
    struct event_row *rows = NULL;
    memset(p->met, 0, items * sizeof *p->met);
    int rc = when->user != 0 ? events_history(p->store, when->user, INT64_MIN, when->at, 0, &rows, &n, err) : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct known key = {.id = rows[i].item};
        const struct known *k = bsearch(&key, p->known, items, sizeof *p->known, by_id);
        if (k != NULL)
            p->met[k->item] = true;
    }
    mem_free(rows);
    return rc;
}

static bool begins_slate(const struct logged_rounds *s, size_t round)
{
    return round == 0 || s->slate[round] != s->slate[round - 1];
}

/* Were items drawn that the person had met? */
static int see_repeats(struct places *p, struct error *err)
{
    const struct logged_rounds *s = p->logged;
    int rc = 0;
    for (size_t i = 0; i < s->n && rc == 0 && !p->repeat; i++) {
        if (begins_slate(s, i))
            rc = see_met(p, &s->when[i], err);
        p->repeat = rc == 0 && p->met[s->action[i]];
    }
    return rc;
}

static int ask_model(struct places *p, const struct drawn_when *when, struct error *err)
{
    struct str user;
    struct recommender_request request = {.anyone = true, .repeat = true, .no_reasons = true, .until = when->at,
                                          .at = when->at};
    str_init(&user, 4096);
    int rc = when->user != 0 ? users_name(p->store, when->user, &user, err) : 0;
    if (when->user != 0)
        request.user = str_text(&user);
    if (rc == 0)
        rc = recommender_scores(p->recommender, &request, p->numbers, (uint32_t)p->logged->items.n, p->scores, err);
    str_release(&user);
    return rc;
}

static int begin_slate(struct places *p, const struct drawn_when *when, struct error *err)
{
    int rc = p->repeat ? 0 : see_met(p, when, err);
    if (rc == 0 && p->recommender != NULL)
        rc = ask_model(p, when, err);
    p->n = 0;
    for (uint32_t i = 0; i < p->logged->items.n && rc == 0; i++)
        if (p->repeat || !p->met[i])
            p->order[p->n++] = (struct ordered){p->recommender != NULL ? (double)p->scores[i] : p->weights[i], i};
    if (p->recommender != NULL)
        qsort(p->order, p->n, sizeof *p->order, by_score);
    return rc;
}

static double share_of(const struct places *p, size_t place)
{
    return p->recommender != NULL ? compose_worth((double)place + 1) : p->order[place].score;
}

/* The round's probabilities; what was drawn cannot be drawn again. */
static void take_round(struct places *p, size_t round)
{
    struct logged_rounds *s = p->logged;
    double sum = 0;
    size_t at = p->n;
    for (size_t i = 0; i < p->n; i++) {
        sum += share_of(p, i);
        at = p->order[i].item == s->action[round] ? i : at;
    }
    s->target[round] = at < p->n && sum > 0 ? share_of(p, at) / sum : 0;
    for (size_t i = 0; i < p->n && s->each != NULL && sum > 0; i++)
        s->each[round * s->items.n + p->order[i].item] = (float)(share_of(p, i) / sum);
    for (size_t i = at; i + 1 < p->n; i++)
        p->order[i] = p->order[i + 1];
    p->n -= at < p->n;
}

static int take_slates(struct places *p, struct job *job, struct error *err)
{
    struct logged_rounds *s = p->logged;
    int rc = know_items(p, err);
    if (rc == 0 && p->recommender != NULL)
        rc = recommender_numbers(p->recommender, (const char *const *)s->items.texts, (uint32_t)s->items.n, p->numbers, err);
    if (rc == 0)
        rc = see_repeats(p, err);
    for (size_t i = 0; i < s->n && rc == 0; i++) {
        if (begins_slate(s, i))
            rc = begin_slate(p, &s->when[i], err);
        if (rc == 0)
            take_round(p, i);
        if (rc == 0 && job_step(job, "rounds", (double)i + 1, (double)s->n, "rounds"))
            rc = job_error_cancelled(err, "experiment value");
    }
    return rc;
}

static int take(struct places *p, struct job *job, struct error *err)
{
    struct logged_rounds *s = p->logged;
    p->known = mem_zalloc(s->items.n, sizeof *p->known);
    p->met = mem_zalloc(s->items.n, sizeof *p->met);
    p->scores = mem_zalloc(s->items.n, sizeof *p->scores);
    p->numbers = mem_alloc(s->items.n, sizeof *p->numbers);
    p->order = mem_alloc(s->items.n, sizeof *p->order);
    if (s->n <= EACH_MAX / s->items.n)
        s->each = mem_zalloc(s->n * s->items.n, sizeof *s->each);
    bool room = p->known != NULL && p->met != NULL && p->scores != NULL && p->numbers != NULL &&
                p->order != NULL;
    int rc = room ? take_slates(p, job, err) : error_nomem(err, "experiment value");
    s->has_target = s->has_slates = rc == 0; /* chances given what stands above: lists too */
    mem_free(p->known);
    mem_free(p->met);
    mem_free(p->scores);
    mem_free(p->numbers);
    mem_free(p->order);
    return rc;
}

int logged_places_policy(struct logged_rounds *logged, struct store *store, const double *weights, struct job *job,
                         struct error *err)
{
    struct places p = {.logged = logged, .store = store, .weights = weights};
    return take(&p, job, err);
}

int logged_places_model(struct logged_rounds *logged, struct store *store, const char *model, char name[96],
                        struct job *job, struct error *err)
{
    const struct recommender_options options = {.model = model, .job = job};
    struct places p = {.logged = logged, .store = store};
    int rc = recommender_open(&p.recommender, store, &options, err);
    if (rc != 0)
        return rc;
    const struct model_record *record = recommender_record(p.recommender);
    snprintf(name, 96, "%s@%lld", record->name, (long long)record->version);
    rc = take(&p, job, err);
    recommender_free(p.recommender);
    return rc;
}
