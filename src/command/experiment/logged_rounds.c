#include "command/experiment/logged_rounds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ingest/reader.h"
#include "store/slates.h"

enum { POSITIONS_MAX = 1000 };

/*      what          names that are looked for               must be there */
#define PLACES(X)                                             \
    X(ITEM, "item", "item_id", true)                          \
    X(REWARD, "reward", "click", true)                        \
    X(PROPENSITY, "propensity", "propensity_score", true)     \
    X(POSITION, "position", "position", false)                \
    X(TARGET, "target", "target", false)                      \
    X(USER, "user", "user", false)                            \
    X(SLATE, "slate", "slate", false)

enum place {
#define X(name, plain, other, needed) AT_##name,
    PLACES(X)
#undef X
    AT_COUNT
};

static const struct {
    const char *plain, *other;
    bool needed;
} places[] = {
#define X(name, plain, other, needed) {plain, other, needed},
    PLACES(X)
#undef X
};

static long find_column(const struct reader *reader, const char *name)
{
    return columns_find(reader_columns(reader), name, strlen(name));
}

static int lacks(const char *path, const char *name, struct error *err)
{
    error_set(err, E_BAD_DATA, path, "lacks the column %s", name);
    return error_hint(err, E_BAD_DATA, "--column WHAT=NAME says what a column is called: --column reward=purchase");
}

/* WHAT=NAME; what none is told for keeps -1. */
static int find_told(const struct reader *reader, const char *path, const struct args *args, long at[AT_COUNT],
                     struct error *err)
{
    for (size_t i = 0; i < args_count(args, "column"); i++) {
        const char *text = args_text_at(args, "column", i), *name = strchr(text, '=') + 1;
        size_t p = 0;
        while (p < AT_COUNT && (strncmp(places[p].plain, text, (size_t)(name - text) - 1) != 0 ||
                                strlen(places[p].plain) != (size_t)(name - text) - 1))
            p++;
        if (p == AT_COUNT) {
            error_set(err, E_USAGE, text, "names no part of a round");
            return error_hint(err, E_USAGE, "they are item, reward, propensity, position, target, user and slate");
        }
        at[p] = find_column(reader, name);
        if (at[p] < 0)
            return lacks(path, name, err);
    }
    return 0;
}

static int find_places(const struct reader *reader, const char *path, const struct args *args, long at[AT_COUNT],
                       struct error *err)
{
    for (size_t p = 0; p < AT_COUNT; p++)
        at[p] = -1;
    int rc = find_told(reader, path, args, at, err);
    for (size_t p = 0; p < AT_COUNT && rc == 0; p++) {
        if (at[p] < 0)
            at[p] = find_column(reader, places[p].plain);
        if (at[p] < 0)
            at[p] = find_column(reader, places[p].other);
        if (at[p] < 0 && places[p].needed)
            rc = lacks(path, places[p].other, err);
    }
    return rc;
}

static int bad_row(const char *path, const struct row *row, const char *field, const char *why, struct error *err)
{
    char what[160];
    snprintf(what, sizeof what, "%.100s:%llu: %s", path, (unsigned long long)row->line, field);
    return error_set(err, E_BAD_DATA, what, "%s", row->problem != NULL ? row->problem : why);
}

static struct field field_at(const struct row *row, long at)
{
    return at >= 0 && (size_t)at < row->n_fields ? row->fields[at] : (struct field){.text = NULL};
}

static int number_at(const char *path, const struct row *row, long at, const char *name, double low, double high,
                     double *out, struct error *err)
{
    struct field f = field_at(row, at);
    if (f.text != NULL && text_to_double(f.text, f.n, out) && *out >= low && *out <= high)
        return 0;
    char why[80];
    if (isfinite(low))
        snprintf(why, sizeof why, "is not a number from %g to %g", low, high);
    else
        snprintf(why, sizeof why, "is not a number");
    return bad_row(path, row, name, why, err);
}

static int label_at(const char *path, const struct row *row, long at, const char *name, struct labels *labels,
                    uint32_t *out, struct error *err)
{
    struct field f = field_at(row, at);
    if (f.text == NULL || f.n == 0)
        return bad_row(path, row, name, "is empty", err);
    long number = labels_number(labels, f.text, f.n);
    if (number < 0)
        return error_nomem(err, path);
    *out = (uint32_t)number;
    return 0;
}

