/* Backups: of one moment while others write, back while others read, and nothing lost whatever happens half-way. */
#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "store/backup.h"
#include "store/db.h"
#include "store/doctor.h"
#include "store/manifest.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

static const char model_sql[] =
    "INSERT INTO models (name, version, kind, stage, created, file, checksum, bytes, seed, params, data_events, "
    "data_users, data_items, data_digest, build, note) VALUES (?1, 1, 'ease', 'candidate', 0, 'models/' || ?1 || "
    "'-1.safetensors', ?2, ?3, 0, '{}', 0, 0, 0, '', '', '')";

static void put(const char *dir, const char *name, const char *text)
{
    char path[FS_PATH_MAX];
    ck_assert_int_eq(fs_join(path, sizeof path, dir, name), 0);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static bool holds(const char *dir, const char *name, const char *text)
{
    char path[FS_PATH_MAX], *got;
    size_t n;
    ck_assert_int_eq(fs_join(path, sizeof path, dir, name), 0);
    if (fs_read_all(path, 1 << 20, &got, &n, NULL) != 0)
        return false;
    bool same = n == strlen(text) && memcmp(got, text, n) == 0;
    mem_free(got);
    return same;
}

static void add_model(struct fixture *f, const char *name, const char *content)
{
    char file[64], sha256[65];
    snprintf(file, sizeof file, "models/%s-1.safetensors", name);
    put(f->dir, file, content);
    fs_sha256(content, strlen(content), sha256);
    ck_assert_int_eq(db_exec(f->store, NULL, model_sql, "tti", name, sha256, (int64_t)strlen(content)), 0);
}

/* The state that is backed up: 50 events, models a and b, settings "old"; then the one that is replaced: 50 more
 * events, another model b, a model c, settings "new". */
static void first_state(struct fixture *f)
{
    fixture_init(f);
    fixture_fill(f->store, 5, 10);
    add_model(f, "a", "model a");
    add_model(f, "b", "model b as it was");
    put(f->dir, STORE_SETTINGS, "# old\n");
}

static void second_state(struct fixture *f)
{
    ck_assert_int_eq(db_exec(f->store, NULL, "DELETE FROM models WHERE name = 'b'", ""), 0);
    fixture_fill(f->store, 10, 10);
    add_model(f, "b", "another model b");
    add_model(f, "c", "model c");
    put(f->dir, STORE_SETTINGS, "# new\n");
}

static const char *path_in(const struct fixture *f, char *out, const char *name)
{
    return fixture_path(f, out, name);
}

static int64_t events_in(const char *dir)
{
    struct store *s;
    struct error err = {0};
    ck_assert_msg(store_open(&s, dir, false, &err) == 0, "%s: %s", err.what, err.why);
    int64_t n = fixture_events(s);
    store_close(s);
    return n;
}

static void count_problem(void *context, const struct doctor_finding *finding)
{
    snprintf(context, 1000, "%s: %s", finding->check, finding->finding);
}

static int problems_in(const char *dir)
{
    struct doctor_counts c;
    char last[1000];
    ck_assert_int_eq(doctor_run(dir, false, count_problem, last, &c, NULL, NULL), 0);
    return c.problems;
}

static bool is_first(const char *dir)
{
    return events_in(dir) == 50 && holds(dir, "models/b-1.safetensors", "model b as it was") &&
           holds(dir, "models/a-1.safetensors", "model a") &&
           holds(dir, STORE_SETTINGS, "# old\n");
}

static bool is_second(const char *dir)
{
    return events_in(dir) == 100 && holds(dir, "models/b-1.safetensors", "another model b") &&
           holds(dir, "models/c-1.safetensors", "model c") &&
           holds(dir, STORE_SETTINGS, "# new\n");
}

/* Entries of a directory whose name has `part` in it. */
static int entries(const char *dir, const char *part)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d))
        n += strstr(e->d_name, part) != NULL;
    if (d != NULL)
        closedir(d);
    return n;
}

