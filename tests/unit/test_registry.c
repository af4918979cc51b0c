/* Trained models as files with records: lineage, bytes, stages, damage. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "engine/model.h"
#include "tests/unit/check_main.h"
#include "tests/unit/shop_fixture.h"
#include "train/models.h"
#include "train/recipe.h"

static struct model_record train(struct fixture *shop, const char *kind, unsigned threads, uint64_t seed)
{
    struct training_data data;
    struct training_data_options options = {0};
    struct recipe recipe;
    struct model *model;
    struct model_record record;
    struct error err = {0};
    ck_assert_int_eq(recipe_init(&recipe, kind, shop->store, &err), 0);
    ck_assert_msg(training_data_load(&data, shop->store, &options, NULL, &err) == 0, "%s", err.why);
    struct train_context ctx = {.params = recipe.params, .seed = seed, .pool = pool_new(threads)};
    ck_assert_msg(model_train(&model, recipe.kind, &data.dataset, &ctx, &err) == 0, "%s", err.why);
    struct model_lineage lineage = {.data = &data, .seed = seed, .note = ctx.note};
    ck_assert_msg(models_publish(shop->store, kind, model, &lineage, NULL, &record, &err) == 0, "%s: %s", err.what, err.why);
    model_free(model);
    pool_free(ctx.pool);
    training_data_release(&data);
    return record;
}

static void path_of(const struct fixture *shop, const struct model_record *r, char path[700])
{
    snprintf(path, 700, "%s/%s", shop->dir, r->file);
}

START_TEST(test_the_same_data_and_seed_give_the_same_bytes)
{
    struct fixture shop;
    static const char *const kinds[] = {"popular", "knn", "rules", "ease", "ials", "own-frequency", "random"};
    fixture_init(&shop);
    shop_fill(shop.store, 60, 40, 12, -1);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct model_record a = train(&shop, kinds[k], 1, 3), b = train(&shop, kinds[k], 3, 3);
        ck_assert_msg(strcmp(a.checksum, b.checksum) == 0, "%s", kinds[k]);
        ck_assert_int_eq(b.version, a.version + 1);
        model_record_release(&a);
        model_record_release(&b);
    }
    fixture_release(&shop);
}
END_TEST

/* What was trained after somebody is gone is what was trained without ever having known them. */
START_TEST(test_a_model_without_a_person_is_one_that_never_knew_them)
{
    static const char *const kinds[] = {"popular", "knn", "rules", "ease", "ials"};
    struct fixture never, gone;
    fixture_init(&never);
    fixture_init(&gone);
    shop_fill(never.store, 40, 30, 10, 11);
    shop_fill(gone.store, 40, 30, 10, -1);
    char command[700];
    snprintf(command, sizeof command,
             "sqlite3 '%s/reckon.db' \"DELETE FROM events WHERE user = (SELECT user FROM identities WHERE identifier = 'user11'); "
             "DELETE FROM identities WHERE identifier = 'user11'\"", gone.dir);
    ck_assert_int_eq(system(command), 0);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct model_record a = train(&never, kinds[k], 2, 3), b = train(&gone, kinds[k], 1, 3);
        ck_assert_msg(strcmp(a.checksum, b.checksum) == 0, "%s", kinds[k]);
        model_record_release(&a);
        model_record_release(&b);
    }
    fixture_release(&never);
    fixture_release(&gone);
}
END_TEST

