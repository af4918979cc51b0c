#include "store/ratings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/consents.h"
#include "store/db.h"
#include "store/subjects.h"

struct voice {
    int64_t person;
    double sum;
    int64_t n;      /* ratings */
    bool reviewed;
};

struct voices {
    struct voice *list;
    size_t n, cap;
};

/* The least of a person's numbers stands for all of them; 0: they are not to be counted. */
static int find_person(struct store *self, int64_t user, int64_t *person, struct error *err)
{
    struct subject_users all;
    bool may;
    *person = 0;
    int rc = consents_may(self, user, CONSENT_DESCRIPTIONS, &may, err);
    if (rc != 0 || !may)
        return rc;
    rc = subjects_users(self, user, &all, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        *person = *person == 0 || all.user[i] < *person ? all.user[i] : *person;
    return rc;
}

static int add_voice(struct store *self, struct voices *voices, sqlite3_stmt *s, struct error *err)
{
    struct voice v = {.sum = sqlite3_column_double(s, 1), .n = sqlite3_column_int64(s, 2),
                      .reviewed = sqlite3_column_int64(s, 3) > 0};
    int rc = find_person(self, sqlite3_column_int64(s, 0), &v.person, err);
    if (rc != 0 || v.person == 0)
        return rc;
    if (mem_grow((void **)&voices->list, &voices->cap, voices->n + 1, sizeof *voices->list) != 0)
        return error_nomem(err, "ratings");
    voices->list[voices->n++] = v;
    return 0;
}

static int by_person(const void *a, const void *b)
{
    const struct voice *x = a, *y = b;
    return (x->person > y->person) - (x->person < y->person);
}

/* Each person once. */
static void sum_up(struct voices *voices, struct rating_sums *out)
{
    double means = 0;
    if (voices->n > 0)
        qsort(voices->list, voices->n, sizeof *voices->list, by_person);
    for (size_t i = 0; i < voices->n;) {
        struct voice v = voices->list[i];
        while (++i < voices->n && voices->list[i].person == v.person) {
            v.sum += voices->list[i].sum;
            v.n += voices->list[i].n;
            v.reviewed |= voices->list[i].reviewed;
        }
        out->raters += v.n > 0;
        out->reviewers += v.reviewed;
        means += v.n > 0 ? v.sum / (double)v.n : 0;
    }
    out->mean = out->raters > 0 ? means / (double)out->raters : 0;
}

int ratings_of_item(struct store *self, int64_t item, struct rating_sums *out, struct error *err)
{
    struct voices voices = {0};
    sqlite3_stmt *s;
    *out = (struct rating_sums){0};
    int rc = db_prepare(self,
                        "SELECT e.user, total(x.rating), count(x.rating), sum(k.name = 'review') FROM events e "
                        "JOIN kinds k ON k.kind = e.kind LEFT JOIN event_context x ON x.user = e.user AND x.event = e.event "
                        "WHERE e.item = ?1 AND (x.rating IS NOT NULL OR k.name = 'review') GROUP BY e.user", &s, err);
    rc = rc == 0 ? db_bind(self, s, err, "i", item) : rc;
    while (rc == 0 && (rc = db_step(self, s, err)) == 1)
        rc = add_voice(self, &voices, s, err);
    db_done(s);
    if (rc == 0)
        sum_up(&voices, out);
    mem_free(voices.list);
    return rc;
}
