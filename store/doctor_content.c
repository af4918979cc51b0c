/* What the rows say: counts, and whether they agree with each other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/doctor_parts.h"
#include "store/jobs.h"
#include "store/watch.h"

static int count(struct doctor *self, int64_t *out, const char *sql)
{
    return doctor_int(self, "counts", out, sql);
}

/* One pass over the events: the largest number, the time range, and which sessions have any. */
struct scan {
    int64_t events, largest, first, last;
    unsigned char *sessions; /* bits */
    int64_t sessions_max;
};

static int scan_events(struct doctor *self, struct scan *scan, struct error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = db_prepare(self->store, "SELECT event, time, session FROM events", &s, err);
    while (rc == 0 && (rc = db_step(self->store, s, err)) == 1) {
        int64_t event = sqlite3_column_int64(s, 0), time = sqlite3_column_int64(s, 1),
            session = sqlite3_column_int64(s, 2);
        scan->largest = event > scan->largest ? event : scan->largest;
        scan->first = scan->events == 0 || time < scan->first ? time : scan->first;
        scan->last = scan->events == 0 || time > scan->last ? time : scan->last;
        scan->events++;
        if (session > 0 && session <= scan->sessions_max)
            scan->sessions[session / 8] |= (unsigned char)(1u << session % 8);
        rc = 0;
        if (scan->events % 10000 == 0 && job_step(self->job, "reading the events", (double)scan->events, 0, "events"))
            rc = E_CANCELLED;
    }
    db_done(s);
    return rc;
}

static int check_counter(struct doctor *self, const struct scan *scan)
{
    int64_t next;
    int rc = doctor_int(self, "event numbers", &next, "SELECT next FROM counters WHERE name = 'event'");
    if (rc != 0 || next < 0)
        return rc;
    if (next > scan->largest)
        doctor_say(self, "event numbers", DOCTOR_OK, "", "The next number, %" PRId64 ", was never used.", next);
    else
        doctor_say(self, "event numbers", DOCTOR_PROBLEM, self->restore,
                   "The next number would be %" PRId64 ", but there is an event %" PRId64 " already: new events would "
                   "share numbers with old ones.",
                   next, scan->largest);
    return 0;
}

