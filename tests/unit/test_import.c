/* Imports into a store: whole batches or nothing, the same thing twice is once, bad rows are kept and can be read
 * again, and whatever fails in the middle leaves a store that a rerun completes. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"
#include "ingest/import.h"
#include "ingest/quarantine.h"
#include "store/events.h"
#include "store/items.h"
#include "store/users.h"

static char scratch[64];

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    if (d == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char child[FS_PATH_MAX];
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            fs_join(child, sizeof child, path, e->d_name) == 0)
            remove_tree(child);
    }
    closedir(d);
    rmdir(path);
}

static void write_file(const char *name, const char *text, size_t n, char path[FS_PATH_MAX])
{
    ck_assert_int_eq(fs_join(path, FS_PATH_MAX, scratch, name), 0);
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, n, f), n);
    fclose(f);
}

/* A new workspace "w" in a new scratch directory. */
static struct store *begin(void)
{
    struct store *store;
    struct error err;
    char w[FS_PATH_MAX];
    snprintf(scratch, sizeof scratch, "test_import.%d.tmp", (int)getpid());
    remove_tree(scratch);
    ck_assert_int_eq(fs_join(w, sizeof w, scratch, "w"), 0);
    ck_assert_msg(store_create(w, &err) == 0, "%s", err.why);
    ck_assert_msg(store_open(&store, w, true, &err) == 0, "%s", err.why);
    return store;
}

static struct store *reopen(void)
{
    struct store *store;
    struct error err;
    char w[FS_PATH_MAX];
    ck_assert_int_eq(fs_join(w, sizeof w, scratch, "w"), 0);
    ck_assert_msg(store_open(&store, w, true, &err) == 0, "%s", err.why);
    return store;
}

static void end(struct store *store)
{
    store_close(store);
    remove_tree(scratch);
}

struct totals {
    int64_t events, users, items, quarantined;
};

static struct totals count(struct store *store)
{
    struct totals t;
    struct event_totals e;
    ck_assert_int_eq(events_totals(store, &e, NULL), 0);
    t.events = e.events;
    ck_assert_int_eq(users_count(store, &t.users, NULL), 0);
    ck_assert_int_eq(items_count(store, &t.items, NULL), 0);
    ck_assert_int_eq(quarantine_count(store, &t.quarantined, NULL), 0);
    return t;
}

static void expect(struct store *store, int64_t events, int64_t users, int64_t items, int64_t quarantined)
{
    struct totals t = count(store);
    ck_assert_int_eq(t.events, events);
    ck_assert_int_eq(t.users, users);
    ck_assert_int_eq(t.items, items);
    ck_assert_int_eq(t.quarantined, quarantined);
}

struct setup {
    enum spec_entity entity;
    const char *spec, *path;
    double max_bad;
    size_t batch_rows;
    loader_batch_fn on_batch;
    void *context;
    struct job *job;
};

static struct import_report report;

static int import(struct store *store, const struct setup *s, struct error *err)
{
    struct spec *spec = spec_new(s->entity);
    int64_t now;
    ck_assert(clock_parse("2026-11-24", 10, &now));
    ck_assert_ptr_nonnull(spec);
    ck_assert_int_eq(spec_parse(spec, "spec", s->spec, strlen(s->spec), err), 0);
    struct import_options o = {.spec = spec, .paths = &s->path, .n_paths = 1, .max_bad = s->max_bad,
                               .loader = {.batch_rows = s->batch_rows, .on_batch = s->on_batch, .context = s->context,
                                          .now = now}};
    int rc = import_run(store, &o, &report, s->job, err);
    spec_free(spec);
    return rc;
}

static void import_well(struct store *store, const struct setup *s)
{
    struct error err = {0};
    int rc = import(store, s, &err);
    ck_assert_msg(rc == 0, "%s: %s", err.what, err.why);
}

/* n rows of events; every 50th equals the one before it. */
static void write_events(const char *name, int n, char path[FS_PATH_MAX])
{
    struct str s;
    str_init(&s, 1 << 24);
    str_puts(&s, "user,item,kind,time,quantity,session,channel,title\n");
    for (int i = 0; i < n; i++) {
        int k = i % 50 == 49 ? i - 1 : i;
        str_printf(&s, "u%d,i%d,view,%d,1,s%d,web,Title %d\n", k % 37, k % 101, 1300000000 + k, k % 11, k % 101);
    }
    write_file(name, s.data, s.len, path);
    str_release(&s);
}

