/* Answers: the same order as the model's scores, reasons that add up, and a status for everything not shown. */
#include "recommend/recommender.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "recommend/cores.h"
#include "engine/topk.h"
#include "tests/unit/store_fixture.h"
#include "train/models.h"
#include "tests/unit/check_main.h"

#define DAY INT64_C(86400000)
#define START INT64_C(1300000000000)

static struct fixture shop;

static void add_event(struct event_run *run, const char *user, const char *item, const char *kind, int64_t time)
{
    struct event_record r = {.time = time, .quantity = 1, .price = (double)NAN};
    uint64_t added, present;
    ck_assert_int_eq(users_intern(shop.store, user, strlen(user), &r.user, NULL, NULL), 0);
    ck_assert_int_eq(items_intern(shop.store, item, strlen(item), &r.item, NULL, NULL), 0);
    ck_assert_int_eq(kinds_intern(shop.store, kind, strlen(kind), &r.kind, NULL), 0);
    ck_assert_int_eq(event_run_append(run, &r, 1, &added, &present, NULL), 0);
}

static void one_event(const char *user, const char *item, const char *kind, int64_t time)
{
    struct event_run *run;
    ck_assert_int_eq(event_run_new(&run, shop.store, NULL), 0);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    add_event(run, user, item, kind, time);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    event_run_free(run);
}

/* 40 people in two camps: a-items and b-items, the lower numbers more often; one who only returned something. */
static void fill(void)
{
    struct event_run *run;
    fixture_init(&shop);
    ck_assert_int_eq(event_run_new(&run, shop.store, NULL), 0);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    for (int u = 0; u < 40; u++)
        for (int k = 0; k < 6; k++) {
            char user[16], item[16];
            struct rng rng;
            rng_init(&rng, (uint64_t)u, (uint64_t)k);
            unsigned r = (unsigned)rng_below(&rng, 10);
            snprintf(user, sizeof user, "u%02d", u);
            snprintf(item, sizeof item, "%c%u", u % 2 == 0 ? 'a' : 'b', r * r / 10);
            add_event(run, user, item, "purchase", START + u * 1000 + k * DAY);
        }
    add_event(run, "nobody", "a0", "return", START);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    event_run_free(run);
}

static void train_with(const char *kind, const char *params, const char *name)
{
    struct training_data data;
    struct training_data_options o = {0};
    struct train_context ctx = {.seed = 1};
    struct model *model;
    struct model_record record;
    struct error err = {0};
    model_default_params(model_kind_find(kind), &ctx.params);
    model_apply_params(&ctx.params, params);
    ck_assert_int_eq(training_data_load(&data, shop.store, &o, NULL, NULL), 0);
    ck_assert_msg(model_train(&model, model_kind_find(kind), &data.dataset, &ctx, &err) == 0, "%s", err.why);
    struct model_lineage lineage = {.data = &data, .seed = 1, .note = ""};
    ck_assert_msg(models_publish(shop.store, name, model, &lineage, NULL, &record, &err) == 0, "%s", err.why);
    model_record_release(&record);
    model_free(model);
    training_data_release(&data);
}

static void train(const char *kind, const char *name)
{
    train_with(kind, "", name);
}

static struct recommender *open_with(const char *model, const char *setting)
{
    struct recommender *r;
    struct error err = {0};
    struct recommender_options o = {.model = model, .setting = setting};
    ck_assert_msg(recommender_open(&r, shop.store, &o, &err) == 0, "%s: %s", err.what, err.why);
    return r;
}

static struct slate ask(struct recommender *r, const char *user, uint32_t n, bool repeat, const char *filter)
{
    struct recommender_request q = {.user = user, .n = n, .repeat = repeat, .filter = filter};
    struct slate s;
    struct error err = {0};
    ck_assert_msg(recommender_recommend(r, &q, &s, &err) == 0, "%s: %s", err.what, err.why);
    return s;
}

static struct why ask_why(struct recommender *r, const char *user, const char *item, uint32_t n, bool repeat,
                          const char *filter)
{
    struct recommender_request q = {.user = user, .n = n, .repeat = repeat, .filter = filter};
    struct why w;
    struct error err = {0};
    ck_assert_msg(recommender_why(r, &q, item, &w, &err) == 0, "%s: %s", err.what, err.why);
    return w;
}