static int check_events(struct doctor *self)
{
    struct scan scan = {0};
    struct error err = {0};
    struct doctor_counts *c = self->counts;
    int64_t used = 0;
    int rc = doctor_int(self, "events", &scan.sessions_max, "SELECT max(session) FROM sessions");
    if (rc != 0 || scan.sessions_max < 0)
        return rc;
    scan.sessions = mem_zalloc((size_t)scan.sessions_max / 8 + 1, 1);
    if (scan.sessions == NULL)
        return E_NOMEM;
    rc = scan_events(self, &scan, &err);
    for (int64_t i = 0; i <= scan.sessions_max; i++)
        used += scan.sessions[i / 8] >> i % 8 & 1;
    mem_free(scan.sessions);
    if (rc != 0)
        return doctor_unreadable(self, "events", rc, &err);
    c->events = scan.events;
    c->first = scan.first;
    c->last = scan.last;
    if (c->sessions > used)
        doctor_say(self, "sessions", DOCTOR_OK, "", "%" PRId64 " of %" PRId64 " sessions have no events.",
                   c->sessions - used, c->sessions);
    return check_counter(self, &scan);
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The numbers of a user's events, sorted: their table is in order of time. */
struct numbers {
    int64_t user, *at;
    size_t n, cap;
};

static int load_numbers(struct doctor *self, int64_t user, struct numbers *out, struct error *err)
{
    sqlite3_stmt *s;
    out->n = 0;
    out->user = user;
    int rc = db_prepare(self->store, "SELECT event FROM events WHERE user = ?1", &s, err);
    if (rc == 0)
        rc = db_bind(self->store, s, err, "i", user);
    while (rc == 0 && (rc = db_step(self->store, s, err)) == 1) {
        if (mem_grow((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at) != 0) {
            db_done(s);
            return E_NOMEM;
        }
        out->at[out->n++] = sqlite3_column_int64(s, 0);
        rc = 0;
    }
    if (rc == 0) {
        db_done(s);
        qsort(out->at, out->n, sizeof *out->at, compare_numbers);
    }
    return rc;
}

static int check_context(struct doctor *self)
{
    struct numbers numbers = {.user = -1};
    struct error err = {0};
    sqlite3_stmt *s = NULL;
    int64_t rows = 0, lost = 0;
    int rc = db_prepare(self->store, "SELECT user, event FROM event_context ORDER BY 1, 2", &s, &err);
    while (rc == 0 && (rc = db_step(self->store, s, &err)) == 1) {
        int64_t user = sqlite3_column_int64(s, 0), event = sqlite3_column_int64(s, 1);
        rc = user != numbers.user || rows == 0 ? load_numbers(self, user, &numbers, &err) : 0;
        if (rc == 0)
            lost += numbers.n == 0 || bsearch(&event, numbers.at, numbers.n, sizeof event, compare_numbers) == NULL;
        rows++;
        if (rc == 0 && rows % 10000 == 0 &&
            job_step(self->job, "reading what events have besides", (double)rows, 0, "rows"))
            rc = E_CANCELLED;
    }
    db_done(s);
    mem_free(numbers.at);
    if (rc < 0)
        return doctor_unreadable(self, "context", rc, &err);
    if (lost == 0)
        doctor_say(self, "context", DOCTOR_OK, "", "%" PRId64 " events have more than the common facts, and each of "
                   "them exists.", rows);
    else
        doctor_say(self, "context", DOCTOR_PROBLEM, self->restore, "%" PRId64 " of %" PRId64 " rows belong to events "
                   "that do not exist.", lost, rows);
    return 0;
}

static int check_dictionaries(struct doctor *self)
{
    static const struct {
        const char *what, *sql;
    } idle[] = {
        {"users have no events",
         "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.user = u.user)"},
        {"items have no events",
         "SELECT count(*) FROM items i WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.item = i.item)"},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof idle / sizeof idle[0]; i++) {
        int64_t n;
        rc = doctor_int(self, "dictionaries", &n, idle[i].sql);
        if (rc == 0 && n > 0)
            doctor_say(self, "dictionaries", DOCTOR_OK, "", "%" PRId64 " %s.", n, idle[i].what);
    }
    int64_t nameless = 0;
    if (rc == 0)
        rc = doctor_int(self, "dictionaries", &nameless,
                        "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user = "
                        "u.user)");
    if (rc == 0 && nameless > 0)
        doctor_say(self, "dictionaries", DOCTOR_PROBLEM, self->restore,
                   "%" PRId64 " users have no identifier: nobody can be found by them.", nameless);
    else if (rc == 0 && nameless == 0)
        doctor_say(self, "dictionaries", DOCTOR_OK, "", "Every user has an identifier.");
    return rc;
}

/* An import that was killed is all right once the same source was imported to its end. */
static int check_imports(struct doctor *self)
{
    struct error err = {0};
    sqlite3_stmt *s;
    bool any = false;
    int64_t job = 0;
    int rc = doctor_int(self, "imports", &job, "SELECT max(job) FROM jobs WHERE outcome IS NULL AND command "
                        "LIKE 'import%'");
    if (rc != 0)
        return rc;
    bool running = job > 0 && jobs_alive(self->workspace, job);
    rc = db_prepare(self->store,
                    "SELECT import, entity, started FROM imports a WHERE finished IS NULL AND NOT EXISTS (SELECT 1 "
                    "FROM imports b WHERE b.import > a.import AND b.finished IS NOT NULL AND b.entity = a.entity AND "
                    "b.source = a.source AND b.mapping = a.mapping) ORDER BY 1", &s, &err);
    while (rc == 0 && (rc = db_step(self->store, s, &err)) == 1) {
        char when[40];
        any = true;
        clock_format(sqlite3_column_int64(s, 2), when, sizeof when);
        doctor_say(self, "imports", running ? DOCTOR_OK : DOCTOR_WARNING,
                   running ? "" : "Run the same import again: it adds what is missing, and nothing twice.",
                   "Import %" PRId64 " (%s, begun %s) %s.", (int64_t)sqlite3_column_int64(s, 0), db_text(s, 1), when,
                   running ? "is running" : "did not reach its end; the batches that it had stored are there");
        rc = 0;
    }
    if (rc < 0)
        return doctor_unreadable(self, "imports", rc, &err);
    if (!any)
        doctor_say(self, "imports", DOCTOR_OK, "", "Every import reached its end.");
    return 0;
}

static int check_jobs(struct doctor *self)
{
    struct error err = {0};
    sqlite3_stmt *s;
    int64_t running = 0, dead = 0;
    int rc = db_prepare(self->store, "SELECT job FROM jobs a WHERE outcome IS NULL AND NOT EXISTS (SELECT 1 FROM jobs "
                                     "b WHERE b.job > a.job AND b.command = a.command AND b.outcome = 'done')",
                                     &s, &err);
    while (rc == 0 && (rc = db_step(self->store, s, &err)) == 1) {
        bool alive = jobs_alive(self->workspace, sqlite3_column_int64(s, 0));
        running += alive;
        dead += !alive;
        rc = 0;
    }
    if (rc < 0)
        return doctor_unreadable(self, "jobs", rc, &err);
    if (dead > 0)
        doctor_say(self, "jobs", DOCTOR_WARNING, "`reckon jobs` shows which; run them again.",
                   "%" PRId64 " were interrupted and not done since; %" PRId64 " are running.",
                   dead, running);
    else
        doctor_say(self, "jobs", DOCTOR_OK, "", "%" PRId64 " are running; none is left interrupted.", running);
    return 0;
}

/* A person half erased is the first thing to be finished. */
static int check_erasures(struct doctor *self)
{
    int64_t open = 0, overdue = 0, there = 0;
    if (db_int(self->store, NULL, &there, 0, "SELECT 1 FROM sqlite_schema WHERE name = 'cases'", "") != 0 || there == 0)
        return 0; /* an older schema, which is said elsewhere */
    int rc = count(self, &open, "SELECT count(*) FROM cases WHERE type = 'erase' AND closed IS NULL AND state <> 'planned'");
    struct error err = {0};
    rc = rc != 0 ? rc : db_int(self->store, &err, &overdue, 0, "SELECT count(*) FROM cases WHERE closed IS NULL AND due < ?1",
                               "i", clock_now_ms());
    if (rc != 0)
        return doctor_unreadable(self, "cases", rc, &err);
    if (open > 0 || overdue > 0)
        doctor_say(self, "cases", DOCTOR_WARNING, open > 0 ? "`reckon privacy resume` carries them on."
                                                           : "`reckon privacy cases` lists them.",
                   "%" PRId64 " erasures are not finished; %" PRId64 " requests of people are overdue.", open, overdue);
    else
        doctor_say(self, "cases", DOCTOR_OK, "", "No erasure is half done, and no request is overdue.");
    return 0;
}

static int count_all(struct doctor *self)
{
    struct doctor_counts *c = self->counts;
    int rc = count(self, &c->users, "SELECT count(*) FROM users");
    rc = rc != 0 ? rc : count(self, &c->items, "SELECT count(*) FROM items");
    rc = rc != 0 ? rc : count(self, &c->kinds, "SELECT count(*) FROM kinds");
    rc = rc != 0 ? rc : count(self, &c->sessions, "SELECT count(*) FROM sessions");
    rc = rc != 0 ? rc : count(self, &c->quarantine, "SELECT count(*) FROM quarantine");
    rc = rc != 0 ? rc : count(self, &c->imports, "SELECT count(*) FROM imports");
    return rc != 0 ? rc : count(self, &c->models, "SELECT count(*) FROM models");
}

/* A check whose statements run long; the others report their own progress. */
static int watched(struct doctor *self, int (*check)(struct doctor *))
{
    struct watch watch;
    watch_begin(&watch, self->store->db, self->job, "comparing tables");
    int rc = check(self);
    watch_end(&watch);
    return rc;
}

int doctor_content(struct doctor *self)
{
    int rc = watched(self, count_all);
    rc = rc != 0 ? rc : check_events(self);
    rc = rc != 0 ? rc : check_context(self);
    rc = rc != 0 ? rc : watched(self, check_dictionaries);
    rc = rc != 0 ? rc : check_imports(self);
    rc = rc != 0 ? rc : check_jobs(self);
    return rc != 0 ? rc : check_erasures(self);
}