START_TEST(the_same_thing_twice_is_once_and_equal_lines_are_two)
{
    struct store *store = begin();
    char path[FS_PATH_MAX];
    write_events("a.csv", 1000, path);
    struct setup s = {.path = path, .spec = "", .batch_rows = 64};
    import_well(store, &s);
    expect(store, 1000, 37, 101, 0);
    ck_assert_uint_eq(report.stored.events_added, 1000);
    ck_assert_uint_eq(report.stored.new_users, 37);
    ck_assert_int_eq(report.stored.first, INT64_C(1300000000000));
    import_well(store, &s);
    expect(store, 1000, 37, 101, 0);
    ck_assert_uint_eq(report.stored.events_added, 0);
    ck_assert_uint_eq(report.stored.events_present, 1000);
    s.batch_rows = 7; /* and however it is cut into batches */
    import_well(store, &s);
    expect(store, 1000, 37, 101, 0);
    end(store);
}
END_TEST

START_TEST(an_event_with_an_id_is_added_once)
{
    static const char text[] = "user,item,time,id,price\nu,a,2011-01-01,e1,1\nu,a,2011-01-01,e1,1\nu,a,2011-01-01,e2,1\n"
                               "u,b,2011-01-01,e1,1\nu,a,2011-01-02,e1,1\nu,a,2011-01-01,e1,2\nu,a,2011-01-01,,1\nu,a,2011-01-01,,1\n";
    for (size_t batch = 1; batch < 10; batch += 2) {
        struct store *store = begin();
        char path[FS_PATH_MAX];
        write_file("a.csv", text, strlen(text), path);
        struct setup s = {.path = path, .spec = "", .batch_rows = batch};
        import_well(store, &s);
        ck_assert_uint_eq(report.stored.events_added, 6);
        ck_assert_uint_eq(report.stored.events_present, 2);
        import_well(store, &s);
        ck_assert_uint_eq(report.stored.events_added, 0);
        ck_assert_int_eq(count(store).events, 6);
        end(store);
    }
}
END_TEST

static int title_is(void *context, int64_t item, const char *identifier, const char *title)
{
    (void)item;
    const char *const *want = context;
    return strcmp(identifier, want[0]) == 0 && strcmp(title, want[1]) == 0;
}

struct wanted {
    const char *name;
    enum attribute_type type;
    double number;
    const char *text;
};

static int attribute_is(void *context, const struct attribute *a, const struct attribute_value *v)
{
    const struct wanted *w = context;
    if (strcmp(a->name, w->name) != 0)
        return 0;
    ck_assert_int_eq(a->type, w->type);
    if (w->text != NULL) {
        ck_assert_uint_eq(v->n, strlen(w->text));
        ck_assert_int_eq(memcmp(v->text, w->text, v->n), 0);
    } else {
        ck_assert_double_eq(v->number, w->number);
    }
    return 1;
}

static void expect_attribute(struct store *store, enum attribute_entity entity, int64_t owner, struct wanted w)
{
    ck_assert_msg(attributes_of(store, entity, owner, attribute_is, &w, NULL) == 1, "no %s", w.name);
}

START_TEST(what_rides_on_event_lines_is_kept_and_the_last_value_wins)
{
    static const char text[] = "user,item,time,name,cost,land\nu,a,2011-01-01,First,1.5,DE\nu,a,2011-01-02,Second,2.5,\n"
                               "v,b,2011-01-02,,,FR\nu,a,2011-01-03,Second,2.5,AT\n";
    struct store *store = begin();
    char path[FS_PATH_MAX];
    int64_t item, user;
    write_file("a.csv", text, strlen(text), path);
    struct setup s = {.path = path,
                      .spec = "[map]\ntitle=\"name\"\n\"item.price\"=\"cost\"\n\"user.country\"=\"land\"\n", .batch_rows = 2};
    for (int round = 0; round < 2; round++) {
        import_well(store, &s);
        const char *want[] = {"a", "Second"};
        ck_assert_int_eq(items_each(store, title_is, want, NULL), 1);
        ck_assert_int_eq(items_find(store, "a", &item, NULL), 0);
        ck_assert_int_eq(users_find(store, "u", &user, NULL), 0);
        expect_attribute(store, ATTRIBUTE_OF_ITEM, item, (struct wanted){"price", ATTRIBUTE_NUMBER, 2.5, NULL});
        expect_attribute(store, ATTRIBUTE_OF_USER, user, (struct wanted){"country", ATTRIBUTE_TEXT, 0, "AT"});
    }
    end(store);
}
END_TEST

