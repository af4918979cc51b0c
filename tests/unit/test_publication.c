/* Publications: memory that runs out anywhere, a cancel, hierarchies, and what a spreadsheet would do. */
#include "base/job.h"
#include "base/mem.h"
#include "base/text.h"
#include "privacy/publication.h"
#include "store/attributes.h"
#include "tests/unit/check_main.h"
#include "tests/unit/store_fixture.h"

static const char *const quasi[] = {"quantity:2", "user.town", "time:quarter"}, *const sensitive[] = {"item"};

static struct publication_request request_of(const char *const *hierarchies)
{
    return (struct publication_request){.set = "events", .quasi = quasi, .n_quasi = 3, .sensitive = sensitive,
                                        .n_sensitive = 1,
                                        .hierarchies = hierarchies, .n_hierarchies = hierarchies != NULL ? 1 : 0,
                                        .filter.any_time = true, .rows_per_person = 6,
                                        .model = {.k = 3, .diversity = DIVERSITY_DISTINCT, .l = 2, .t = 0.9},
                                        .options = {.suppress = 0.05}};
}

static void fill(struct fixture *f)
{
    static const char *const towns[] = {"Lyon", "Bonn", "Oslo", "=1+1"};
    int64_t attribute, user;
    fixture_init(f);
    fixture_fill(f->store, 40, 9);
    ck_assert_int_eq(store_begin(f->store, NULL), 0);
    ck_assert_int_eq(attributes_intern(f->store, ATTRIBUTE_OF_USER, "town", ATTRIBUTE_TEXT, &attribute, NULL), 0);
    for (int u = 0; u < 40; u++) {
        char name[32];
        struct attribute_value v = {.text = towns[u % 4], .n = 4};
        snprintf(name, sizeof name, "user%d", u);
        ck_assert_int_eq(users_find(f->store, name, &user, NULL), 0);
        ck_assert_int_eq(attributes_set(f->store, ATTRIBUTE_OF_USER, user, attribute, ATTRIBUTE_TEXT, &v, NULL), 0);
    }
    ck_assert_int_eq(store_commit(f->store, NULL), 0);
}

static int make_and_write(struct fixture *f, const struct publication_request *request, const char *path,
                          struct job *job)
{
    struct publication p;
    struct fs_new_file file;
    char sha256[65];
    int rc = publication_make(&p, f->store, request, job, NULL);
    if (rc != 0)
        return rc;
    json_t *report = publication_report(&p, request);
    json_decref(report);
    rc = publication_write(&p, path, &file, sha256, job, NULL);
    publication_release(&p);
    return rc != 0 ? rc : fs_commit(&file, NULL);
}

START_TEST(test_memory_runs_out_anywhere)
{
    struct fixture f;
    char tree[FS_PATH_MAX], path[FS_PATH_MAX];
    static const char text[] = "town,side\nLyon,south\nBonn,south\nOslo,north\n=1+1,north\n";
    fill(&f);
    fixture_path(&f, tree, "tree.csv");
    fixture_path(&f, path, "out.csv");
    ck_assert_int_eq(fs_write_all(tree, text, sizeof text - 1, 0600, NULL), 0);
    const char *const trees[] = {tree};
    struct publication_request request = request_of(trees);
    ck_assert_int_eq(make_and_write(&f, &request, path, NULL), 0);
    mem_fail_after(1000000000);
    ck_assert_int_eq(make_and_write(&f, &request, path, NULL), 0);
    unsigned long n = mem_fail_count();
    mem_fail_after(0);
    ck_assert_uint_gt(n, 50);
    for (unsigned long i = 1; i <= n; i++) {
        mem_fail_after(i);
        int rc = make_and_write(&f, &request, path, NULL);
        mem_fail_after(0);
        ck_assert_msg(rc == E_NOMEM || rc == 0, "allocation %lu of %lu: %s", i, n, error_name(rc));
    }
    fixture_release(&f);
}
END_TEST

START_TEST(test_cancelled)
{
    struct fixture f;
    struct job job;
    char path[FS_PATH_MAX];
    fill(&f);
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    struct publication_request request = request_of(NULL);
    ck_assert_int_eq(make_and_write(&f, &request, fixture_path(&f, path, "out.jsonl"), &job), E_CANCELLED);
    ck_assert(!fs_exists(path));
    fixture_release(&f);
}
END_TEST

static char *cell(const char *text)
{
    struct str out;
    str_init(&out, 1000);
    ck_assert_int_eq(text_csv_cell(&out, text), 0);
    char *taken = str_take(&out);
    return taken;
}

START_TEST(test_cells_compute_nothing)
{
    static const char *const cases[][2] = {{"tea", "tea"}, {"-5", "-5"}, {"+3.5e2", "+3.5e2"}, {"=1+1", "'=1+1"},
                                           {"-1+1", "'-1+1"},
                                           {"@SUM(A1)", "'@SUM(A1)"}, {"=a,b", "\"'=a,b\""}, {"+\"x\"",
                                                                                              "\"'+\"\"x\"\"\""},
                                           {"\tx", "'\tx"}, {"a=b", "a=b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = cell(cases[i][0]);
        ck_assert_str_eq(text, cases[i][1]);
        mem_free(text);
    }
    struct str empty;
    str_init(&empty, 10);
    ck_assert_int_eq(text_csv_cell(&empty, ""), 0);
    ck_assert_uint_eq(empty.len, 0);
    str_release(&empty);
}
END_TEST

CHECK_MAIN("publication", test_memory_runs_out_anywhere, test_cancelled, test_cells_compute_nothing)
