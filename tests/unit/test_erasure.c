/* Erasures that are interrupted anywhere: killed, or with every write failing.  They finish later, and nothing is
 * certified before it is gone. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "privacy/certificate.h"
#include "privacy/erasure.h"
#include "privacy/remnants.h"
#include "store/attributes.h"
#include "store/backup.h"
#include "store/imports.h"
#include "store/suppressions.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

#define WHO "canary-user3"

static const struct audit_actor actor = {.who = "tester", .front = "test"};

/* Fifty people, of whom one has left traces everywhere. */
static void fill(struct fixture *f)
{
    struct event_run *run;
    uint64_t added, present;
    int64_t import;
    char path[FS_PATH_MAX];
    struct backup_info info;
    fixture_init(f);
    fixture_fill(f->store, 50, 12);
    ck_assert_int_eq(event_run_new(&run, f->store, NULL), 0);
    ck_assert_int_eq(store_begin(f->store, NULL), 0);
    for (int k = 0; k < 30; k++) {
        struct event_context c = {.rating = (double)NAN, .dwell_ms = -1, .position = k, .referrer = "http://x/?u=" WHO};
        struct event_record r = {.time = INT64_C(1300000000000) + k * 1000, .quantity = 1, .price = (double)NAN,
                                 .context = &c};
        ck_assert_int_eq(users_intern(f->store, WHO, strlen(WHO), &r.user, NULL, NULL), 0);
        ck_assert_int_eq(items_intern(f->store, "item3", 5, &r.item, NULL, NULL), 0);
        ck_assert_int_eq(kinds_intern(f->store, "purchase", 8, &r.kind, NULL), 0);
        ck_assert_int_eq(sessions_intern(f->store, r.user, "canary-user3-session", 20, &r.session, NULL), 0);
        ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
    }
    ck_assert_int_eq(imports_begin(f->store, "events", "x.csv", "{}", 1, &import, NULL), 0);
    struct quarantine_row q = {.import = import, .line = 1, .file = "x.csv", .field = "time", .reason = "bad",
                               .raw = WHO ",x,y", .raw_n = strlen(WHO ",x,y")};
    ck_assert_int_eq(quarantine_add(f->store, &q, NULL), 0);
    ck_assert_int_eq(store_commit(f->store, NULL), 0);
    event_run_free(run);
    ck_assert_int_eq(backup_make(f->store, fixture_path(f, path, "backups/b"), &info, NULL, NULL), 0);
    ck_assert_int_eq(fs_write_all(fixture_path(f, path, "shell-history"), "recommend --user " WHO "\nhelp\n",
                                  strlen("recommend --user " WHO "\nhelp\n"), 0600, NULL), 0);
}

/* So many events of one person that whole pages are theirs. */
static void fixture_fill_person(struct fixture *f, const char *name, int n)
{
    struct event_run *run;
    uint64_t added, present;
    struct event_record r = {.quantity = 1, .price = (double)NAN};
    ck_assert_int_eq(event_run_new(&run, f->store, NULL), 0);
    ck_assert_int_eq(store_begin(f->store, NULL), 0);
    ck_assert_int_eq(users_intern(f->store, name, strlen(name), &r.user, NULL, NULL), 0);
    ck_assert_int_eq(items_intern(f->store, "item1", 5, &r.item, NULL, NULL), 0);
    ck_assert_int_eq(kinds_intern(f->store, "purchase", 8, &r.kind, NULL), 0);
    for (int i = 0; i < n; i++) {
        r.time = INT64_C(1200000000000) + i;
        ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
    }
    ck_assert_int_eq(store_commit(f->store, NULL), 0);
    event_run_free(run);
}

static int erase(struct store *store, struct error *err)
{
    static const char *const names[] = {WHO};
    struct erasure e = {.store = store, .actor = actor, .retrain = true};
    struct erasure_request request = {.names = names, .n = 1, .regulation = "gdpr"};
    struct erasure_plan plan;
    int64_t number;
    int rc = erasure_plan_make(&e, &request, &plan, err);
    if (rc != 0)
        return rc;
    rc = plan.users > 0 ? erasure_begin(&e, &plan, true, NULL, &number, err) : 0;
    rc = rc != 0 || plan.users == 0 ? rc : erasure_finish(&e, number, NULL, err);
    erasure_plan_release(&plan);
    return rc;
}

/* How often the person is found in the workspace, and whether anything certifies that they are not. */
static uint64_t remnants(const struct fixture *f)
{
    struct needles needles;
    struct scan_report report;
    ck_assert_int_eq(needles_init(&needles, NULL), 0);
    ck_assert_int_eq(needles_add(&needles, WHO, strlen(WHO), true, NULL), 0);
    ck_assert_int_eq(needles_ready(&needles, NULL), 0);
    ck_assert_int_eq(remnants_scan(&report, NULL, f->dir, &needles, NULL, NULL), 0);
    uint64_t n = report.found + report.possible;
    scan_report_release(&report);
    needles_release(&needles);
    return n;
}

static int look(void *context, const struct case_record *r)
{
    int64_t *numbers = context;
    numbers[0] += r->closed == 0;
    numbers[1] += r->certificate != NULL;
    numbers[2] = r->closed == 0 ? r->number : numbers[2];
    return 0;
}