START_TEST(items_and_users_get_typed_attributes)
{
    static const char items[] = "{\"item\": 5, \"title\": \"Five\", \"attributes\": {\"price\": 2, \"tags\": [\"a\", 1], \"new\": true}}\n"
                                "{\"item\": \"six\", \"color\": \"red\"}\n";
    static const char users[] = "user|age|zip|vip\n1|24|01234|yes\n2|30|x|no\n";
    struct store *store = begin();
    char path[FS_PATH_MAX];
    int64_t id;
    write_file("items.jsonl", items, strlen(items), path);
    struct setup s = {.entity = SPEC_ITEMS, .path = path, .spec = ""};
    import_well(store, &s);
    import_well(store, &s);
    ck_assert_uint_eq(report.stored.events_present, 2);
    ck_assert_int_eq(items_find(store, "5", &id, NULL), 0);
    expect_attribute(store, ATTRIBUTE_OF_ITEM, id, (struct wanted){"price", ATTRIBUTE_NUMBER, 2, NULL});
    expect_attribute(store, ATTRIBUTE_OF_ITEM, id, (struct wanted){"tags", ATTRIBUTE_LIST, 0, "[\"a\",\"1\"]"});
    expect_attribute(store, ATTRIBUTE_OF_ITEM, id, (struct wanted){"new", ATTRIBUTE_BOOLEAN, 1, NULL});
    ck_assert_int_eq(items_find(store, "six", &id, NULL), 0);
    expect_attribute(store, ATTRIBUTE_OF_ITEM, id, (struct wanted){"color", ATTRIBUTE_TEXT, 0, "red"});
    write_file("users.csv", users, strlen(users), path);
    s.entity = SPEC_USERS;
    import_well(store, &s);
    ck_assert_int_eq(users_find(store, "1", &id, NULL), 0);
    expect_attribute(store, ATTRIBUTE_OF_USER, id, (struct wanted){"zip", ATTRIBUTE_TEXT, 0, "01234"});
    expect_attribute(store, ATTRIBUTE_OF_USER, id, (struct wanted){"vip", ATTRIBUTE_BOOLEAN, 1, NULL});
    expect(store, 0, 2, 2, 0);
    /* a type once given stays: what does not fit is a bad row */
    static const char later[] = "item,price\n5,cheap\n6,1\n";
    struct error err;
    write_file("later.csv", later, strlen(later), path);
    s = (struct setup){.entity = SPEC_ITEMS, .path = path, .spec = "", .max_bad = 0.1};
    ck_assert_int_eq(import(store, &s, &err), E_BAD_DATA);
    ck_assert_str_eq(report.reasons[0].reason, "'cheap' is no number");
    end(store);
}
END_TEST

START_TEST(sequences_are_events_a_second_apart)
{
    static const char text[] = "u1 a b a\nu2 b\n";
    struct store *store = begin();
    char path[FS_PATH_MAX];
    int64_t user;
    struct event_row *rows;
    size_t n;
    write_file("s.txt", text, strlen(text), path);
    struct setup s = {.path = path, .spec = "format=\"sequence\"\nkind=\"purchase\"\nsequence-start=\"2001-02-03\"\n"};
    import_well(store, &s);
    import_well(store, &s);
    expect(store, 4, 2, 2, 0);
    ck_assert_int_eq(users_find(store, "u1", &user, NULL), 0);
    ck_assert_int_eq(events_history(store, user, INT64_MIN, INT64_MAX, 0, &rows, &n, NULL), 0);
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(rows[1].time - rows[0].time, 1000);
    ck_assert_int_eq(rows[0].item, rows[2].item);
    mem_free(rows);
    end(store);
}
END_TEST

START_TEST(too_many_bad_rows_leave_the_store_as_it_was)
{
    struct store *store = begin();
    char good[FS_PATH_MAX], bad[FS_PATH_MAX];
    struct error err = {0};
    struct str s;
    write_events("good.csv", 100, good);
    import_well(store, &(struct setup){.path = good, .spec = ""});
    str_init(&s, 1 << 20);
    str_puts(&s, "user,item,time\n");
    for (int i = 0; i < 300; i++)
        str_printf(&s, "n%d,n%d,%s\n", i, i, i % 75 == 74 ? "never" : "2011-01-01");
    write_file("bad.csv", s.data, s.len, bad);
    str_release(&s);
    struct setup setup = {.path = bad, .spec = "", .batch_rows = 10, .max_bad = 0.0133};
    ck_assert_int_eq(import(store, &setup, &err), E_BAD_DATA);
    ck_assert(report.refused);
    ck_assert_uint_eq(report.bad, 4);
    ck_assert_ptr_nonnull(strstr(err.why, "4 of 300 rows are bad (1.33 %), more than the 1.33 % that are allowed"));
    expect(store, 100, 37, 98, 0);
    setup.max_bad = 0.0134;
    import_well(store, &setup);
    expect(store, 396, 37 + 296, 98 + 296, 4);
    import_well(store, &setup); /* and quarantine holds each bad row once */
    expect(store, 396, 37 + 296, 98 + 296, 4);
    end(store);
}
END_TEST