static bool holds(const struct slate *s, const char *item)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i].item, item) == 0)
            return true;
    return false;
}

START_TEST(test_the_order_is_that_of_the_model)
{
    fill();
    train("ease", "ease");
    struct training_data data;
    struct training_data_options o = {.user_names = true};
    struct opened_model opened;
    struct model_record record;
    ck_assert_int_eq(training_data_load(&data, shop.store, &o, NULL, NULL), 0);
    ck_assert_int_eq(registry_find(shop.store, "ease", &record, NULL), 0);
    ck_assert_int_eq(models_open(&opened, shop.store, &record, NULL, NULL), 0);
    struct recommender *r = open_with(NULL, NULL);
    for (uint32_t u = 0; u < data.dataset.n_users; u++) {
        struct history h = dataset_history(&data.dataset, u);
        float scores[64];
        struct scored top[5];
        void *scratch = mem_alloc_aligned(opened.model->kind->score_scratch(opened.model), 1);
        model_score_one(opened.model, &h, scores, scratch);
        uint64_t excluded[1] = {0};
        for (int repeat = 1; repeat >= 0; repeat--) {
            for (uint32_t e = 0; e < h.n && repeat == 0; e++)
                excluded[0] |= UINT64_C(1) << h.item[e];
            uint32_t n = topk_select(scores, data.dataset.n_items, excluded, 5, top);
            struct slate s = ask(r, data.user_name[u], 5, repeat, NULL);
            ck_assert_uint_eq(s.n, n);
            for (uint32_t i = 0; i < n; i++) {
                ck_assert_str_eq(s.items[i].item, opened.item_name[top[i].item]);
                ck_assert_float_eq(s.items[i].score, top[i].score);
            }
            slate_release(&s);
        }
        mem_free(scratch);
    }
    recommender_free(r);
    models_close(&opened);
    model_record_release(&record);
    training_data_release(&data);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_reasons_add_up)
{
    fill();
    static const char *const kinds[] = {"ease", "knn", "ials", "own-frequency"};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        train(kinds[k], kinds[k]);
        struct recommender *r = open_with(kinds[k], NULL);
        struct why w = ask_why(r, "u00", "a1", 5, true, NULL);
        double sum = w.rest;
        for (uint32_t i = 0; i < w.n_reasons; i++) {
            ck_assert(i == 0 || fabs(w.reasons[i].contribution) <= fabs(w.reasons[i - 1].contribution));
            sum += w.reasons[i].contribution;
        }
        ck_assert_msg(fabs(sum - (double)w.score) < 1e-4 * (1 + fabs(sum)), "%s: %g is not %g", kinds[k], sum,
                      (double)w.score);
        why_release(&w);
        struct slate s = ask(r, "u00", 3, false, NULL);
        if (strcmp(kinds[k], "ease") == 0) {
            ck_assert_int_eq(s.items[0].item[0], 'a');
            ck_assert_int_eq(s.items[0].reason.item[0], 'a'); /* of the same camp */
            ck_assert(s.items[0].reason.share > 0 && s.items[0].reason.share <= 1);
        }
        slate_release(&s);
        recommender_free(r);
    }
    fixture_release(&shop);
}
END_TEST