static int position_at(const char *path, const struct row *row, long at, int64_t *out, struct error *err)
{
    struct field f = field_at(row, at);
    if (f.text != NULL && text_to_int64(f.text, f.n, out) && *out >= 0 && *out <= POSITIONS_MAX)
        return 0;
    return bad_row(path, row, "position", "is not a whole number from 0 to 1000", err);
}

static int make_room(struct logged_rounds *s)
{
    size_t n = s->n + 1;
    return mem_grow((void **)&s->reward, &s->cap[0], n, sizeof *s->reward) |
           mem_grow((void **)&s->behaviour, &s->cap[1], n, sizeof *s->behaviour) |
           mem_grow((void **)&s->target, &s->cap[2], n, sizeof *s->target) |
           mem_grow((void **)&s->action, &s->cap[3], n, sizeof *s->action) |
           mem_grow((void **)&s->position, &s->cap[4], n, sizeof *s->position) |
           mem_grow((void **)&s->unit, &s->cap[5], n, sizeof *s->unit) |
           mem_grow((void **)&s->slate, &s->cap[6], n, sizeof *s->slate) |
           mem_grow((void **)&s->slot, &s->cap[7], n, sizeof *s->slot) |
           mem_grow((void **)&s->when, &s->cap[8], n, sizeof *s->when);
}

static int take_row(struct logged_rounds *s, const char *path, const struct row *row, const long at[AT_COUNT],
                    struct error *err)
{
    int64_t position = 1;
    size_t i = s->n;
    if (row->problem != NULL)
        return bad_row(path, row, "row", "", err);
    if (make_room(s) != 0)
        return error_nomem(err, path);
    int rc = label_at(path, row, at[AT_ITEM], "item", &s->items, &s->action[i], err);
    if (rc == 0)
        rc = number_at(path, row, at[AT_REWARD], "reward", -(double)INFINITY, (double)INFINITY, &s->reward[i], err);
    if (rc == 0)
        rc = number_at(path, row, at[AT_PROPENSITY], "propensity", 0, 1, &s->behaviour[i], err);
    if (rc == 0 && s->has_target)
        rc = number_at(path, row, at[AT_TARGET], "target", 0, 1, &s->target[i], err);
    if (rc == 0 && at[AT_POSITION] >= 0)
        rc = position_at(path, row, at[AT_POSITION], &position, err);
    if (rc == 0 && s->has_users)
        rc = label_at(path, row, at[AT_USER], "user", &s->users, &s->unit[i], err);
    if (rc == 0 && s->has_slates)
        rc = label_at(path, row, at[AT_SLATE], "slate", &s->slates, &s->slate[i], err);
    if (rc != 0)
        return rc;
    s->position[i] = (uint32_t)position;
    s->first_position = s->n == 0 || position < s->first_position ? position : s->first_position;
    s->last_position = position > s->last_position ? position : s->last_position;
    s->n++;
    return 0;
}

static int read_rows(struct logged_rounds *s, struct reader *reader, const char *path, const long at[AT_COUNT],
                     struct job *job, struct error *err)
{
    struct row row;
    int rc;
    while ((rc = reader_next(reader, &row, err)) == 1) {
        rc = take_row(s, path, &row, at, err);
        if (rc == 0 && s->n % 1024 == 0 && job_step(job, "rounds", (double)s->n, 0, "rows"))
            rc = job_error_cancelled(err, "experiment value");
        if (rc != 0)
            return rc;
    }
    if (rc == 0 && s->n == 0)
        rc = error_set(err, E_BAD_DATA, path, "has no rounds");
    for (size_t i = 0; i < s->n; i++)
        s->position[i] -= (uint32_t)s->first_position;
    return rc;
}

int logged_rounds_read(struct logged_rounds *self, const char *path, const struct args *args, struct job *job,
                       struct error *err)
{
    struct reader_options options = {.name = NULL};
    struct reader *reader;
    long at[AT_COUNT];
    *self = (struct logged_rounds){.n = 0};
    int rc = reader_open(&reader, path, &options, err);
    if (rc != 0)
        return rc;
    rc = find_places(reader, path, args, at, err);
    self->has_target = rc == 0 && at[AT_TARGET] >= 0;
    self->has_users = rc == 0 && at[AT_USER] >= 0;
    self->has_slates = rc == 0 && at[AT_SLATE] >= 0;
    if (rc == 0)
        rc = read_rows(self, reader, path, at, job, err);
    reader_free(reader);
    return rc;
}

struct taking {
    struct logged_rounds *rounds;
    struct error *err;
};