START_TEST(test_an_opened_model_knows_its_items)
{
    struct fixture shop;
    struct opened_model opened;
    struct error err;
    fixture_init(&shop);
    shop_fill(shop.store, 60, 40, 12, -1);
    struct model_record r = train(&shop, "ease", 2, 1);
    ck_assert_msg(models_open(&opened, shop.store, &r, NULL, &err) == 0, "%s", err.why);
    ck_assert_uint_eq(opened.model->n_items, 40);
    for (uint32_t i = 0; i < 40; i++) {
        int64_t item;
        ck_assert_uint_eq(models_find_name(opened.item_name, opened.model->n_items, opened.item_name[i]), i);
        ck_assert_int_eq(items_find(shop.store, opened.item_name[i], &item, NULL), 0);
        ck_assert_int_eq(item, opened.item[i]);
    }
    ck_assert_uint_eq(models_find_name(opened.item_name, opened.model->n_items, "nothing"), UINT32_MAX);
    models_close(&opened);
    model_record_release(&r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_a_damaged_file_is_not_opened)
{
    struct fixture shop;
    struct opened_model opened;
    struct error err = {0};
    char path[700];
    struct stat st;
    fixture_init(&shop);
    shop_fill(shop.store, 20, 20, 8, -1);
    struct model_record r = train(&shop, "knn", 2, 1);
    path_of(&shop, &r, path);
    ck_assert_int_eq(stat(path, &st), 0);
    /* one bit of the arrays */
    int fd = open(path, O_RDWR);
    char byte;
    ck_assert_int_eq(pread(fd, &byte, 1, st.st_size - 20), 1);
    byte ^= 4;
    ck_assert_int_eq(pwrite(fd, &byte, 1, st.st_size - 20), 1);
    ck_assert_int_eq(models_open(&opened, shop.store, &r, NULL, &err), E_CORRUPT);
    ck_assert_ptr_null(opened.model);
    ck_assert_int_eq(models_export(shop.store, &r, "/dev/null", NULL, &err), E_CORRUPT);
    byte ^= 4;
    ck_assert_int_eq(pwrite(fd, &byte, 1, st.st_size - 20), 1);
    ck_assert_int_eq(models_open(&opened, shop.store, &r, NULL, &err), 0);
    models_close(&opened);
    /* cut short */
    for (off_t size = st.st_size - 1; size >= 0; size -= 1 + st.st_size / 23) {
        ck_assert_int_eq(ftruncate(fd, size), 0);
        ck_assert_int_eq(models_open(&opened, shop.store, &r, NULL, &err), E_CORRUPT);
        ck_assert_int_eq(models_import(shop.store, path, NULL, NULL, &r, &err), E_CORRUPT);
    }
    close(fd);
    unlink(path);
    model_record_release(&r);
    ck_assert_int_eq(registry_newest(shop.store, &r, &err), 0);
    ck_assert_int_eq(models_open(&opened, shop.store, &r, NULL, &err), E_CORRUPT);
    model_record_release(&r);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_export_and_import_keep_the_bytes)
{
    struct fixture shop, other;
    struct error err = {0};
    char path[700];
    fixture_init(&shop);
    fixture_init(&other);
    shop_fill(shop.store, 30, 20, 8, -1);
    shop_fill(other.store, 5, 3, 8, -1);
    struct model_record r = train(&shop, "ials", 2, 9), back;
    snprintf(path, sizeof path, "%s/out.safetensors", shop.dir);
    ck_assert_int_eq(models_export(shop.store, &r, path, NULL, &err), 0);
    ck_assert_msg(models_import(other.store, path, "theirs", NULL, &back, &err) == 0, "%s", err.why);
    ck_assert_str_eq(back.checksum, r.checksum);
    ck_assert_str_eq(back.params, r.params);
    ck_assert_str_eq(back.data_digest, r.data_digest);
    ck_assert_uint_eq(back.seed, 9);
    ck_assert_int_eq(back.bytes, r.bytes);
    ck_assert_str_eq(back.name, "theirs");
    struct opened_model opened; /* of items that this store does not know: they are 0 */
    ck_assert_int_eq(models_open(&opened, other.store, &back, NULL, &err), 0);
    ck_assert_int_eq(opened.item[19], 0);
    ck_assert_int_ne(opened.item[0], 0);
    models_close(&opened);
    model_record_release(&r);
    model_record_release(&back);
    fixture_release(&shop);
    fixture_release(&other);
}
END_TEST

static void set_stage(struct store *s, int64_t model, const char *stage, int64_t at)
{
    ck_assert_int_eq(store_begin(s, NULL), 0);
    ck_assert_int_eq(registry_set_stage(s, model, stage, at, NULL), 0);
    ck_assert_int_eq(store_commit(s, NULL), 0);
}

static int64_t in_production(struct store *s)
{
    struct model_record r;
    if (registry_production(s, &r, NULL) != 0)
        return 0;
    model_record_release(&r);
    return r.model;
}

START_TEST(test_one_is_in_production_and_rollback_goes_back)
{
    struct fixture shop;
    struct error err;
    int64_t id[3], back, gone;
    fixture_init(&shop);
    shop_fill(shop.store, 20, 10, 5, -1);
    for (int i = 0; i < 3; i++) {
        struct model_record r = train(&shop, "popular", 1, 1);
        id[i] = r.model;
        model_record_release(&r);
    }
    ck_assert_int_eq(registry_rollback(shop.store, 1, &back, &gone, &err), E_NOT_FOUND);
    set_stage(shop.store, id[0], "production", 1);
    set_stage(shop.store, id[1], "production", 2);
    set_stage(shop.store, id[2], "production", 3);
    ck_assert_int_eq(in_production(shop.store), id[2]);
    ck_assert_int_eq(store_begin(shop.store, NULL), 0);
    ck_assert_int_eq(registry_rollback(shop.store, 4, &back, &gone, &err), 0);
    ck_assert_int_eq(store_commit(shop.store, NULL), 0);
    ck_assert_int_eq(back, id[1]);
    ck_assert_int_eq(gone, id[2]);
    ck_assert_int_eq(in_production(shop.store), id[1]);
    struct model_record r;
    set_stage(shop.store, id[2], "archived", 5);
    ck_assert_int_eq(registry_find(shop.store, "popular", &r, &err), 0);
    ck_assert_int_eq(r.model, id[1]); /* the newest that is not archived */
    model_record_release(&r);
    ck_assert_int_eq(registry_find(shop.store, "popular@3", &r, &err), 0);
    ck_assert_int_eq(r.model, id[2]);
    model_record_release(&r);
    ck_assert_int_eq(registry_find(shop.store, "popular@9", &r, &err), E_NOT_FOUND);
    ck_assert_int_eq(registry_find(shop.store, "popular@x", &r, &err), E_NOT_FOUND);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_a_trained_model_is_a_recipe)
{
    struct fixture shop;
    struct recipe recipe;
    struct error err;
    bool used = false;
    fixture_init(&shop);
    shop_fill(shop.store, 20, 10, 5, -1);
    struct training_data data;
    struct training_data_options options = {0};
    struct model *model;
    struct model_record record;
    ck_assert_int_eq(recipe_init(&recipe, "ease", shop.store, &err), 0);
    ck_assert_int_eq(recipe_set_one(&recipe, "ease.lambda=12.5", &used, &err), 0);
    ck_assert(used);
    used = false;
    ck_assert_int_eq(recipe_set_one(&recipe, "knn.neighbours=12", &used, &err), 0);
    ck_assert(!used);
    ck_assert_int_eq(recipe_set_one(&recipe, "knn.dim=12", &used, &err), E_USAGE);
    ck_assert_int_eq(recipe_set_one(&recipe, "ease.lambda=-1", &used, &err), E_USAGE);
    ck_assert_int_eq(training_data_load(&data, shop.store, &options, NULL, &err), 0);
    struct train_context ctx = {.params = recipe.params};
    ck_assert_int_eq(model_train(&model, recipe.kind, &data.dataset, &ctx, &err), 0);
    struct model_lineage lineage = {.data = &data};
    ck_assert_int_eq(models_publish(shop.store, "mine", model, &lineage, NULL, &record, &err), 0);
    model_record_release(&record);
    ck_assert_int_eq(recipe_init(&recipe, "mine@1", shop.store, &err), 0);
    ck_assert_double_eq(PARAM(&recipe.params, lambda), 12.5);
    ck_assert_int_eq(recipe_init(&recipe, "eas", shop.store, &err), E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.hint, "ease"));
    model_free(model);
    training_data_release(&data);
    fixture_release(&shop);
}
END_TEST