START_TEST(test_a_new_event_counts_at_once)
{
    fill();
    train("ease", "ease");
    one_event("u01", "new", "view", START + 10 * DAY); /* after the training */
    struct recommender *r = open_with(NULL, NULL);
    struct slate before = ask(r, "u01", 3, false, NULL);
    ck_assert_uint_eq(before.unknown_items, 1);
    ck_assert_int_eq(before.items[0].item[0], 'b');
    one_event("u01", "a0", "purchase", START + 11 * DAY);
    one_event("u01", "a1", "purchase", START + 12 * DAY);
    struct slate after = ask(r, "u01", 20, false, NULL);
    ck_assert_uint_eq(after.history_events, before.history_events + 2);
    ck_assert(!holds(&after, "a0"));
    struct why w = ask_why(r, "u01", "a2", 3, false, NULL);
    ck_assert_uint_gt(w.n_reasons, 0);
    ck_assert_int_eq(w.reasons[0].item[0], 'a');
    why_release(&w);
    w = ask_why(r, "u01", "new", 3, false, NULL);
    ck_assert_int_eq(w.status, WHY_UNKNOWN);
    why_release(&w);
    slate_release(&before);
    slate_release(&after);
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_why_not_agrees_with_the_slate)
{
    fill();
    train("ease", "ease");
    struct recommender *r = open_with(NULL, NULL);
    const char *filter = "item ~ a and item != a3";
    for (int u = 0; u < 6; u++)
        for (int f = 0; f < 2; f++) {
            char user[16];
            snprintf(user, sizeof user, "u%02d", u);
            struct slate all = ask(r, user, 1000, false, f ? filter : NULL);
            ck_assert_uint_eq(all.n, all.eligible);
            uint32_t seen = 0, filtered = 0, ranked = 0;
            for (int i = 0; i < 20; i++) {
                char item[16];
                int64_t known;
                snprintf(item, sizeof item, "%c%d", i < 10 ? 'a' : 'b', i % 10);
                if (items_find(shop.store, item, &known, NULL) != 0)
                    continue;
                struct why w = ask_why(r, user, item, 2, false, f ? filter : NULL);
                seen += w.status == WHY_SEEN;
                filtered += w.status == WHY_FILTERED;
                if (w.status == WHY_FILTERED)
                    ck_assert_str_eq(w.filter_term, strcmp(item, "a3") == 0 ? "item != a3" : "item ~ a");
                if (w.status == WHY_SHOWN || w.status == WHY_RANK) {
                    ranked++;
                    ck_assert_int_eq(w.status == WHY_SHOWN, w.rank <= 2);
                    ck_assert_str_eq(all.items[w.rank - 1].item, item);
                } else {
                    ck_assert(!holds(&all, item));
                }
                why_release(&w);
            }
            ck_assert_uint_eq(seen, all.seen);
            ck_assert_uint_eq(filtered, all.filtered);
            ck_assert_uint_eq(ranked, all.eligible);
            slate_release(&all);
        }
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_who_has_no_history_gets_what_is_popular)
{
    fill();
    train("ease", "ease");
    struct recommender *r = open_with(NULL, NULL);
    struct slate s = ask(r, "nobody", 4, false, NULL); /* only a return, which counts for nothing */
    ck_assert_uint_eq(s.history_events, 0);
    ck_assert_ptr_nonnull(strstr(s.fallback, "counted"));
    ck_assert_uint_eq(s.n, 4);
    ck_assert_ptr_null(s.items[0].reason.item);
    ck_assert_str_eq(s.items[0].item + 1, "0"); /* the commonest of either camp */
    ck_assert_str_eq(s.items[1].item + 1, "0");
    slate_release(&s);
    recommender_free(r);
    train("popular", "popular");
    r = open_with("ease", NULL);
    struct recommender *popular = open_with("popular", NULL);
    s = ask(r, "nobody", 10, false, NULL);
    ck_assert_str_eq(s.fallback, "popularity, by popular@1");
    struct slate t = ask(popular, "u00", 10, true, NULL);
    for (uint32_t i = 0; i < 10; i++)
        ck_assert_str_eq(s.items[i].item, t.items[i].item);
    slate_release(&s);
    slate_release(&t);
    struct why w = ask_why(r, "nobody", "a0", 10, false, NULL);
    ck_assert_int_eq(w.status, WHY_SHOWN);
    ck_assert_uint_eq(w.n_reasons, 0);
    why_release(&w);
    recommender_free(r);
    recommender_free(popular);
    fixture_release(&shop);
}
END_TEST

