#include "privacy/counted.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/consents.h"
#include "store/holds.h"
#include "store/subjects.h"
#include "store/users.h"

struct digests {
    unsigned char (*digest)[SUPPRESSION_DIGEST];
    size_t n, cap;
    int64_t now;
};

struct looking {
    struct counted *self;
    const struct digests *digests;
    struct error *err;
};

static int take_hold(void *context, const struct hold *hold)
{
    struct digests *d = context;
    if (!hold->of_one || hold->released != 0 || hold->until <= d->now)
        return 0;
    if (mem_grow((void **)&d->digest, &d->cap, d->n + 1, sizeof *d->digest) != 0)
        return E_NOMEM;
    memcpy(d->digest[d->n++], hold->digest, SUPPRESSION_DIGEST);
    return 0;
}

static int add_held(struct counted *self, int64_t user, struct error *err)
{
    struct subject_users all;
    int rc = subjects_users(self->store, user, &all, err);
    if (rc == 0 && mem_grow((void **)&self->held, &self->cap_held, self->n_held + all.n, sizeof *self->held) != 0)
        rc = error_nomem(err, "holds");
    for (size_t i = 0; rc == 0 && i < all.n; i++)
        self->held[self->n_held++] = all.user[i];
    return rc;
}

static int take_user(void *context, int64_t user, const char *identifier)
{
    struct looking *l = context;
    unsigned char digest[SUPPRESSION_DIGEST];
    int rc = suppressions_digest(l->self->store, identifier, strlen(identifier), false, digest, l->err);
    for (size_t i = 0; rc == 0 && i < l->digests->n; i++)
        if (memcmp(digest, l->digests->digest[i], SUPPRESSION_DIGEST) == 0)
            return add_held(l->self, user, l->err);
    return rc;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int find_held(struct counted *self, struct error *err)
{
    struct digests digests = {.now = clock_now_ms()};
    struct looking looking = {self, &digests, err};
    int rc = holds_each(self->store, take_hold, &digests, err);
    if (rc == 0 && digests.n > 0)
        rc = users_each(self->store, take_user, &looking, err);
    mem_free(digests.digest);
    if (self->n_held > 1)
        qsort(self->held, self->n_held, sizeof *self->held, by_number);
    return rc == E_NOMEM ? error_nomem(err, "holds") : rc;
}

int counted_init(struct counted *self, struct store *store, bool sensitive, struct error *err)
{
    *self = (struct counted){.store = store, .sensitive = sensitive};
    int rc = consents_needed(store, &self->ask, err);
    rc = rc != 0 ? rc : find_held(self, err);
    if (rc != 0)
        counted_release(self);
    return rc;
}

void counted_release(struct counted *self)
{
    mem_free(self->held);
    self->held = NULL;
    self->n_held = 0;
}

static int may_be_in(struct counted *self, int64_t user, bool *may, struct error *err)
{
    struct consent_state state;
    unsigned need = 1U << CONSENT_ANALYTICS | 1U << CONSENT_SALE | (self->sensitive ? 1U << CONSENT_SENSITIVE : 0);
    *may = false;
    if (self->n_held > 0 && bsearch(&user, self->held, self->n_held, sizeof *self->held, by_number) != NULL) {
        self->on_hold++;
        return 0;
    }
    int rc = self->ask ? consents_state(self->store, user, &state, err) : 0;
    if (rc != 0)
        return rc;
    *may = !self->ask || (state.may & need) == need;
    if (*may)
        self->in++;
    else if ((state.refused >> CONSENT_PROCESSING & 1) != 0)
        self->restricted++;
    else
        self->without_consent++;
    return 0;
}

int counted_person(struct counted *self, int64_t user, int64_t *person, struct error *err)
{
    struct subject_users all;
    bool may;
    if (user == self->user) {
        *person = self->person;
        return 0;
    }
    int rc = may_be_in(self, user, &may, err);
    rc = rc != 0 || !may ? rc : subjects_users(self->store, user, &all, err);
    if (rc != 0)
        return rc;
    int64_t least = may ? user : 0;
    for (size_t i = 0; may && i < all.n; i++)
        least = all.user[i] < least ? all.user[i] : least;
    self->user = user;
    self->linked = may && all.n > 1;
    *person = self->person = least;
    return 0;
}