/* Kills its own process before or after the commit of one batch. */
struct killer {
    uint64_t batch;
    bool committed;
};

static void kill_at(void *context, uint64_t batch, bool committed)
{
    const struct killer *k = context;
    if (batch == k->batch && committed == k->committed)
        kill(getpid(), SIGKILL);
}

START_TEST(killed_anywhere_a_rerun_completes_it)
{
    for (int at = 0; at < 12; at++) {
        struct store *store = begin();
        char path[FS_PATH_MAX];
        struct killer killer = {.batch = (uint64_t)at / 2, .committed = at % 2};
        write_events("a.csv", 1000, path);
        store_close(store);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            struct error err;
            store = reopen();
            import(store, &(struct setup){.path = path, .spec = "", .batch_rows = 150, .on_batch = kill_at, .context = &killer},
                   &err);
            _exit(0); /* not reached */
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        store = reopen();
        ck_assert_int_eq(count(store).events, (at + 1) / 2 * 150);
        import_well(store, &(struct setup){.path = path, .spec = "", .batch_rows = 150});
        expect(store, 1000, 37, 101, 0);
        ck_assert_uint_eq(report.stored.events_present, (unsigned)(at + 1) / 2 * 150);
        end(store);
    }
}
END_TEST

static void cancel_after_second(void *context, uint64_t batch, bool committed)
{
    if (batch == 1 && committed)
        job_cancel(context);
}

START_TEST(cancelled_keeps_whole_batches)
{
    struct store *store = begin();
    char path[FS_PATH_MAX];
    struct job job;
    struct error err = {0};
    write_events("a.csv", 10000, path);
    job_init(&job, NULL, NULL);
    struct setup s = {.path = path, .spec = "", .batch_rows = 2000, .on_batch = cancel_after_second, .context = &job, .job = &job};
    ck_assert_int_eq(import(store, &s, &err), E_CANCELLED);
    ck_assert_int_eq(count(store).events, 4000);
    ck_assert_ptr_nonnull(strstr(err.hint, "the first 4000 rows are stored"));
    job_cancel(&job);
    ck_assert_int_eq(import(store, &s, &err), E_CANCELLED); /* while checking: nothing at all */
    ck_assert_int_eq(count(store).events, 4000);
    s.job = NULL;
    import_well(store, &s);
    ck_assert_int_eq(count(store).events, 10000);
    end(store);
}
END_TEST

/* A full disk at any step of any statement: an error, whole batches, and a rerun completes it. */
START_TEST(a_full_disk_leaves_whole_batches)
{
    char path[FS_PATH_MAX];
    unsigned long steps = 1;
    for (int round = 0; round < 40; round++, steps += steps / 4 + 1) {
        struct store *store = begin();
        struct error err = {0};
        write_events("a.csv", 100, path);
        struct setup s = {.path = path, .spec = "", .batch_rows = 30};
        store_fail_after(steps);
        int rc = import(store, &s, &err);
        store_fail_after(0);
        if (rc != 0) {
            ck_assert_msg(rc == E_IO, "%s %s", err.what, err.why);
            int64_t events = count(store).events;
            ck_assert(events % 30 == 0);
            import_well(store, &s);
        }
        expect(store, 100, 37, 98, 0);
        end(store);
        if (rc == 0)
            return;
    }
    ck_abort_msg("never succeeded");
}
END_TEST

START_TEST(running_out_of_memory_is_an_error)
{
    char path[FS_PATH_MAX];
    unsigned long at = 1;
    for (int round = 0; round < 60; round++, at += at / 5 + 1) {
        struct store *store = begin();
        struct error err = {0};
        struct spec *spec = spec_new(SPEC_EVENTS);
        write_events("a.csv", 60, path);
        const char *paths[] = {path};
        struct import_options o = {.spec = spec, .paths = paths, .n_paths = 1,
                                   .loader = {.batch_rows = 20, .now = INT64_C(1700000000000)}};
        mem_fail_after(at);
        int rc = import_run(store, &o, &report, NULL, &err);
        mem_fail_after(0);
        spec_free(spec);
        if (rc != 0) {
            ck_assert_msg(rc == E_NOMEM, "%d %s %s", rc, err.what, err.why);
            ck_assert(count(store).events % 20 == 0);
        } else {
            ck_assert_int_eq(count(store).events, 60);
        }
        end(store);
        if (rc == 0)
            return;
    }
    ck_abort_msg("never succeeded");
}
END_TEST

