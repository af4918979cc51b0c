/* A workspace in a scratch directory, for tests of the store and what stands on it. */
#ifndef RECKON_TESTS_STORE_FIXTURE_H
#define RECKON_TESTS_STORE_FIXTURE_H

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/events.h"
#include "store/items.h"
#include "store/kinds.h"
#include "store/users.h"

struct fixture {
    char dir[256];
    struct store *store;
};

static inline void fixture_init(struct fixture *self)
{
    struct error err = {0};
    /* In memory where that is possible: these tests flush files thousands of times. */
    const char *tmp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(self->dir, sizeof self->dir, "%s/reckon-test-XXXXXX", tmp);
    ck_assert_ptr_nonnull(mkdtemp(self->dir));
    ck_assert_msg(store_create(self->dir, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_msg(store_open(&self->store, self->dir, true, &err) == 0, "%s: %s", err.what, err.why);
}

static inline void fixture_release(struct fixture *self)
{
    char command[400];
    store_close(self->store);
    snprintf(command, sizeof command, "rm -rf '%s'", self->dir);
    ck_assert_int_eq(system(command), 0);
}

/* A path within the workspace; `out` of FS_PATH_MAX. */
static inline const char *fixture_path(const struct fixture *self, char *out, const char *name)
{
    ck_assert_int_eq(fs_join(out, FS_PATH_MAX, self->dir, name), 0);
    return out;
}

/* `users` people (user0, user1, …) with `each` purchases of items item0…item9, all in one transaction. */
static inline void fixture_fill(struct store *store, int users, int each)
{
    struct event_run *run;
    struct error err;
    uint64_t added, present;
    ck_assert_int_eq(event_run_new(&run, store, NULL), 0);
    ck_assert_int_eq(store_begin(store, NULL), 0);
    for (int u = 0; u < users; u++)
        for (int k = 0; k < each; k++) {
            char name[32];
            struct event_record r = {.time = INT64_C(1300000000000) + k * 1000, .quantity = 1, .price = (double)NAN};
            snprintf(name, sizeof name, "user%d", u);
            ck_assert_int_eq(users_intern(store, name, strlen(name), &r.user, NULL, NULL), 0);
            snprintf(name, sizeof name, "item%d", k % 10);
            ck_assert_int_eq(items_intern(store, name, strlen(name), &r.item, NULL, NULL), 0);
            ck_assert_int_eq(kinds_intern(store, "purchase", 8, &r.kind, NULL), 0);
            ck_assert_msg(event_run_append(run, &r, 1, &added, &present, &err) == 0, "%s", err.why);
        }
    ck_assert_int_eq(store_commit(store, NULL), 0);
    event_run_free(run);
}

static inline int64_t fixture_events(struct store *store)
{
    struct event_totals t;
    ck_assert_int_eq(events_totals(store, &t, NULL), 0);
    return t.events;
}

#endif
