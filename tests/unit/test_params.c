#include "engine/params.h"

#include <string.h>

#include "engine/model.h"
#include "tests/unit/check_main.h"

START_TEST(test_both_spellings_are_found)
{
    ck_assert_int_eq(param_find("unobserved_weight"), PARAM_ID_unobserved_weight);
    ck_assert_int_eq(param_find("unobserved-weight"), PARAM_ID_unobserved_weight);
    ck_assert_int_eq(param_find("speed"), -1);
}
END_TEST

START_TEST(test_out_of_range_names_the_option)
{
    struct params p = {{0}};
    struct error err;
    ck_assert_int_eq(params_set(&p, PARAM_ID_dim, "0", &err), E_USAGE);
    ck_assert_str_eq(err.what, "--dim");
    ck_assert_str_eq(err.why, "0 is below 1");
    ck_assert_int_eq(params_set(&p, PARAM_ID_dim, "100000", &err), E_USAGE);
    ck_assert_str_eq(err.why, "100000 is above 4096");
    const char *bad[] = {"", "12x", "nan", "inf", " 3", "1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(params_set(&p, PARAM_ID_lambda, bad[i], &err), E_USAGE);
    ck_assert_int_eq(params_set(&p, PARAM_ID_epochs, "2.5", &err), E_USAGE);
    ck_assert_double_eq(PARAM(&p, dim), 0);
}
END_TEST

START_TEST(test_choices_are_words)
{
    struct params p = {{0}};
    struct error err;
    char text[32];
    ck_assert_int_eq(params_set(&p, PARAM_ID_similarity, "bm25", &err), 0);
    ck_assert_double_eq(PARAM(&p, similarity), 2);
    ck_assert_str_eq(params_text(&p, PARAM_ID_similarity, text, sizeof text), "bm25");
    ck_assert_int_eq(params_set(&p, PARAM_ID_similarity, "cos", &err), E_USAGE);
    ck_assert_int_eq(params_set(&p, PARAM_ID_similarity, "cosine|jaccard", &err), E_USAGE);
}
END_TEST

START_TEST(test_text_reads_back_exactly)
{
    const double values[] = {500, 0.1, 1.0 / 3, 1e-6};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct params p = {{0}}, q = {{0}};
        char text[40];
        PARAM(&p, lambda) = values[i];
        params_text(&p, PARAM_ID_lambda, text, sizeof text);
        ck_assert_int_eq(params_set(&q, PARAM_ID_lambda, text, NULL), 0);
        ck_assert_double_eq(PARAM(&q, lambda), values[i]);
    }
}
END_TEST

/* A misspelt name or a default out of range would silently become 0. */
START_TEST(test_defaults_of_every_kind_are_valid)
{
    for (size_t k = 0; model_kinds[k] != NULL; k++) {
        char copy[1024];
        ck_assert_uint_lt(strlen(model_kinds[k]->defaults), sizeof copy);
        strcpy(copy, model_kinds[k]->defaults);
        struct params defaults;
        model_default_params(model_kinds[k], &defaults);
        for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
            char *value = strchr(word, '=');
            ck_assert_ptr_nonnull(value);
            *value++ = '\0';
            int id = param_find(word);
            ck_assert_msg(id >= 0, "%s: %s", model_kinds[k]->name, word);
            struct params p = {{0}};
            ck_assert_msg(params_set(&p, id, value, NULL) == 0, "%s: %s=%s", model_kinds[k]->name, word, value);
            ck_assert_double_eq(p.value[id], defaults.value[id]);
            ck_assert(model_uses_param(model_kinds[k], id));
        }
        ck_assert_ptr_eq(model_kind_find(model_kinds[k]->name), model_kinds[k]);
    }
    ck_assert_ptr_null(model_kind_find("nonesuch"));
}
END_TEST

CHECK_MAIN("params", test_both_spellings_are_found, test_out_of_range_names_the_option, test_choices_are_words,
           test_text_reads_back_exactly, test_defaults_of_every_kind_are_valid)
