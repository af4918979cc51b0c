/* Views of the store: what a filter lets through, in which order, page by page in both directions. */
#include "check_main.h"

#include "base/mem.h"
#include "store/attributes.h"
#include "store/browse.h"
#include "store/browse_filter.h"
#include "store/db.h"
#include "store_fixture.h"

static struct fixture fixture;
static struct browse *events, *items;

enum { USERS = 30, EACH = 12 };

static void setup(void)
{
    struct error err = {0};
    fixture_init(&fixture);
    fixture_fill(fixture.store, USERS, EACH);
    /* events with what most lack, and an item that needs quotes */
    struct event_run *run;
    uint64_t added, present;
    ck_assert_int_eq(event_run_new(&run, fixture.store, NULL), 0);
    ck_assert_int_eq(store_begin(fixture.store, NULL), 0);
    int64_t attribute;
    ck_assert_int_eq(attributes_intern(fixture.store, ATTRIBUTE_OF_ITEM, "weight", ATTRIBUTE_NUMBER, &attribute, NULL), 0);
    for (int k = 0; k < 40; k++) {
        struct event_context context = {.rating = k % 5, .dwell_ms = -1, .position = -1};
        struct event_record r = {.time = INT64_C(1300000000000) + k * INT64_C(3600000), .quantity = k % 7, .price = k * 0.5,
                                 .context = &context};
        char name[32];
        snprintf(name, sizeof name, "red car %d", k % 3);
        ck_assert_int_eq(users_intern(fixture.store, "user7", 5, &r.user, NULL, NULL), 0);
        ck_assert_int_eq(items_intern(fixture.store, name, strlen(name), &r.item, NULL, NULL), 0);
        ck_assert_int_eq(kinds_intern(fixture.store, k % 2 ? "view" : "click", k % 2 ? 4 : 5, &r.kind, NULL), 0);
        ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
        struct attribute_value weight = {.number = k};
        ck_assert_int_eq(attributes_set(fixture.store, ATTRIBUTE_OF_ITEM, r.item, attribute, ATTRIBUTE_NUMBER, &weight, NULL), 0);
    }
    ck_assert_int_eq(store_commit(fixture.store, NULL), 0);
    event_run_free(run);
    ck_assert_msg(browse_open(&events, fixture.store, "events", &err) == 0, "%s", err.why);
    ck_assert_msg(browse_open(&items, fixture.store, "items", &err) == 0, "%s", err.why);
}

static void teardown(void)
{
    browse_free(events);
    browse_free(items);
    fixture_release(&fixture);
}

struct rows {
    struct browse_key keys[600];
    char first[600][64];
    double sorted[600];
    char text[600][64];
    size_t n, sort;
    char kept[600][BROWSE_KEY_MAX][32];
};

static int take(void *context, const struct browse_value *values, const struct browse_key *key)
{
    struct rows *r = context;
    size_t i = r->n++;
    ck_assert_uint_lt(i, 600);
    r->keys[i] = *key;
    for (size_t k = 0; k < key->n; k++)
        if (key->values[k].type == BROWSE_TEXT) {
            snprintf(r->kept[i][k], sizeof r->kept[i][k], "%s", key->values[k].text);
            r->keys[i].values[k].text = r->kept[i][k];
        }
    snprintf(r->first[i], sizeof r->first[i], "%s", values[0].type == BROWSE_TEXT ? values[0].text : "");
    const struct browse_value *v = &values[r->sort];
    r->sorted[i] = v->type == BROWSE_REAL ? v->real : v->type == BROWSE_NULL || v->type == BROWSE_TEXT ? (double)NAN : (double)v->integer;
    snprintf(r->text[i], sizeof r->text[i], "%s", v->type == BROWSE_TEXT ? v->text : "");
    return 0;
}

/* All rows, in pages of seven. */
static void read_all(const struct browse *b, const struct browse_query *q, bool back, struct rows *out)
{
    struct error err = {0};
    out->n = 0;
    for (;;) {
        size_t before = out->n;
        struct browse_key from = before > 0 ? out->keys[before - 1] : (struct browse_key){0};
        int rc = browse_page(fixture.store, b, q, before > 0 ? &from : NULL, back, 7, take, out, NULL, &err);
        ck_assert_msg(rc == 0, "%s", err.why);
        if (out->n - before < 7)
            return;
    }
}