static int take_place(void *context, const struct drawn_place *place)
{
    struct taking *t = context;
    struct logged_rounds *s = t->rounds;
    char user[32];
    /* somebody known is one unit; who is not, the slate */
    int n = snprintf(user, sizeof user, "%lld", (long long)place->user);
    long item = labels_number(&s->items, place->item, strlen(place->item));
    long unit = place->user != 0 ? labels_number(&s->users, user, (size_t)n)
                                 : labels_number(&s->users, place->slate, strlen(place->slate));
    long slate = labels_number(&s->slates, place->slate, strlen(place->slate));
    if (item < 0 || unit < 0 || slate < 0 || make_room(s) != 0)
        return error_nomem(t->err, "slates");
    s->slate[s->n] = (uint32_t)slate;
    s->slot[s->n] = s->n > 0 && s->slate[s->n - 1] == (uint32_t)slate ? s->slot[s->n - 1] + 1 : 0;
    s->slots = s->slot[s->n] >= s->slots ? s->slot[s->n] + 1 : s->slots;
    s->when[s->n] = (struct drawn_when){place->user, place->at};
    s->action[s->n] = (uint32_t)item;
    s->unit[s->n] = (uint32_t)unit;
    s->position[s->n] = 0;
    s->behaviour[s->n] = place->propensity;
    s->reward[s->n++] = place->hit ? 1 : 0;
    return 0;
}

int logged_rounds_slates(struct logged_rounds *self, struct store *store, int64_t days, const char *scenario,
                         struct error *err)
{
    struct taking t = {self, err};
    *self = (struct logged_rounds){.has_users = true};
    int rc = slates_drawn(store, clock_now_ms() - days * CLOCK_DAY_MS, scenario, take_place, &t, err);
    if (rc != 0 || self->n > 0)
        return rc;
    error_set(err, E_REFUSED, "slates", "on none that was seen in the last %lld days was a place drawn: what had no other "
                                        "chance says nothing of another choice", (long long)days);
    return error_hint(err, E_REFUSED, "let places be drawn (fresh = 0.1 in a scenario), or compare by an experiment");
}

void logged_rounds_release(struct logged_rounds *self)
{
    labels_release(&self->items);
    labels_release(&self->users);
    labels_release(&self->slates);
    mem_free(self->reward);
    mem_free(self->behaviour);
    mem_free(self->target);
    mem_free(self->action);
    mem_free(self->position);
    mem_free(self->unit);
    mem_free(self->slate);
    mem_free(self->slot);
    mem_free(self->when);
    mem_free(self->each);
    *self = (struct logged_rounds){.n = 0};
}

static size_t positions_of(const struct logged_rounds *self)
{
    return (size_t)(self->last_position - self->first_position) + 1;
}

struct value_rounds logged_rounds_view(const struct logged_rounds *self, const double *policy)
{
    return (struct value_rounds){
        .n = self->n, .actions = self->items.n, .positions = positions_of(self), .reward = self->reward,
        .behaviour = self->behaviour, .action = self->action, .position = self->position,
        .target = policy == NULL ? self->target : NULL, .policy = policy,
        .unit = self->has_users ? self->unit : self->has_slates ? self->slate : NULL,
        .slate = self->has_slates ? self->slate : NULL, .slates = self->slates.n, .each = self->each,
        .slot = self->slots > 0 ? self->slot : NULL, .slots = self->slots};
}

/* What another policy would do. */

/* Rows of item, position and probability, before all items are known. */
struct said {
    uint32_t *item;
    int64_t *position; /* -1: all */
    double *probability;
    size_t n, cap[3];
};

static int take_said(struct said *said, struct labels *items, const char *path, const struct row *row,
                     const long at[3], struct error *err)
{
    size_t n = said->n + 1;
    if (row->problem != NULL)
        return bad_row(path, row, "row", "", err);
    if ((mem_grow((void **)&said->item, &said->cap[0], n, sizeof *said->item) |
         mem_grow((void **)&said->position, &said->cap[1], n, sizeof *said->position) |
         mem_grow((void **)&said->probability, &said->cap[2], n, sizeof *said->probability)) != 0)
        return error_nomem(err, path);
    said->position[n - 1] = -1;
    int rc = label_at(path, row, at[0], "item", items, &said->item[n - 1], err);
    if (rc == 0 && at[1] >= 0)
        rc = position_at(path, row, at[1], &said->position[n - 1], err);
    if (rc == 0)
        rc = number_at(path, row, at[2], "probability", 0, 1, &said->probability[n - 1], err);
    said->n += rc == 0;
    return rc;
}