struct correction {
    const char *key, *value;
};

static int correct(const void *context, struct spec *spec, struct error *err)
{
    const struct correction *c = context;
    return spec_set(spec, c->key, c->value, err);
}

static struct quarantine_report retry(struct store *store, const char *key, const char *value)
{
    struct quarantine_report r;
    struct error err = {0};
    struct correction c = {key, value};
    struct quarantine_options o = {.correct = correct, .context = &c, .loader = {.now = INT64_C(1700000000000), .batch_rows = 2}};
    int rc = quarantine_retry(store, &o, &r, NULL, &err);
    ck_assert_msg(rc == 0, "%s: %s", err.what, err.why);
    return r;
}

START_TEST(bad_rows_are_read_again_under_a_correction)
{
    struct store *store = begin();
    char path[FS_PATH_MAX];
    static const char text[] = "sku,uid,ts,price\na,u1,2011-01-01,1\ncaf\xe9,u2,2011-01-01,1\na,u3,31/12/2011,1\n"
                               "a,u3,31/12/2011,1\na,u4,2011-01-01,x\n";
    write_file("a.csv", text, strlen(text), path);
    import_well(store, &(struct setup){.path = path, .max_bad = 1,
                                       .spec = "[map]\nuser=\"uid\"\nitem=\"sku\"\ntime=\"ts\"\n[clean]\nfree=\"price = 0\"\n"});
    expect(store, 1, 1, 1, 4);
    struct quarantine_report r = retry(store, "kind", "view");
    ck_assert_uint_eq(r.retried, 4);
    ck_assert_uint_eq(r.import.bad, 4);
    expect(store, 1, 1, 1, 4);
    r = retry(store, "encoding", "ISO-8859-1");
    ck_assert_uint_eq(r.import.stored.events_added, 1);
    int64_t item;
    ck_assert_int_eq(items_find(store, "caf\xC3\xA9", &item, NULL), 0);
    r = retry(store, "time-format", "%d/%m/%Y");
    ck_assert_uint_eq(r.import.stored.events_added, 2); /* equal lines are two events here too */
    expect(store, 4, 3, 2, 1);
    r = retry(store, "time-format", "auto");
    ck_assert_uint_eq(r.import.bad, 1);
    ck_assert_str_eq(r.import.reasons[0].reason, "'x' is no number");
    ck_assert_uint_eq(r.import.reasons[0].line, 6);
    end(store);
}
END_TEST

START_TEST(json_and_sequences_are_retried_as_what_they_are)
{
    struct store *store = begin();
    char path[FS_PATH_MAX];
    static const char json[] = "{\"item\": \"a\", \"time\": \"31/12/2011\", \"user\": \"u\"}\n";
    static const char sequence[] = "lonely\n";
    write_file("a.jsonl", json, strlen(json), path);
    import_well(store, &(struct setup){.path = path, .max_bad = 1, .spec = ""});
    write_file("s.txt", sequence, strlen(sequence), path);
    import_well(store, &(struct setup){.path = path, .max_bad = 1, .spec = "format=\"sequence\"\n"});
    expect(store, 0, 0, 0, 2);
    struct quarantine_report r = retry(store, "time-format", "%d/%m/%Y");
    ck_assert_uint_eq(r.retried, 2);
    expect(store, 1, 1, 1, 1);
    end(store);
}
END_TEST

START_TEST(a_header_alone_imports_nothing)
{
    struct store *store = begin();
    char path[FS_PATH_MAX];
    write_file("a.csv", "user,item,time\n", 15, path);
    import_well(store, &(struct setup){.path = path, .spec = ""});
    expect(store, 0, 0, 0, 0);
    end(store);
}
END_TEST

CHECK_MAIN("import", the_same_thing_twice_is_once_and_equal_lines_are_two, an_event_with_an_id_is_added_once,
           what_rides_on_event_lines_is_kept_and_the_last_value_wins, items_and_users_get_typed_attributes,
           sequences_are_events_a_second_apart, too_many_bad_rows_leave_the_store_as_it_was,
           killed_anywhere_a_rerun_completes_it, cancelled_keeps_whole_batches, a_full_disk_leaves_whole_batches,
           running_out_of_memory_is_an_error, bad_rows_are_read_again_under_a_correction,
           json_and_sequences_are_retried_as_what_they_are, a_header_alone_imports_nothing)