static bool same_key(const struct browse_key *a, const struct browse_key *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (browse_value_compare(&a->values[i], &b->values[i]) != 0)
            return false;
    return a->n == b->n;
}

START_TEST(pages_meet_in_both_directions)
{
    static const struct {
        bool of_items;
        struct browse_query q;
        int64_t n; /* -1: not checked */
    } cases[] = {
        {false, {"", "", false, 0}, USERS * EACH + 40},
        {false, {"", "price", false, 0}, USERS * EACH + 40},
        {false, {"", "price", true, 0}, USERS * EACH + 40},
        {false, {"", "title", false, 0}, -1},
        {false, {"", "title", true, 0}, -1},
        {false, {"title~7", "title", true, 0}, -1},
        {false, {"", "item", true, 0}, -1},
        {false, {"", "rating", false, 0}, -1},
        {false, {"", "quantity", true, 0}, -1},
        {false, {"\"car 1\"", "", false, 0}, 13},
        {false, {"\"car 1\"", "quantity", true, 0}, 13},
        {false, {"nobody-has-this", "price", true, 0}, 0},
        {false, {"!nobody-has-this", "", false, 0}, USERS * EACH + 40},
        {false, {"user~user7 !kind~ic", "", false, 0}, -1},
        {false, {"channel~web", "", false, 0}, 0},
        {false, {"item~~rcr1", "price", false, 0}, 13},
        {false, {"~rdcar !~rc1", "", false, 0}, 27},
        {false, {"!item~~rcr1", "", false, 0}, -1},
        {false, {"!channel~web", "", false, 0}, USERS * EACH + 40},
        {false, {"", "rating", true, 0}, -1},
        {false, {"", "user", true, 0}, USERS * EACH + 40},
        {false, {"", "attributes", false, 0}, -1},
        {false, {"user=user7", "time", true, 0}, EACH + 40},
        {false, {"price>=10", "quantity", false, 0}, 20},
        {false, {"item=\"red car 1\"", "", false, 0}, 13},
        {false, {"kind!=purchase", "", false, 0}, 40},
        {false, {"red", "", false, 0}, 40},
        {false, {"!red", "", false, 0}, USERS * EACH},
        {false, {"price=", "", false, 0}, USERS * EACH},
        {false, {"!price=", "", false, 0}, 40},
        {false, {"!price>3", "", false, 0}, USERS * EACH + 7},
        {false, {"rating=0 kind=view", "", false, 0}, 4},
        {false, {"time=2011-03-14", "", false, 0}, -1},
        {true, {"", "", false, 0}, 13},
        {true, {"", "events", true, 0}, 13},
        {true, {"weight>=38", "item", true, 0}, 2},
        {true, {"item~CAR", "weight", false, 0}, 3},
    };
    static struct rows forward, backward, prepared;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct browse *b = cases[i].of_items ? items : events;
        int64_t n;
        forward.sort = backward.sort = 0;
        if (cases[i].q.sort[0] != '\0')
            ck_assert_int_eq(browse_find(b, cases[i].q.sort, &forward.sort, NULL), 0);
        read_all(b, &cases[i].q, false, &forward);
        read_all(b, &cases[i].q, true, &backward);
        ck_assert_int_eq(browse_count(fixture.store, b, &cases[i].q, &n, NULL, NULL), 0);
        ck_assert_msg(forward.n == (size_t)n && backward.n == (size_t)n, "case %zu: %zu and %zu of %lld", i, forward.n,
                      backward.n, (long long)n);
        ck_assert_msg(cases[i].n < 0 || n == cases[i].n, "case %zu: %lld", i, (long long)n);
        for (size_t k = 0; k < forward.n; k++)
            ck_assert_msg(same_key(&forward.keys[k], &backward.keys[forward.n - 1 - k]), "case %zu, row %zu", i, k);
        struct browse_query q = cases[i].q;
        q.prepared = (int64_t)i + 1;
        ck_assert_int_eq(browse_prepare(fixture.store, b, &q, q.prepared, NULL, NULL), 0);
        prepared.sort = forward.sort;
        read_all(b, &q, i % 2 == 0, &prepared);
        ck_assert_uint_eq(prepared.n, forward.n);
        for (size_t k = 0; k < forward.n; k++)
            ck_assert_msg(same_key(&forward.keys[k], &prepared.keys[i % 2 == 0 ? forward.n - 1 - k : k]),
                          "case %zu, row %zu of the prepared order", i, k);
        for (size_t k = 1; k < forward.n && strcmp(cases[i].q.sort, "user") != 0; k++) {
            double a = forward.sorted[k - 1], z = forward.sorted[k];
            if (cases[i].q.sort[0] == '\0' || isnan(z))
                continue;
            ck_assert_msg(!isnan(a) && (cases[i].q.descending ? a >= z : a <= z), "case %zu, row %zu", i, k);
        }
    }
}
END_TEST