static int read_said(struct said *said, struct labels *items, const char *path, struct error *err)
{
    struct reader_options options = {.name = NULL};
    struct reader *reader;
    struct row row;
    int rc = reader_open(&reader, path, &options, err);
    if (rc != 0)
        return rc;
    long at[3] = {find_column(reader, "item_id"), find_column(reader, "position"), find_column(reader, "probability")};
    at[0] = at[0] < 0 ? find_column(reader, "item") : at[0];
    if (at[0] < 0 || at[2] < 0) {
        error_set(err, E_BAD_DATA, path, "lacks the column %s", at[0] < 0 ? "item_id" : "probability");
        rc = error_hint(err, E_BAD_DATA, "a policy is a file with item_id, position and probability");
    }
    while (rc == 0 && (rc = reader_next(reader, &row, err)) == 1)
        rc = take_said(said, items, path, &row, at, err);
    reader_free(reader);
    return rc;
}

static int spread_said(const struct logged_rounds *s, const struct said *said, const char *path, double *policy,
                       struct error *err)
{
    size_t positions = positions_of(s);
    for (size_t i = 0; i < said->n; i++) {
        int64_t p = said->position[i];
        if (p >= 0 && (p < s->first_position || p > s->last_position))
            return error_set(err, E_BAD_DATA, path, "speaks of position %lld, which the logs do not have",
                             (long long)p);
        for (size_t k = 0; k < positions; k++)
            if (p < 0 || (size_t)(p - s->first_position) == k)
                policy[said->item[i] * positions + k] += said->probability[i];
    }
    return 0;
}

int logged_rounds_policy(struct logged_rounds *self, const char *path, double **policy, struct error *err)
{
    struct said said = {.n = 0};
    *policy = NULL;
    int rc = read_said(&said, &self->items, path, err);
    if (rc == 0 && (*policy = mem_zalloc(self->items.n * positions_of(self), sizeof **policy)) == NULL)
        rc = error_nomem(err, path);
    if (rc == 0)
        rc = spread_said(self, &said, path, *policy, err);
    mem_free(said.item);
    mem_free(said.position);
    mem_free(said.probability);
    return rc;
}

static int count_shown(const struct logged_rounds *self, const struct logged_rounds *ran, const uint32_t *item,
                       double *policy, struct error *err)
{
    size_t positions = positions_of(self);
    double *shown = mem_zalloc(positions, sizeof *shown);
    if (shown == NULL)
        return error_nomem(err, "policy");
    for (size_t i = 0; i < ran->n; i++) {
        policy[item[ran->action[i]] * positions + ran->position[i]]++;
        shown[ran->position[i]]++;
    }
    for (size_t a = 0; a < self->items.n; a++)
        for (size_t p = 0; p < positions; p++)
            policy[a * positions + p] /= fmax(shown[p], 1);
    mem_free(shown);
    return 0;
}

int logged_rounds_policy_log(struct logged_rounds *self, const struct logged_rounds *ran, double **policy, double *mean,
                             double *se, struct error *err)
{
    double sum = 0, squares = 0, n = (double)ran->n;
    *policy = NULL;
    if (ran->first_position != self->first_position || ran->last_position != self->last_position)
        return error_set(err, E_BAD_DATA, "the policy's log", "has the positions %lld to %lld, and the logs %lld to %lld",
                         (long long)ran->first_position, (long long)ran->last_position,
                         (long long)self->first_position, (long long)self->last_position);
    uint32_t *item = mem_alloc(ran->items.n, sizeof *item);
    bool room = item != NULL;
    for (size_t a = 0; a < ran->items.n && room; a++) {
        long number = labels_number(&self->items, ran->items.texts[a], strlen(ran->items.texts[a]));
        room = number >= 0;
        item[a] = (uint32_t)number;
    }
    if (room)
        *policy = mem_zalloc(self->items.n * positions_of(self), sizeof **policy);
    int rc = *policy == NULL ? error_nomem(err, "policy") : count_shown(self, ran, item, *policy, err);
    mem_free(item);
    for (size_t i = 0; i < ran->n; i++)
        sum += ran->reward[i];
    *mean = sum / n;
    for (size_t i = 0; i < ran->n; i++)
        squares += (ran->reward[i] - *mean) * (ran->reward[i] - *mean);
    *se = ran->n > 1 ? sqrt(squares / (n - 1) / n) : 0;
    return rc;
}