START_TEST(test_a_failing_disk_leaves_no_model)
{
    struct fixture shop;
    struct error err = {0};
    struct training_data data;
    struct training_data_options options = {0};
    struct recipe recipe;
    struct model *model;
    struct model_record record;
    fixture_init(&shop);
    shop_fill(shop.store, 20, 10, 5, -1);
    ck_assert_int_eq(recipe_init(&recipe, "popular", shop.store, &err), 0);
    ck_assert_int_eq(training_data_load(&data, shop.store, &options, NULL, &err), 0);
    struct train_context ctx = {.params = recipe.params};
    ck_assert_int_eq(model_train(&model, recipe.kind, &data.dataset, &ctx, &err), 0);
    struct model_lineage lineage = {.data = &data};
    unsigned long nth = 1;
    for (;; nth++) {
        store_fail_after(nth);
        int rc = models_publish(shop.store, "popular", model, &lineage, NULL, &record, &err);
        store_fail_after(0);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, E_IO);
        ck_assert_int_eq(registry_newest(shop.store, &record, &err), E_NOT_FOUND);
        char command[700];
        snprintf(command, sizeof command, "[ -z \"$(ls -A '%s/models')\" ]", shop.dir);
        ck_assert_msg(system(command) == 0, "a file was left behind at step %lu", nth);
        ck_assert_uint_lt(nth, 100);
    }
    ck_assert_uint_gt(nth, 3);
    model_record_release(&record);
    model_free(model);
    training_data_release(&data);
    fixture_release(&shop);
}
END_TEST

CHECK_MAIN("registry", test_the_same_data_and_seed_give_the_same_bytes,
           test_a_model_without_a_person_is_one_that_never_knew_them, test_an_opened_model_knows_its_items,
           test_a_damaged_file_is_not_opened, test_export_and_import_keep_the_bytes,
           test_one_is_in_production_and_rollback_goes_back, test_a_trained_model_is_a_recipe,
           test_a_failing_disk_leaves_no_model)