/* Sorted by the texts of other tables: equal ones, missing ones, and a person with several. */
START_TEST(texts_that_numbers_stand_for_are_sorted)
{
    static const struct {
        const char *view;
        struct browse_query q;
    } cases[] = {
        {"events", {"", "title", false, 0}}, {"events", {"", "title", true, 0}}, {"events", {"same", "title", false, 0}},
        {"events", {"title=same", "price", true, 0}}, {"events", {"title=", "title", true, 0}},
        {"users", {"", "user", false, 0}},   {"users", {"", "user", true, 0}},   {"users", {"user~1", "user", true, 0}},
    };
    static struct rows forward, backward;
    struct error err = {0};
    ck_assert_int_eq(db_run(fixture.store, "UPDATE items SET title = CASE item % 4 WHEN 0 THEN NULL WHEN 1 THEN 'same' "
                                           "ELSE 'title ' || (item % 3) END; "
                                           "INSERT INTO identities SELECT 'another ' || user, user FROM users WHERE user < 5",
                            &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct browse *b;
        int64_t n;
        size_t missing = 0;
        ck_assert_int_eq(browse_open(&b, fixture.store, cases[i].view, &err), 0);
        ck_assert_int_eq(browse_find(b, cases[i].q.sort, &forward.sort, NULL), 0);
        backward.sort = forward.sort;
        read_all(b, &cases[i].q, false, &forward);
        read_all(b, &cases[i].q, true, &backward);
        ck_assert_int_eq(browse_count(fixture.store, b, &cases[i].q, &n, NULL, NULL), 0);
        ck_assert_msg(n > 0 && forward.n == (size_t)n && backward.n == (size_t)n, "case %zu: %zu and %zu of %lld", i,
                      forward.n, backward.n, (long long)n);
        for (size_t k = 0; k < forward.n; k++) {
            ck_assert_msg(same_key(&forward.keys[k], &backward.keys[forward.n - 1 - k]), "case %zu, row %zu", i, k);
            bool none = forward.text[k][0] == '\0';
            ck_assert_msg(none || missing == 0, "case %zu: row %zu comes behind a missing one", i, k);
            missing += none;
            if (k > 0 && !none && strcmp(cases[i].q.sort, "price") != 0) {
                int order = strcmp(forward.text[k - 1], forward.text[k]);
                ck_assert_msg(cases[i].q.descending ? order >= 0 : order <= 0, "case %zu, row %zu", i, k);
            }
        }
        browse_free(b);
    }
}
END_TEST

/* It is of the moment when it was made, until it is made anew; and texts are never written down. */
START_TEST(an_order_that_was_prepared_is_read)
{
    static struct rows before, after;
    struct error err = {0};
    struct browse_query q = {.sort = "price", .prepared = 7}, text = {.sort = "title"}, own = {.sort = "user"};
    ck_assert(!browse_can_prepare(events, &text) && !browse_can_prepare(events, &own) && browse_can_prepare(events, &q));
    ck_assert_int_eq(browse_prepare(fixture.store, events, &q, 7, NULL, &err), 0);
    read_all(events, &q, false, &before);
    ck_assert_int_eq(db_run(fixture.store, "UPDATE temp.order_7 SET s = -s", &err), 0);
    read_all(events, &q, false, &after);
    ck_assert_uint_eq(before.n, after.n);
    bool same = true;
    for (size_t i = 0; i < after.n; i++)
        same = same && same_key(&before.keys[i], &after.keys[i]);
    ck_assert_msg(!same, "the order was not read");
    ck_assert_int_eq(browse_prepare(fixture.store, events, &q, 8, NULL, &err), 0);
    ck_assert_int_ne(db_run(fixture.store, "SELECT 1 FROM temp.order_7", &err), 0);
    read_all(events, &q, false, &after); /* 7 is gone: as without */
    for (size_t i = 0; i < after.n; i++)
        ck_assert(same_key(&before.keys[i], &after.keys[i]));
}
END_TEST

START_TEST(wrong_filters_say_why)
{
    static const char *const wrong[] = {"prize>3", "price>much", "time>yesterday", "item=\"red", "price>", "price~~3"};
    struct error err = {0};
    int64_t n;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct browse_query q = {.where = wrong[i]};
        ck_assert_msg(browse_count(fixture.store, events, &q, &n, NULL, &err) == E_USAGE, "%s", wrong[i]);
        ck_assert_uint_gt(strlen(err.why), 10);
    }
    char lengthy[2 * BROWSE_WHERE_MAX];
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    ck_assert_int_eq(browse_count(fixture.store, events, &(struct browse_query){.where = lengthy}, &n, NULL, &err), E_USAGE);
    char many[400] = "";
    for (int i = 0; i < 40; i++)
        strcat(many, "x ");
    ck_assert_int_eq(browse_count(fixture.store, events, &(struct browse_query){.where = many}, &n, NULL, &err), E_USAGE);
    /* what is typed is never SQL */
    ck_assert_int_eq(browse_count(fixture.store, events, &(struct browse_query){.where = "'; DROP TABLE events; --'"}, &n, NULL, &err), 0);
    ck_assert_int_eq(n, 0);
    struct browse *none;
    ck_assert_int_eq(browse_open(&none, fixture.store, "identities", &err), E_NOT_FOUND);
}
END_TEST

