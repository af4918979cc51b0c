#include "experiment/interleaving.h"

#include <string.h>

#include "base/labels.h"
#include "base/mem.h"
#include "store/slates.h"

static int number_all(struct labels *labels, const char *const *names, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        long number = labels_number(labels, names[i], strlen(names[i]));
        if (number < 0)
            return -1;
        out[i] = (uint32_t)number;
    }
    return 0;
}

static uint32_t place_of(const uint32_t *list, size_t n, uint32_t item)
{
    uint32_t i = 0;
    while (i < n && list[i] != item)
        i++;
    return i;
}

int interleaving_mix(const char *const *a, size_t na, const char *const *b, size_t nb, size_t length,
                     const char *user, int64_t day, uint32_t *from, uint8_t *team, size_t *n, struct error *err)
{
    struct labels labels = {.n = 0};
    struct rng rng;
    uint32_t *numbers = mem_alloc(na + nb + length + 1, sizeof *numbers);
    *n = 0;
    int rc = numbers == NULL || number_all(&labels, a, na, numbers) != 0 ||
             number_all(&labels, b, nb, numbers + na) != 0 ? error_nomem(err, "interleaving") : 0;
    rng_init(&rng, rng_key(user, strlen(user)), (uint64_t)day);
    if (rc == 0 && length > 0)
        rc = interleave_team_draft(numbers, na, numbers + na, nb, length, &rng, numbers + na + nb, team, n, err);
    for (size_t i = 0; i < *n && rc == 0; i++)
        from[i] = team[i] == 0 ? place_of(numbers, na, numbers[na + nb + i])
                               : place_of(numbers + na, nb, numbers[na + nb + i]);
    labels_release(&labels);
    mem_free(numbers);
    return rc;
}

struct gathered {
    double *clicks[2];
    size_t n, cap[2];
    struct preference *out;
    struct error *err;
};

static int take(void *context, int64_t user, double first, double second)
{
    struct gathered *g = context;
    (void)user;
    for (size_t t = 0; t < 2; t++) {
        if (mem_grow((void **)&g->clicks[t], &g->cap[t], g->n + 1, sizeof *g->clicks[t]) != 0)
            return error_nomem(g->err, "interleaving");
        g->clicks[t][g->n] = t == 0 ? first : second;
        g->out->credit[t] += t == 0 ? first : second;
    }
    g->n++;
    return 0;
}

int interleaving_read(struct preference *out, struct store *store, int64_t experiment, const struct design *design,
                      struct error *err)
{
    struct gathered g = {.out = out, .err = err};
    *out = (struct preference){.users = 0};
    int rc = slates_teams(store, experiment, take, &g, err);
    out->users = g.n;
    if (rc == 0 && g.n == 0) {
        error_set(err, E_REFUSED, "interleaving", "nobody has done anything with any of its lists yet");
        rc = error_hint(err, E_REFUSED, "post clicks and purchases with the slate of the answer that they came from");
    }
    if (rc == 0)
        rc = interleave_compare(g.clicks[0], g.clicks[1], g.n, OUTCOME_TWO_SIDED, design->alpha, &out->answer, err);
    mem_free(g.clicks[0]);
    mem_free(g.clicks[1]);
    return rc;
}