static void promote(const char *spec)
{
    struct model_record record;
    ck_assert_int_eq(registry_find(shop.store, spec, &record, NULL), 0);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(registry_set_stage(shop.store, record.model, "production", 1, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    model_record_release(&record);
}

static void expect_model(const char *asked, const char *setting, bool similar, const char *name, const char *choice)
{
    struct recommender *r;
    struct recommender_options o = {.model = asked, .setting = setting, .similar = similar};
    ck_assert_int_eq(recommender_open(&r, shop.store, &o, NULL), 0);
    ck_assert_str_eq(recommender_record(r)->name, name);
    ck_assert_msg(strncmp(recommender_choice(r), choice, strlen(choice)) == 0, "%s", recommender_choice(r));
    recommender_free(r);
}

START_TEST(test_who_speaks)
{
    fill();
    struct recommender *r;
    struct recommender_options o = {0};
    struct error err;
    ck_assert_int_eq(recommender_open(&r, shop.store, &o, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "reckon train"));
    train("ease", "ease");
    train("own-frequency", "own");
    expect_model(NULL, "", false, "own", "the newest");
    expect_model(NULL, NULL, true, "ease", "the newest that can tell");
    promote("ease");
    train("popular", "popular");
    expect_model(NULL, NULL, false, "ease", "in production");
    expect_model(NULL, "own@1", false, "own", "by the setting");
    expect_model("popular", "own@1", false, "popular", "asked for");
    o.model = "own";
    o.similar = true;
    ck_assert_int_eq(recommender_open(&r, shop.store, &o, &err), E_USAGE);
    o = (struct recommender_options){.setting = "gone"};
    ck_assert_int_eq(recommender_open(&r, shop.store, &o, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "recommend.model"));
    fixture_release(&shop);
}
END_TEST

static struct recommender_core *keep(struct cores *cores, const char *model)
{
    struct recommender_core *core = NULL;
    struct recommender_options o = {.model = model};
    struct error err = {0};
    ck_assert_msg(cores_open(cores, &core, shop.store, &o, &err) == 0, "%s: %s", err.what, err.why);
    recommender_core_release(core);
    return core; /* kept */
}

/* A model is read once, until another one is chosen or its file is gone. */
START_TEST(test_models_stay_open)
{
    fill();
    struct cores *cores = cores_new();
    struct recommender_options gone = {.model = "ease@1"};
    struct recommender_core *core;
    train("ease", "ease");
    struct recommender_core *first = keep(cores, NULL), *named = keep(cores, "ease@1");
    ck_assert_ptr_eq(keep(cores, NULL), first);
    ck_assert_ptr_eq(keep(cores, "ease@1"), named);
    train("popular", "ease");
    core = keep(cores, NULL);
    ck_assert_int_eq(recommender_core_record(core)->version, 2);
    ck_assert_ptr_eq(keep(cores, "ease@1"), named);
    for (int i = 0; i < 2 * CORES_MAX; i++) { /* the one that is asked for all the time stays */
        char name[16];
        snprintf(name, sizeof name, "more%d", i);
        train("popular", name);
        keep(cores, name);
        ck_assert_ptr_eq(keep(cores, "ease@1"), named);
    }
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(registry_mark_removed(shop.store, 1, 1, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    char path[FS_PATH_MAX];
    ck_assert_int_eq(unlink(fixture_path(&shop, path, "models/ease-1.safetensors")), 0);
    ck_assert_int_eq(cores_open(cores, &core, shop.store, &gone, NULL), E_NOT_FOUND);
    cores_free(cores);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_unknown_names)
{
    fill();
    train("ease", "ease");
    struct recommender *r = open_with(NULL, NULL);
    struct recommender_request q = {.user = "u9", .n = 3};
    struct slate s;
    struct why w;
    struct error err;
    ck_assert_int_eq(recommender_recommend(r, &q, &s, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "u09"));
    q.user = "u00";
    ck_assert_int_eq(recommender_why(r, &q, "a00", &w, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "a0"));
    ck_assert_int_eq(recommender_similar(r, "zzz", &(struct recommender_request){.n = 3}, &s, &err), E_NOT_FOUND);
    q.filter = "pric<3";
    ck_assert_int_eq(recommender_recommend(r, &q, &s, &err), E_USAGE);
    q.filter = "";
    ck_assert_int_eq(recommender_recommend(r, &q, &s, &err), E_USAGE);
    one_event("u00", "fresh", "purchase", START + 30 * DAY);
    ck_assert_int_eq(recommender_similar(r, "fresh", &(struct recommender_request){.n = 3}, &s, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.why, "does not know"));
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_similar)
{
    fill();
    train("knn", "knn");
    struct recommender *r = open_with(NULL, NULL);
    struct slate s, t;
    ck_assert_int_eq(recommender_similar(r, "a0", &(struct recommender_request){.n = 3}, &s, NULL), 0);
    ck_assert_uint_eq(s.n, 3);
    for (uint32_t i = 0; i < s.n; i++) {
        ck_assert_int_eq(s.items[i].item[0], 'a');
        ck_assert_str_ne(s.items[i].item, "a0");
        ck_assert(i == 0 || s.items[i].score <= s.items[i - 1].score);
    }
    ck_assert_int_eq(recommender_similar(r, "a0", &(struct recommender_request){.n = 100, .filter = "item != a1"}, &t, NULL), 0);
    ck_assert(!holds(&t, "a1"));
    ck_assert(!holds(&t, "b0")); /* nothing in common: not similar at all */
    slate_release(&s);
    slate_release(&t);
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

static void set_attribute(const char *item, const char *name, enum attribute_type type, double number, const char *text)
{
    int64_t id, attribute;
    struct attribute_value v = {.number = number, .text = text, .n = text != NULL ? strlen(text) : 0};
    ck_assert_int_eq(items_find(shop.store, item, &id, NULL), 0);
    ck_assert_int_eq(attributes_intern(shop.store, ATTRIBUTE_OF_ITEM, name, type, &attribute, NULL), 0);
    ck_assert_int_eq(attributes_set(shop.store, ATTRIBUTE_OF_ITEM, id, attribute, type, &v, NULL), 0);
}

START_TEST(test_filters_read_the_attributes_of_the_store)
{
    fill();
    train("popular", "popular");
    one_event("u00", "unknown", "purchase", START);
    int64_t id;
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    set_attribute("unknown", "price", ATTRIBUTE_NUMBER, 1, NULL);
    set_attribute("a0", "price", ATTRIBUTE_NUMBER, 9.5, NULL);
    set_attribute("b0", "price", ATTRIBUTE_NUMBER, 20, NULL);
    set_attribute("a0", "brand", ATTRIBUTE_TEXT, 0, "Acme & Sons");
    set_attribute("b0", "brand", ATTRIBUTE_TEXT, 0, "Acme & Sons");
    set_attribute("b1", "brand", ATTRIBUTE_TEXT, 0, "Other");
    set_attribute("a0", "in_stock", ATTRIBUTE_BOOLEAN, 1, NULL);
    set_attribute("a1", "in_stock", ATTRIBUTE_BOOLEAN, 0, NULL);
    set_attribute("b1", "country", ATTRIBUTE_LIST, 0, "[\"France\",\"Spain\"]");
    set_attribute("a0", "country", ATTRIBUTE_LIST, 0, "[\"Italy\",\"France\"]");
    set_attribute("a1", "country", ATTRIBUTE_LIST, 0, "[]");
    ck_assert_int_eq(items_find(shop.store, "b1", &id, NULL), 0);
    ck_assert_int_eq(items_set_title(shop.store, id, "Red \xC3\x89" "clair", 11, NULL), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    static const struct {
        const char *filter;
        uint32_t eligible;
        const char *first;
    } cases[] = {
        {"price<20", 1, "a0"},
        {"price<=20 and brand contains 'acme &'", 2, "b0"},
        {"brand='Acme & Sons' and not price>10", 1, "a0"},
        {"in_stock", 1, "a0"},
        {"not in_stock", 1, "a1"},
        {"country=France and country!=Spain", 1, "a0"},
        {"country in (Spain, Italy) and has title", 1, "b1"},
        {"country is null and in_stock is not null", 1, "a1"},
        {"title ~ '\xC3\xA9" "cl'", 1, "b1"},
        {"item in (a1, b1, unknown)", 2, NULL},
        {"brand=Acme", 0, NULL},
    };
    struct recommender *r = open_with(NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slate s = ask(r, "u01", 100, true, cases[i].filter);
        ck_assert_msg(s.eligible == cases[i].eligible && s.n == s.eligible, "%s: %u", cases[i].filter, s.eligible);
        if (cases[i].first != NULL)
            ck_assert_msg(holds(&s, cases[i].first), "%s", cases[i].filter);
        ck_assert_uint_eq(s.eligible + s.filtered, s.catalogue);
        ck_assert_int_eq(s.filter_note[0] != '\0', s.eligible == 0 || i == 9);
        slate_release(&s);
    }
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

static void set_of_user(const char *user, const char *name, enum attribute_type type, double number, const char *text)
{
    int64_t id, attribute;
    struct attribute_value v = {.number = number, .text = text, .n = text != NULL ? strlen(text) : 0};
    ck_assert_int_eq(users_find(shop.store, user, &id, NULL), 0);
    ck_assert_int_eq(attributes_intern(shop.store, ATTRIBUTE_OF_USER, name, type, &attribute, NULL), 0);
    ck_assert_int_eq(attributes_set(shop.store, ATTRIBUTE_OF_USER, id, attribute, type, &v, NULL), 0);
}

START_TEST(test_filters_read_the_attributes_of_the_person)
{
    fill();
    train("popular", "popular");
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    set_attribute("a0", "price", ATTRIBUTE_NUMBER, 9.5, NULL);
    set_of_user("u01", "country", ATTRIBUTE_TEXT, 0, "France");
    set_of_user("u02", "country", ATTRIBUTE_TEXT, 0, "Spain");
    set_of_user("u01", "price", ATTRIBUTE_NUMBER, 3, NULL);
    set_of_user("u01", "vip", ATTRIBUTE_BOOLEAN, 1, NULL);
    set_of_user("u01", "likes", ATTRIBUTE_LIST, 0, "[\"red\",\"blue\"]");
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    static const struct {
        const char *user, *filter;
        bool all;
    } cases[] = {
        {"u01", "country=France", true},
        {"u01", "user.country=France and vip and likes=red and likes != green", true},
        {"u01", "country=Spain", false},
        {"u02", "country=Spain and vip is null and likes is null", true},
        {"u02", "not vip", false},
        {"u03", "country is null", true},
        {"u03", "country != France", false},
        {"u01", "user.price=3", true},
        {"u02", "user.price is not null", false},
    };
    struct recommender *r = open_with(NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slate s = ask(r, cases[i].user, 100, true, cases[i].filter);
        ck_assert_msg(s.eligible == (cases[i].all ? s.catalogue : 0), "%s: %s: %u", cases[i].user, cases[i].filter,
                      s.eligible);
        slate_release(&s);
    }
    struct slate s = ask(r, "u01", 100, true, "price=9.5 and country=France"); /* price is the item's */
    ck_assert_uint_eq(s.n, 1);
    slate_release(&s);
    struct error err;
    ck_assert_int_eq(recommender_similar(r, "a0", &(struct recommender_request){.n = 3, .filter = "country=France"}, &s, &err), E_USAGE);
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_out_of_memory)
{
    fill();
    train("ease", "ease");
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    set_attribute("a0", "country", ATTRIBUTE_LIST, 0, "[\"France\",\"Spain\"]");
    set_of_user("u00", "likes", ATTRIBUTE_LIST, 0, "[\"red\",\"blue\"]");
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    for (unsigned long i = 1;; i++) {
        struct recommender *r;
        struct recommender_options o = {0};
        struct recommender_request q = {
            .user = "u00", .n = 3, .filter = "country=France or country is null and likes=red"};
        struct slate s = {0};
        struct why w = {0};
        mem_fail_after(i);
        int rc = recommender_open(&r, shop.store, &o, NULL);
        if (rc == 0) {
            rc = recommender_recommend(r, &q, &s, NULL);
            rc = rc != 0 ? rc : recommender_why(r, &q, "a3", &w, NULL);
            recommender_free(r);
        }
        mem_fail_after(0);
        slate_release(&s);
        why_release(&w);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_NOMEM);
        ck_assert_uint_lt(i, 2000);
    }
    fixture_release(&shop);
}
END_TEST

/* Together or alone: the same answers, and one that fails is in nobody's way. */
START_TEST(test_many_at_once)
{
    enum { N = 9 };
    const char *const users[N] = {"u01", "u02", "who", "u03", "u01", "u04", "u05", "u06", "u07"};
    struct recommender_request requests[N];
    struct slate slates[N];
    struct error errors[N] = {{0}};
    int outcome[N];
    fill();
    train("ials", "ials");
    struct recommender *r = open_with(NULL, NULL);
    for (int i = 0; i < N; i++)
        requests[i] = (struct recommender_request){.user = users[i], .anyone = i != 2, .n = 5, .repeat = i % 2 != 0};
    requests[6].filter = "price <";
    ck_assert_int_eq(recommender_recommend_many(r, requests, N, slates, outcome, errors, NULL), 0);
    for (int i = 0; i < N; i++) {
        struct slate alone;
        struct error err = {0};
        int rc = recommender_recommend(r, &requests[i], &alone, &err);
        ck_assert_int_eq(outcome[i], rc);
        ck_assert_str_eq(errors[i].why, err.why);
        if (rc != 0)
            continue;
        ck_assert_uint_eq(slates[i].n, alone.n);
        for (uint32_t k = 0; k < alone.n; k++) {
            ck_assert_str_eq(slates[i].items[k].item, alone.items[k].item);
            ck_assert(slates[i].items[k].score == alone.items[k].score);
        }
        slate_release(&alone);
        slate_release(&slates[i]);
    }
    ck_assert_int_eq(outcome[2], E_NOT_FOUND);
    ck_assert_int_eq(outcome[6], E_USAGE);
    recommender_free(r);
    fixture_release(&shop);
}
END_TEST

static void same_slates(const struct slate *a, const struct slate *b)
{
    ck_assert_uint_eq(a->n, b->n);
    ck_assert_uint_eq(a->eligible, b->eligible);
    ck_assert_uint_eq(a->seen, b->seen);
    ck_assert_uint_eq(a->filtered, b->filtered);
    ck_assert_uint_eq(a->history_events, b->history_events);
    ck_assert_str_eq(a->fallback, b->fallback);
    ck_assert_str_eq(a->filter_note, b->filter_note);
    for (uint32_t i = 0; i < a->n; i++) {
        ck_assert_str_eq(a->items[i].item, b->items[i].item);
        ck_assert_float_eq(a->items[i].score, b->items[i].score);
        ck_assert_int_eq(a->items[i].reason.item != NULL, b->items[i].reason.item != NULL);
    }
}

/* One by one and all together, by a model with an index and by the same without. */
START_TEST(test_an_index_changes_no_answer)
{
    static const char *const filters[] = {NULL, "item = a3", "item ~ b and item != b1", "item = nothing", "item ~ ("};
    enum { USERS = 41, ALL = 2 * USERS };
    struct recommender_request requests[ALL];
    struct slate slates[ALL];
    struct error errors[ALL];
    struct recommender_limit limit = {"item", 1};
    int outcome[ALL];
    char users[USERS][8];
    fill();
    train_with("ials", "index=always dim=5", "indexed");
    train_with("ials", "index=never dim=5", "plain");
    struct recommender *indexed = open_with("indexed", NULL), *plain = open_with("plain", NULL);
    for (uint32_t i = 0; i < ALL; i++) {
        snprintf(users[i % USERS], sizeof users[0], i % USERS == 40 ? "nobody" : "u%02u", i % USERS);
        requests[i] = (struct recommender_request){.user = users[i % USERS], .n = i % 3 == 0 ? 50 : 4,
                                                   .repeat = i % 2 == 0, .filter = filters[i % 5],
                                                   .diversity = i % 7 == 0 ? 0.5 : 0, .limits = &limit,
                                                   .n_limits = i % 11 == 0};
    }
    ck_assert_int_eq(recommender_recommend_many(indexed, requests, ALL, slates, outcome, errors, NULL), 0);
    for (uint32_t i = 0; i < ALL; i++) {
        struct slate one, want;
        ck_assert_int_eq(recommender_recommend(plain, &requests[i], &want, NULL), outcome[i]);
        ck_assert_int_eq(recommender_recommend(indexed, &requests[i], &one, NULL), outcome[i]);
        same_slates(&slates[i], &want);
        same_slates(&one, &want);
        slate_release(&one);
        slate_release(&want);
        slate_release(&slates[i]);
    }
    recommender_free(indexed);
    recommender_free(plain);
    fixture_release(&shop);
}
END_TEST

CHECK_MAIN("recommender", test_the_order_is_that_of_the_model, test_reasons_add_up, test_a_new_event_counts_at_once,
           test_why_not_agrees_with_the_slate, test_who_has_no_history_gets_what_is_popular, test_who_speaks, test_models_stay_open,
           test_unknown_names, test_similar, test_many_at_once, test_an_index_changes_no_answer, test_filters_read_the_attributes_of_the_store,
           test_filters_read_the_attributes_of_the_person, test_out_of_memory)