static int sum(void *context, const struct browse_value *value, int64_t n)
{
    (void)value;
    *(int64_t *)context += n;
    return 0;
}

START_TEST(counts_add_up)
{
    struct browse_query all = {0};
    for (size_t c = 0; c < browse_width(events); c++) {
        int64_t total = 0;
        ck_assert_int_eq(browse_frequency(fixture.store, events, &all, c, 100000, sum, &total, NULL, NULL), 0);
        ck_assert_msg(total == USERS * EACH + 40, "%s", browse_column(events, c)->name);
        struct browse_histogram h;
        if (browse_column(events, c)->type == BROWSE_TEXT)
            continue;
        ck_assert_int_eq(browse_histogram(fixture.store, events, &all, c, 10, &h, NULL, NULL), 0);
        total = h.missing;
        ck_assert_uint_le(h.n, 11);
        for (size_t i = 0; i < h.n; i++)
            total += h.counts[i];
        ck_assert_msg(total == USERS * EACH + 40, "%s: %lld", browse_column(events, c)->name, (long long)total);
    }
}
END_TEST

START_TEST(a_cancelled_job_reads_nothing)
{
    struct job job;
    struct error err = {0};
    int64_t n;
    job_init(&job, NULL, NULL);
    job_cancel(&job);
    ck_assert_int_eq(browse_count(fixture.store, events, &(struct browse_query){0}, &n, &job, &err), E_CANCELLED);
    ck_assert_int_eq(browse_count(fixture.store, events, &(struct browse_query){0}, &n, NULL, &err), 0);
}
END_TEST

static const struct browse_column *column_of(const void *context, size_t index)
{
    return index < 2 ? (const struct browse_column *)context + index : NULL;
}