/* Carries everything on, as `reckon privacy resume` does, or begins anew when it was not even planned. */
static void complete(struct fixture *f, const char *what, unsigned long at)
{
    struct error err = {0};
    int64_t cases[3] = {0};
    ck_assert_msg(store_open(&f->store, f->dir, true, &err) == 0, "%s %lu: %s", what, at, err.why);
    ck_assert_int_eq(cases_each(f->store, NULL, false, look, cases, NULL), 0);
    ck_assert_msg(cases[1] == 0 || remnants(f) == 0, "%s %lu: certified, and still there", what, at);
    struct erasure e = {.store = f->store, .actor = actor, .retrain = true};
    int rc = cases[0] > 0   ? erasure_finish(&e, cases[2], NULL, &err)
             : cases[1] > 0 ? 0
                            : erase(f->store, &err);
    ck_assert_msg(rc == 0, "%s %lu: %s: %s", what, at, err.what, err.why);
    memset(cases, 0, sizeof cases);
    ck_assert_int_eq(cases_each(f->store, NULL, false, look, cases, NULL), 0);
    ck_assert_msg(cases[0] == 0 && cases[1] == 1, "%s %lu: %d open, %d certified", what, at, (int)cases[0],
                  (int)cases[1]);
    ck_assert_msg(remnants(f) == 0, "%s %lu: remnants", what, at);
    ck_assert_int_eq(fixture_events(f->store), 600);
}

/* Which of the steps are tried: each of the first, then ever fewer; all of them with RECKON_EVERY_STEP. */
static unsigned long next_step(unsigned long n)
{
    return getenv("RECKON_EVERY_STEP") != NULL ? n + 1 : n + 1 + n / 6;
}

static unsigned long steps_in_all(void)
{
    struct fixture f;
    struct error err = {0};
    fill(&f);
    store_fail_after(0);
    ck_assert_msg(erase(f.store, &err) == 0, "%s: %s", err.what, err.why);
    unsigned long n = store_fail_count();
    ck_assert_int_eq((int)remnants(&f), 0);
    fixture_release(&f);
    return n;
}

START_TEST(test_killed_at_any_step_it_finishes_later)
{
    unsigned long last = steps_in_all();
    ck_assert_uint_gt(last, 60);
    for (unsigned long n = 1; n <= last; n = next_step(n)) {
        struct fixture f;
        int status;
        fill(&f);
        store_close(f.store);
        f.store = NULL;
        pid_t child = fork();
        if (child == 0) {
            struct store *store;
            if (store_open(&store, f.dir, true, NULL) != 0)
                _exit(3);
            store_kill_after(n);
            _exit(erase(store, NULL) == 0 ? 0 : 4);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "step %lu: %d", n, status);
        complete(&f, "killed at step", n);
        fixture_release(&f);
    }
}
END_TEST

START_TEST(test_when_every_write_fails_it_finishes_later)
{
    unsigned long last = steps_in_all();
    for (unsigned long n = 1; n <= last; n = next_step(n)) {
        struct fixture f;
        struct error err = {0};
        fill(&f);
        store_fail_after(n);
        int rc = erase(f.store, &err);
        store_fail_after(0);
        ck_assert_msg(rc != 0 && err.why[0] != '\0', "step %lu", n);
        store_close(f.store);
        complete(&f, "failed from step", n);
        fixture_release(&f);
    }
}
END_TEST

START_TEST(test_others_are_left_as_they_were)
{
    struct fixture f, never;
    struct error err = {0};
    char command[2000];
    fill(&f);
    fixture_init(&never);
    fixture_fill(never.store, 50, 12);
    ck_assert_int_eq(erase(f.store, &err), 0);
    /* every table that holds people, row by row, against a workspace that never knew them */
    snprintf(command, sizeof command,
             "for t in events user_values event_context users identities sessions items; do "
             "a=$(sqlite3 '%s/reckon.db' \"SELECT * FROM $t ORDER BY 1, 2\" 2>/dev/null || sqlite3 '%s/reckon.db' "
             "\"SELECT * "
             "FROM $t ORDER BY 1\"); b=$(sqlite3 '%s/reckon.db' \"SELECT * FROM $t ORDER BY 1, 2\" 2>/dev/null || "
             "sqlite3 '%s/reckon.db' \"SELECT * FROM $t ORDER BY 1\"); [ \"$a\" = \"$b\" ] || exit 1; done",
             f.dir, f.dir, never.dir, never.dir);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(suppressions_check(f.store, WHO, strlen(WHO), &err), E_REFUSED);
    ck_assert_int_eq(suppressions_check(f.store, "user4", 5, &err), 0);
    fixture_release(&f);
    fixture_release(&never);
}
END_TEST

/* Deleting alone gives pages free and leaves old cells in gaps; an erasure leaves a file that was written anew. */
START_TEST(test_the_file_is_written_anew_and_its_log_is_empty)
{
    struct fixture f;
    struct error err = {0};
    char path[FS_PATH_MAX], command[FS_PATH_MAX + 100];
    struct stat st;
    fill(&f);
    fixture_fill_person(&f, WHO, 4000);
    ck_assert_msg(erase(f.store, &err) == 0, "%s: %s", err.what, err.why);
    /* only what the case itself wrote afterwards */
    ck_assert(stat(fixture_path(&f, path, "reckon.db-wal"), &st) != 0 || st.st_size < 200000);
    store_close(f.store);
    f.store = NULL;
    snprintf(command, sizeof command, "[ \"$(sqlite3 '%s' 'PRAGMA freelist_count')\" = 0 ]",
             fixture_path(&f, path, "reckon.db"));
    ck_assert_int_eq(system(command), 0);
    fixture_release(&f);
}
END_TEST

CHECK_MAIN("erasure", test_the_file_is_written_anew_and_its_log_is_empty, test_killed_at_any_step_it_finishes_later,
           test_when_every_write_fails_it_finishes_later, test_others_are_left_as_they_were)