static void close_store(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

/* A workspace in its second state, with a backup of the first in `backup`, closed. */
static void with_backup(struct fixture *f, char *backup)
{
    struct backup_info info;
    struct error err = {0};
    first_state(f);
    path_in(f, backup, "kept");
    ck_assert_msg(backup_make(f->store, backup, &info, NULL, &err) == 0, "%s: %s", err.what, err.why);
    second_state(f);
    close_store(f);
}

START_TEST(there_and_back)
{
    struct fixture f;
    char backup[FS_PATH_MAX], path[FS_PATH_MAX];
    struct backup_restored r;
    struct error err = {0};
    with_backup(&f, backup);
    ck_assert(is_second(f.dir));
    ck_assert_msg(backup_restore(backup, f.dir, &r, NULL, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert(is_first(f.dir));
    ck_assert(!fs_exists(path_in(&f, path, "models/c-1.safetensors")));
    ck_assert(r.replaced && !r.kept_is_damaged);
    ck_assert_int_eq(r.backup.events, 50);
    ck_assert_int_eq(r.backup.models, 2);
    ck_assert_int_eq(problems_in(f.dir), 0);
    /* what was replaced is a backup itself */
    char undo[FS_PATH_MAX];
    strcpy(undo, r.kept);
    ck_assert_msg(backup_restore(undo, f.dir, &r, NULL, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert(is_second(f.dir));
    ck_assert_int_eq(problems_in(f.dir), 0);
    /* and as a new workspace */
    path_in(&f, path, "elsewhere/new");
    ck_assert_int_eq(backup_restore(backup, path, &r, NULL, &err), 0);
    ck_assert(!r.replaced && r.kept[0] == '\0');
    ck_assert(is_first(path));
    ck_assert_int_eq(problems_in(path), 0);
    ck_assert(backup_newest(f.dir, path) && strstr(path, "before-restore-") != NULL);
    fixture_release(&f);
}
END_TEST

START_TEST(a_backup_is_never_overwritten_and_leaves_keys_alone)
{
    struct fixture f;
    char path[FS_PATH_MAX], part[FS_PATH_MAX];
    struct backup_info info;
    struct error err = {0};
    struct stat st;
    first_state(&f);
    put(f.dir, "keys/signing", "secret");
    put(f.dir, "models/a-1.safetensors", "model A"); /* no longer what was registered */
    path_in(&f, path, "b");
    ck_assert_int_eq(mkdir(path, 0700), 0); /* empty: fine */
    ck_assert_int_eq(backup_make(f.store, path, &info, NULL, &err), 0);
    ck_assert_int_eq(info.missing, 1);
    ck_assert_int_eq(info.models, 1);
    ck_assert(!fs_exists(path_in(&f, part, "b/keys")) && !fs_exists(path_in(&f, part, "b/models/a-1.safetensors")));
    ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
    ck_assert(stat(path_in(&f, part, "b/reckon.db"), &st) == 0 && (st.st_mode & 0777) == 0600);
    ck_assert_int_eq(backup_make(f.store, path, &info, NULL, &err), E_CONFLICT);
    ck_assert_int_eq(backup_make(f.store, path_in(&f, part, "b/reckon.db"), &info, NULL, &err), E_CONFLICT);
    ck_assert_int_eq(backup_make(f.store, path_in(&f, part, "no/such/place"), &info, NULL, &err), E_NOT_FOUND);
    fixture_release(&f);
}
END_TEST

/* What is wrong with a backup, and what is then said. */
static void hurt(const char *backup, const char *name, int how)
{
    char path[FS_PATH_MAX], *bytes;
    size_t n;
    ck_assert_int_eq(fs_join(path, sizeof path, backup, name), 0);
    ck_assert_int_eq(fs_read_all(path, 1 << 24, &bytes, &n, NULL), 0);
    if (how == 0)
        unlink(path);
    if (how == 1)
        ck_assert_int_eq(truncate(path, (off_t)n / 2), 0);
    if (how == 2)
        bytes[n / 2] ^= 1;
    if (how == 2)
        ck_assert_int_eq(fs_write_all(path, bytes, n, 0600, NULL), 0);
    mem_free(bytes);
}

START_TEST(a_bad_backup_changes_nothing)
{
    static const struct {
        const char *name;
        int how, code;
        const char *why;
    } cases[] = {{"reckon.db", 0, E_CORRUPT, "missing"},     {"reckon.db", 1, E_CORRUPT, "another size"},
                 {"reckon.db", 2, E_CORRUPT, "checksum"},    {"models/b-1.safetensors", 0, E_CORRUPT, "missing"},
                 {"models/b-1.safetensors", 2, E_CORRUPT, "checksum"}, {"reckon.toml", 1, E_CORRUPT, "another size"},
                 {"manifest.json", 0, E_NOT_FOUND, "no manifest"}, {"manifest.json", 1, E_CORRUPT, "no JSON"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        struct backup_restored r;
        struct error err = {0};
        char backup[FS_PATH_MAX], fresh[FS_PATH_MAX];
        with_backup(&f, backup);
        hurt(backup, cases[i].name, cases[i].how);
        ck_assert_int_eq(backup_restore(backup, f.dir, &r, NULL, &err), cases[i].code);
        ck_assert_msg(strstr(err.why, cases[i].why) != NULL, "%s %d: %s", cases[i].name, cases[i].how, err.why);
        ck_assert(is_second(f.dir));
        ck_assert_int_eq(problems_in(f.dir), 0);
        ck_assert_int_eq(entries(path_in(&f, fresh, "backups"), "before"), 0);
        ck_assert_int_ne(backup_restore(backup, path_in(&f, fresh, "fresh"), &r, NULL, &err), 0);
        ck_assert(!fs_exists(fresh));
        fixture_release(&f);
    }
}
END_TEST

/* Replaces `from` in the manifest by `to`, of the same length or not. */
static void edit_manifest(const char *backup, const char *from, const char *to)
{
    char path[FS_PATH_MAX], *text;
    size_t n;
    struct str s;
    ck_assert_int_eq(fs_join(path, sizeof path, backup, MANIFEST_FILE), 0);
    ck_assert_int_eq(fs_read_all(path, 1 << 20, &text, &n, NULL), 0);
    char *at = strstr(text, from);
    ck_assert_ptr_nonnull(at);
    str_init(&s, 1 << 20);
    str_append(&s, text, (size_t)(at - text));
    str_puts(&s, to);
    str_puts(&s, at + strlen(from));
    ck_assert_int_eq(fs_write_all(path, str_text(&s), s.len, 0600, NULL), 0);
    str_release(&s);
    mem_free(text);
}

START_TEST(a_manifest_is_not_trusted)
{
    static const struct {
        const char *from, *to;
        int code;
    } cases[] = {{"\"schema\": ", "\"schema\": 99", E_CONFLICT}, /* a digit more: of the future */
                 {"\"format\": 1", "\"format\": 2", E_CONFLICT},
                 {"\"schema\": ", "\"schema\": -", E_CORRUPT},
                 {"models/b-1", "models/../../b-1", E_CORRUPT},
                 {"models/b-1.safetensors", "keys/signing", E_CORRUPT},
                 {"models/b-1.safetensors", "/etc/passwd", E_CORRUPT},
                 {"models/b-1.safetensors", "models/a-1.safetensors", E_CORRUPT},
                 {"\"reckon.db\"", "\"reckon.toml\"", E_CORRUPT},
                 {"\"sha256\": \"", "\"sha256\": \"0", E_CORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        struct backup_restored r;
        struct error err = {0};
        char backup[FS_PATH_MAX];
        with_backup(&f, backup);
        edit_manifest(backup, cases[i].from, cases[i].to);
        ck_assert_msg(backup_restore(backup, f.dir, &r, NULL, &err) == cases[i].code, "%s: %s", cases[i].to, err.why);
        ck_assert(is_second(f.dir));
        fixture_release(&f);
    }
}
END_TEST

START_TEST(an_older_backup_is_brought_up_to_date)
{
    struct fixture f;
    struct backup_restored r;
    struct error err = {0};
    struct manifest m = {.created = 1, .schema = 0};
    struct manifest_file file = {.path = STORE_FILE};
    char backup[FS_PATH_MAX], path[FS_PATH_MAX], fresh[FS_PATH_MAX];
    struct stat st;
    sqlite3 *db;
    with_backup(&f, path);
    path_in(&f, backup, "old");
    ck_assert_int_eq(mkdir(backup, 0700), 0);
    ck_assert_int_eq(sqlite3_open(path_in(&f, path, "old/reckon.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA application_id = 1919118190; CREATE TABLE early (x)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    ck_assert_int_eq(stat(path, &st), 0);
    file.bytes = st.st_size;
    ck_assert_int_eq(fs_sha256_file(path, file.sha256, NULL), 0);
    ck_assert_int_eq(manifest_add(&m, &file, NULL), 0);
    ck_assert_int_eq(manifest_write(&m, backup, NULL), 0);
    manifest_release(&m);
    ck_assert_msg(backup_restore(backup, f.dir, &r, NULL, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_int_eq(events_in(f.dir), 0);
    ck_assert_int_eq(problems_in(f.dir), 0);
    ck_assert_int_eq(backup_restore(backup, path_in(&f, fresh, "fresh"), &r, NULL, &err), 0);
    ck_assert_int_eq(problems_in(fresh), 0);
    ck_assert(!fs_exists(path_in(&f, path, STORE_FILE ".new")));
    fixture_release(&f);
}
END_TEST

START_TEST(a_damaged_workspace_is_replaced_and_kept)
{
    for (int how = 0; how < 5; how++) {
        struct fixture f;
        struct backup_restored r;
        struct error err = {0};
        char backup[FS_PATH_MAX], path[FS_PATH_MAX], *bytes, sha256[65], kept[65];
        size_t n;
        with_backup(&f, backup);
        path_in(&f, path, STORE_FILE);
        ck_assert_int_eq(fs_read_all(path, 1 << 24, &bytes, &n, NULL), 0);
        if (how == 0)
            n = 0;
        if (how == 1)
            memset(bytes, 'x', 100);
        if (how == 2)
            n = n / 2 / 4096 * 4096;
        if (how == 3)
            memset(bytes + 4096, 0xA5, n - 4096);
        if (how == 4)
            n = 10;
        FILE *file = fopen(path, "w");
        ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
        fclose(file);
        fs_sha256(bytes, n, sha256);
        mem_free(bytes);
        ck_assert_msg(backup_restore(backup, f.dir, &r, NULL, &err) == 0, "%d: %s: %s", how, err.what, err.why);
        ck_assert_msg(is_first(f.dir), "%d", how);
        ck_assert_msg(problems_in(f.dir) == 0, "%d", how);
        ck_assert_msg(r.kept_is_damaged, "%d", how);
        ck_assert_int_eq(fs_join(path, sizeof path, r.kept, STORE_FILE), 0);
        ck_assert_int_eq(fs_sha256_file(path, kept, NULL), 0);
        ck_assert_msg(strcmp(kept, sha256) == 0, "%d", how);
        ck_assert_int_eq(fs_join(path, sizeof path, r.kept, STORE_SETTINGS), 0);
        ck_assert(fs_exists(path));
        fixture_release(&f);
    }
}
END_TEST

/* Another process that does what it is told: 'w' one transaction of 1 user and 10 events, 'n' says how many events it
 * sees, 'b' and 'e' begin and end a snapshot, 'q' ends.  Answers '.' or '!' (it could not). */
struct other {
    pid_t pid;
    int to, from;
};

static int other_write(struct store *s, int *next)
{
    struct error err;
    struct event_run *run;
    uint64_t added, present;
    char name[32];
    int rc = store_begin(s, &err);
    if (rc != 0)
        return rc;
    snprintf(name, sizeof name, "other%d", (*next)++);
    rc = event_run_new(&run, s, &err);
    for (int k = 0; rc == 0 && k < 10; k++) {
        struct event_record r = {.time = k, .quantity = 1, .price = (double)NAN};
        users_intern(s, name, strlen(name), &r.user, NULL, NULL);
        items_intern(s, "i", 1, &r.item, NULL, NULL);
        kinds_intern(s, "view", 4, &r.kind, NULL);
        rc = event_run_append(run, &r, 1, &added, &present, &err);
    }
    event_run_free(run);
    rc = rc != 0 ? rc : store_commit(s, &err);
    if (rc != 0)
        store_rollback(s);
    return rc;
}

static void other_serve(const char *dir, int from, int to)
{
    struct store *s;
    int next = 0;
    char word, answer;
    setenv("RECKON_PATIENCE_MS", "1", 1);
    if (store_open(&s, dir, true, NULL) != 0)
        _exit(1);
    while (read(from, &word, 1) == 1 && word != 'q') {
        int rc = 0;
        int64_t n = 0;
        if (word == 'w')
            rc = other_write(s, &next);
        if (word == 'b')
            rc = store_begin_read(s, NULL);
        if (word == 'e')
            store_end_read(s);
        struct event_totals t;
        if (word == 'n') {
            rc = events_totals(s, &t, NULL);
            n = t.events;
        }
        answer = rc == 0 ? '.' : '!';
        if (write(to, &answer, 1) != 1 || (word == 'n' && write(to, &n, sizeof n) != sizeof n))
            _exit(1);
    }
    store_close(s);
    _exit(0);
}

static void other_start(struct other *o, const char *dir)
{
    int a[2], b[2];
    ck_assert(pipe(a) == 0 && pipe(b) == 0);
    o->pid = fork();
    if (o->pid == 0) {
        close(a[1]);
        close(b[0]);
        other_serve(dir, a[0], b[1]);
    }
    close(a[0]);
    close(b[1]);
    o->to = a[1];
    o->from = b[0];
}

static bool tell(struct other *o, char word)
{
    char answer = '?';
    ck_assert_int_eq(write(o->to, &word, 1), 1);
    ck_assert_int_eq(read(o->from, &answer, 1), 1);
    return answer == '.';
}

static int64_t other_count(struct other *o)
{
    int64_t n = -1;
    ck_assert(tell(o, 'n'));
    ck_assert_int_eq(read(o->from, &n, sizeof n), sizeof n);
    return n;
}

static void other_stop(struct other *o)
{
    int status = -1;
    ck_assert_int_eq(write(o->to, "q", 1), 1);
    waitpid(o->pid, &status, 0);
    ck_assert_int_eq(status, 0);
    close(o->to);
    close(o->from);
}

/* A job that lets the other process write in the middle of the copying. */
struct meddling {
    struct job *job;
    struct other *other;
    int calls, wrote, refused;
};

static void meddle(void *context, const char *note, double done, double total, const char *unit)
{
    struct meddling *m = context;
    (void)done, (void)total, (void)unit;
    atomic_store(&m->job->last_report_ms, 0); /* every step reports */
    if (strcmp(note, "copying the database") != 0)
        return;
    m->calls++;
    bool could = tell(m->other, 'w');
    m->wrote += could;
    m->refused += !could;
}

/* So that the copy takes several steps. */
static void make_large(struct store *s)
{
    ck_assert_int_eq(db_exec(s, NULL, "INSERT INTO imports (entity, source, mapping, started, finished) VALUES "
                             "('events', 's', '{}', 1, 2)", ""), 0);
    ck_assert_int_eq(db_exec(s, NULL, "INSERT INTO quarantine (import, file, line, field, reason, raw) VALUES (1, 'f', "
                             "1, '', '', zeroblob(12000000))", ""), 0);
}

START_TEST(a_backup_is_of_one_moment_while_another_process_writes)
{
    struct fixture f;
    struct other o;
    struct job job;
    struct backup_info info;
    struct error err = {0};
    char path[FS_PATH_MAX];
    fixture_init(&f);
    make_large(f.store);
    other_start(&o, f.dir);
    struct meddling m = {.job = &job, .other = &o};
    job_init(&job, meddle, &m);
    for (int round = 0; round < 3; round++) {
        char name[16];
        snprintf(name, sizeof name, "b%d", round);
        ck_assert(tell(&o, 'w'));
        int64_t before = other_count(&o);
        ck_assert_msg(backup_make(f.store, path_in(&f, path, name), &info, &job, &err) == 0, "%s: %s", err.what,
                      err.why);
        ck_assert_int_eq(info.events, before);
        ck_assert_int_eq(info.users * 10, info.events);
        ck_assert_int_gt(other_count(&o), before); /* written while it was copied */
    }
    ck_assert_int_ge(m.calls, 3);
    ck_assert_int_eq(m.refused, 0);
    other_stop(&o);
    fixture_release(&f);
}
END_TEST

START_TEST(others_go_on_through_a_restore)
{
    struct fixture f;
    struct other o, reader;
    struct job job;
    struct backup_restored r;
    struct error err = {0};
    char backup[FS_PATH_MAX];
    struct backup_info info;
    fixture_init(&f);
    make_large(f.store);
    fixture_fill(f.store, 5, 10);
    ck_assert_int_eq(backup_make(f.store, path_in(&f, backup, "b"), &info, NULL, &err), 0);
    close_store(&f);
    other_start(&o, f.dir);
    other_start(&reader, f.dir);
    ck_assert(tell(&o, 'w'));
    ck_assert(tell(&reader, 'b'));
    ck_assert_int_eq(other_count(&reader), 60);
    struct meddling m = {.job = &job, .other = &o};
    job_init(&job, meddle, &m);
    ck_assert_msg(backup_restore(backup, f.dir, &r, &job, &err) == 0, "%s: %s", err.what, err.why);
    ck_assert_int_ge(m.refused, 1); /* told that somebody else writes; nothing of it was taken and then lost */
    ck_assert_int_eq(m.wrote, 0);
    ck_assert_int_eq(other_count(&reader), 60); /* its snapshot */
    ck_assert(tell(&reader, 'e'));
    ck_assert_int_eq(other_count(&reader), 50);
    ck_assert_int_eq(other_count(&o), 50);
    ck_assert(!tell(&o, 'w')); /* told that it is another database now */
    ck_assert(tell(&o, 'w'));
    ck_assert_int_eq(other_count(&reader), 60);
    ck_assert_int_eq(events_in(f.dir), 60);
    ck_assert_int_eq(events_in(r.kept), 60); /* with what was written before the restore took the lock */
    ck_assert_int_eq(problems_in(f.dir), 0);
    other_stop(&o);
    other_stop(&reader);
    ck_assert_int_eq(problems_in(f.dir), 0);
    fixture_release(&f);
}
END_TEST

/* Runs `work` in a process of its own; true when it came to its end, false when it was killed. */
static bool survives(int (*work)(void *context), void *context)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(work(context) == 0 ? 0 : 1);
    waitpid(child, &status, 0);
    ck_assert_msg(WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL, "status %d", status);
    return WIFEXITED(status);
}

struct killing {
    const char *from, *to;
    unsigned long at;
};

static int killed_backup(void *context)
{
    struct killing *k = context;
    struct store *s;
    struct backup_info info;
    int rc = store_open(&s, k->from, false, NULL);
    store_kill_after(k->at);
    rc = rc != 0 ? rc : backup_make(s, k->to, &info, NULL, NULL);
    store_kill_after(0);
    return rc;
}

static int killed_restore(void *context)
{
    struct killing *k = context;
    struct backup_restored r;
    store_kill_after(k->at);
    int rc = backup_restore(k->from, k->to, &r, NULL, NULL);
    store_kill_after(0);
    return rc;
}

/* Integers of a database that is gone must not be taken for those of the restored one. */
START_TEST(a_writer_notices_a_restore)
{
    struct fixture f;
    struct backup_restored r;
    struct error err = {0};
    char backup[FS_PATH_MAX];
    with_backup(&f, backup);
    ck_assert_int_eq(store_open(&f.store, f.dir, true, NULL), 0);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(store_begin(f.store, &err), 0);
        ck_assert_int_eq(store_commit(f.store, NULL), 0);
        ck_assert(survives(killed_restore, &(struct killing){backup, f.dir, 0}));
        ck_assert_int_eq(store_begin(f.store, &err), E_CONFLICT);
        ck_assert_ptr_nonnull(strstr(err.why, "restored"));
        ck_assert_int_eq(store_begin(f.store, &err), 0); /* told once */
        store_rollback(f.store);
    }
    close_store(&f);
    ck_assert_int_eq(backup_restore(backup, f.dir, &r, NULL, NULL), 0);
    ck_assert(is_first(f.dir));
    fixture_release(&f);
}
END_TEST

START_TEST(a_busy_workspace_is_not_replaced)
{
    struct fixture f;
    struct backup_restored r;
    struct error err = {0};
    char backup[FS_PATH_MAX];
    struct store *writer;
    with_backup(&f, backup);
    ck_assert_int_eq(store_open(&writer, f.dir, true, NULL), 0);
    ck_assert_int_eq(store_begin(writer, NULL), 0);
    setenv("RECKON_PATIENCE_MS", "1", 1);
    ck_assert_int_eq(backup_restore(backup, f.dir, &r, NULL, &err), E_CONFLICT);
    store_rollback(writer);
    store_close(writer);
    ck_assert(is_second(f.dir));
    ck_assert_int_eq(problems_in(f.dir), 0);
    fixture_release(&f);
}
END_TEST

START_TEST(a_killed_backup_is_no_backup)
{
    struct fixture f;
    struct backup_restored r;
    char path[FS_PATH_MAX], fresh[FS_PATH_MAX];
    unsigned long at = 1;
    first_state(&f);
    make_large(f.store);
    close_store(&f);
    path_in(&f, path, "b");
    while (!survives(killed_backup, &(struct killing){f.dir, path, at})) {
        ck_assert(!fs_exists(path));
        ck_assert_int_eq(problems_in(f.dir), 0);
        at++;
    }
    ck_assert_uint_gt(at, 8);
    ck_assert_int_eq(backup_restore(path, path_in(&f, fresh, "fresh"), &r, NULL, NULL), 0);
    ck_assert(is_first(fresh));
    ck_assert(is_first(f.dir));
    fixture_release(&f);
}
END_TEST

START_TEST(a_killed_restore_leaves_the_old_or_the_new)
{
    struct fixture f;
    struct backup_restored r;
    char backup[FS_PATH_MAX];
    bool killed = true;
    int old = 0, new = 0;
    for (unsigned long at = 1; killed; at++) {
        with_backup(&f, backup);
        killed = !survives(killed_restore, &(struct killing){backup, f.dir, at});
        int64_t events = events_in(f.dir);
        ck_assert(events == 50 || events == 100);
        if (events == 100) {
            ck_assert_msg(is_second(f.dir), "%lu", at);
            ck_assert_msg(problems_in(f.dir) == 0, "%lu", at);
        }
        old += events == 100;
        new += events == 50;
        ck_assert_int_eq(backup_restore(backup, f.dir, &r, NULL, NULL), 0); /* again: completes it */
        ck_assert_msg(is_first(f.dir), "%lu", at);
        ck_assert_msg(problems_in(f.dir) == 0, "%lu", at);
        fixture_release(&f);
    }
    ck_assert_int_gt(old, 8);
    ck_assert_int_gt(new, 1);
}
END_TEST

START_TEST(a_killed_restore_elsewhere_is_none_or_whole)
{
    struct fixture f;
    struct backup_restored r;
    char backup[FS_PATH_MAX], fresh[FS_PATH_MAX], db[FS_PATH_MAX];
    bool killed = true;
    unsigned long at = 1;
    with_backup(&f, backup);
    path_in(&f, fresh, "fresh");
    path_in(&f, db, "fresh/reckon.db");
    for (; killed; at++) {
        killed = !survives(killed_restore, &(struct killing){backup, fresh, at});
        if (killed)
            ck_assert(!fs_exists(db));
    }
    ck_assert_uint_gt(at, 5);
    ck_assert(is_first(fresh));
    ck_assert_int_eq(backup_restore(backup, fresh, &r, NULL, NULL), 0);
    ck_assert_int_eq(problems_in(fresh), 0);
    fixture_release(&f);
}
END_TEST

/* Everything that fails leaves what was there, and nothing else. */
START_TEST(a_failing_step_changes_nothing)
{
    struct fixture f;
    struct backup_restored r;
    struct backup_info info;
    struct error err = {0};
    char backup[FS_PATH_MAX], path[FS_PATH_MAX];
    int rc = -1;
    with_backup(&f, backup);
    for (unsigned long at = 1; rc != 0; at++) {
        struct store *s;
        ck_assert_int_eq(store_open(&s, f.dir, false, NULL), 0);
        store_fail_after(at);
        rc = backup_make(s, path_in(&f, path, "b"), &info, NULL, &err);
        store_fail_after(0);
        store_close(s);
        ck_assert(fs_exists(path) == (rc == 0));
        ck_assert_int_eq(entries(f.dir, ".tmp-"), 0);
        ck_assert(rc == 0 || err.why[0] != '\0');
    }
    rc = -1;
    for (unsigned long at = 1; rc != 0; at++) {
        store_fail_after(at);
        rc = backup_restore(backup, f.dir, &r, NULL, &err);
        store_fail_after(0);
        if (rc != 0 && events_in(f.dir) == 50) /* the database was replaced: what follows it can be done again */
            break;
        ck_assert_msg(rc == 0 ? is_first(f.dir) : is_second(f.dir), "%lu: %s %s", at, err.what, err.why);
        ck_assert_int_eq(entries(path_in(&f, path, "backups"), "before"), rc == 0);
        ck_assert_int_eq(entries(path_in(&f, path, "models"), ".tmp-"), 0);
        ck_assert_int_eq(problems_in(f.dir), 0);
    }
    ck_assert_int_eq(backup_restore(backup, f.dir, &r, NULL, &err), 0);
    ck_assert(is_first(f.dir));
    fixture_release(&f);
}
END_TEST

START_TEST(memory_that_runs_out_changes_nothing)
{
    struct fixture f;
    struct backup_restored r;
    struct backup_info info;
    struct error err = {0};
    struct store *s;
    char backup[FS_PATH_MAX], path[FS_PATH_MAX];
    int rc = -1;
    with_backup(&f, backup);
    path_in(&f, path, "b");
    for (unsigned long at = 1; rc != 0; at++) {
        ck_assert_int_eq(store_open(&s, f.dir, false, NULL), 0);
        mem_fail_after(at);
        rc = backup_make(s, path, &info, NULL, &err);
        mem_fail_after(0);
        store_close(s);
        ck_assert(rc == 0 || rc == E_NOMEM);
        ck_assert(fs_exists(path) == (rc == 0));
        ck_assert_int_eq(entries(f.dir, ".tmp-"), 0);
    }
    rc = -1;
    for (unsigned long at = 1; rc != 0; at++) {
        mem_fail_after(at);
        rc = backup_restore(backup, f.dir, &r, NULL, &err);
        mem_fail_after(0);
        ck_assert(rc == 0 || rc == E_NOMEM);
        ck_assert(rc == 0 ? is_first(f.dir) : is_second(f.dir));
        ck_assert_int_eq(entries(path_in(&f, path, "backups"), "before"), rc == 0);
    }
    fixture_release(&f);
}
END_TEST

static void cancel_in(void *context, const char *note, double done, double total, const char *unit)
{
    struct job *job = context;
    (void)note, (void)done, (void)total, (void)unit;
    job_cancel(job);
}

START_TEST(cancelled_means_nothing_happened)
{
    struct fixture f;
    struct job job;
    struct backup_restored r;
    struct backup_info info;
    struct error err = {0};
    struct store *s;
    char backup[FS_PATH_MAX], path[FS_PATH_MAX];
    with_backup(&f, backup);
    ck_assert_int_eq(store_open(&s, f.dir, true, NULL), 0);
    job_init(&job, cancel_in, &job);
    ck_assert_int_eq(backup_make(s, path_in(&f, path, "b"), &info, &job, &err), E_CANCELLED);
    store_close(s);
    ck_assert(!fs_exists(path));
    job_init(&job, cancel_in, &job);
    ck_assert_int_eq(backup_restore(backup, f.dir, &r, &job, &err), E_CANCELLED);
    ck_assert(is_second(f.dir));
    ck_assert_int_eq(entries(path_in(&f, path, "backups"), "before"), 0);
    fixture_release(&f);
}
END_TEST

struct limited {
    const char *dir, *backup, *to;
    rlim_t bytes;
};

static void limit(rlim_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, bytes});
}

static int limited_backup(void *context)
{
    struct limited *l = context;
    struct store *s;
    struct backup_info info;
    struct error err = {0};
    if (store_open(&s, l->dir, false, NULL) != 0)
        return -1;
    limit(l->bytes);
    int rc = backup_make(s, l->to, &info, NULL, &err);
    return rc == E_IO && err.hint[0] != '\0' ? 0 : -1;
}

static int limited_restore(void *context)
{
    struct limited *l = context;
    struct backup_restored r;
    struct error err = {0};
    limit(l->bytes);
    return backup_restore(l->backup, l->to, &r, NULL, &err) == E_IO ? 0 : -1;
}

/* A file cannot grow beyond some size: the write fails in the middle, as on a full disk. */
START_TEST(a_disk_that_fills_changes_nothing)
{
    static const rlim_t sizes[] = {1, 4096, 50000, 100000};
    struct fixture f;
    char backup[FS_PATH_MAX], path[FS_PATH_MAX], fresh[FS_PATH_MAX];
    with_backup(&f, backup);
    path_in(&f, path, "b");
    path_in(&f, fresh, "fresh");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ck_assert(survives(limited_backup, &(struct limited){f.dir, backup, path, sizes[i]}));
        ck_assert(!fs_exists(path));
        ck_assert_int_eq(entries(f.dir, ".tmp-"), 0);
        ck_assert(survives(limited_restore, &(struct limited){f.dir, backup, f.dir, sizes[i]}));
        ck_assert(survives(limited_restore, &(struct limited){f.dir, backup, fresh, sizes[i]}));
        ck_assert(!fs_exists(fresh));
        ck_assert(is_second(f.dir));
        ck_assert_int_eq(problems_in(f.dir), 0);
    }
    fixture_release(&f);
}
END_TEST

CHECK_MAIN("backup", there_and_back, a_backup_is_never_overwritten_and_leaves_keys_alone, a_bad_backup_changes_nothing,
           a_manifest_is_not_trusted, an_older_backup_is_brought_up_to_date, a_damaged_workspace_is_replaced_and_kept,
           a_backup_is_of_one_moment_while_another_process_writes, others_go_on_through_a_restore,
           a_writer_notices_a_restore,
           a_busy_workspace_is_not_replaced, a_killed_backup_is_no_backup, a_killed_restore_leaves_the_old_or_the_new,
           a_killed_restore_elsewhere_is_none_or_whole, a_failing_step_changes_nothing,
           memory_that_runs_out_changes_nothing, cancelled_means_nothing_happened,
           a_disk_that_fills_changes_nothing)