START_TEST(rows_in_memory_fit_alike)
{
    static const struct browse_column columns[] = {{"name", BROWSE_TEXT, "", "", 0, true, false},
                                                   {"n", BROWSE_INT, "", "", 0, true, false}};
    struct browse_value row[] = {{.type = BROWSE_TEXT, .text = "Red Car"}, {.type = BROWSE_INT, .integer = 7}};
    static const struct {
        const char *where;
        bool fits;
    } cases[] = {{"red", true}, {"!red", false}, {"n>6 n<8", true}, {"n=7", true}, {"n!=7", false}, {"name=\"Red Car\"", true},
                 {"name~car n>=7", true}, {"n~7", true}, {"name=", false}, {"~rcar", true}, {"name~~rdc", true}, {"name~~racde", false}, {"~ed", false}, {"", true}, {"7", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct browse_filter f;
        ck_assert_int_eq(browse_filter_parse(&f, cases[i].where, column_of, columns, NULL), 0);
        ck_assert_msg(browse_filter_fits(&f, row, 2) == cases[i].fits, "%s", cases[i].where);
    }
}
END_TEST

static const struct browse_column odd_columns[] = {{.name = "plain", .type = BROWSE_TEXT}, {.name = "an odd=one's", .type = BROWSE_TEXT}};

static const struct browse_column *odd_column(const void *context, size_t index)
{
    (void)context;
    return index < 2 ? &odd_columns[index] : NULL;
}

/* What is put into a filter is what is read from it, whatever quotes are in it. */
START_TEST(any_text_can_be_filtered_by)
{
    static const char *const texts[] = {"mug", "red car", "it's", "6\" nails", "it's 6\" long", "''\"\"'", "\"", "a=b>c !d", "!x",
                                        "\xC3\xA9t\xC3\xA9 \"'\"'"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t c = 0; c < 2; c++) {
            struct str where;
            struct browse_filter f;
            struct error err = {0};
            str_init(&where, BROWSE_WHERE_MAX);
            browse_filter_put(&where, odd_columns[c].name, "=", texts[i]);
            str_puts(&where, " plain~end");
            ck_assert_msg(browse_filter_parse(&f, str_text(&where), odd_column, NULL, &err) == 0, "%s: %s",
                          str_text(&where), err.why);
            ck_assert_uint_eq(f.n, 2);
            ck_assert_uint_eq(f.terms[0].column, c);
            ck_assert_str_eq(f.terms[0].text, texts[i]);
            str_release(&where);
        }
}
END_TEST

struct crossed {
    int64_t total, view_0;
    size_t n;
};

static int take_crossed(void *context, const struct browse_value *a, const struct browse_value *b, int64_t n)
{
    struct crossed *c = context;
    c->total += n;
    c->n++;
    if (strcmp(a->text, "view") == 0 && b->type == BROWSE_REAL && b->real < 0.5)
        c->view_0 = n;
    return 0;
}

/* Pairs add up to the rows that fit; and so do the hours of the week, in which 1970-01-01 was a Thursday. */
START_TEST(pairs_and_hours_add_up)
{
    struct browse_query q = {.where = "kind!=purchase"}, one = {.where = "time=2011-03-13"};
    struct crossed c = {0};
    struct error err = {0};
    size_t kind, rating, time;
    int64_t counts[BROWSE_WEEK], total = 0, sunday = 0, n;
    ck_assert_int_eq(browse_find(events, "kind", &kind, NULL), 0);
    ck_assert_int_eq(browse_find(events, "rating", &rating, NULL), 0);
    ck_assert_int_eq(browse_find(events, "time", &time, NULL), 0);
    ck_assert_msg(browse_cross(fixture.store, events, &q, kind, rating, 100, take_crossed, &c, NULL, &err) == 0, "%s", err.why);
    ck_assert_int_eq(c.total, 40);
    ck_assert_uint_eq(c.n, 10); /* two kinds, ratings 0 to 4 */
    ck_assert_int_eq(c.view_0, 4);
    ck_assert_int_eq(browse_week(fixture.store, events, &one, time, counts, NULL, &err), 0);
    ck_assert_int_eq(browse_count(fixture.store, events, &one, &n, NULL, NULL), 0);
    for (int i = 0; i < BROWSE_WEEK; i++) {
        total += counts[i];
        sunday += i / 24 == 6 ? counts[i] : 0;
    }
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(total, n);
    ck_assert_int_eq(sunday, n);
    ck_assert_int_eq(browse_week(fixture.store, events, &one, kind, counts, NULL, &err), E_USAGE);
}
END_TEST

START_TEST(wrong_columns_name_the_nearest)
{
    struct error err = {0};
    size_t index;
    ck_assert_int_eq(browse_find(events, "pirce", &index, &err), E_USAGE);
    ck_assert_msg(strncmp(err.hint, "perhaps price; the columns are user", 35) == 0, "%s", err.hint);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {pages_meet_in_both_directions, texts_that_numbers_stand_for_are_sorted,
                                  an_order_that_was_prepared_is_read, wrong_filters_say_why, counts_add_up,
                                  a_cancelled_job_reads_nothing, rows_in_memory_fit_alike, any_text_can_be_filtered_by, pairs_and_hours_add_up,
                                  wrong_columns_name_the_nearest};
    return check_main_with("browse", tests, sizeof tests / sizeof tests[0], setup, teardown);
}
