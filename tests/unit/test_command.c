/* The command floor: arguments, results, and the table's own rules. */
#include <string.h>

#include "base/mem.h"
#include "command/command.h"
#include "command/help.h"
#include "check_main.h"

static int run_nothing(struct app *app, const struct args *args, struct result *out, struct error *err)
{
    (void)app, (void)args, (void)out, (void)err;
    return 0;
}

static const struct command_param params[] = {
    {"file", PT_PATH, PF_POSITIONAL | PF_REQUIRED | PF_MANY, NULL, 0, 0, NULL, "files"},
    {"k", PT_INT, 0, "10", 1, 1000, NULL, "cut"},
    {"share", PT_REAL, 0, NULL, 0, 1, NULL, "share"},
    {"mode", PT_CHOICE, 0, "repeat", 0, 0, "repeat|discover", "mode"},
    {"map", PT_SETTING, PF_MANY, NULL, 0, 0, NULL, "mapping"},
    {"models", PT_TEXT, 0, NULL, 0, 0, NULL, "models"},
    {"dry", PT_FLAG, 0, NULL, 0, 0, NULL, "dry run"},
    {0},
};
static const struct command sample = {
    .name = "sample", .summary = "s", .description = "", .examples = "", .params = params, .flags = CF_MODEL_PARAMS,
    .run = run_nothing};

START_TEST(arguments_are_checked)
{
    struct args *a = args_new(&sample);
    struct error e;
    ck_assert_int_eq(args_finish(a, &e), E_USAGE);
    ck_assert_str_eq(e.what, "sample");
    ck_assert_int_eq(args_put(a, "file", "a", &e), 0);
    ck_assert_int_eq(args_put(a, "file", "b", &e), 0);
    ck_assert_int_eq(args_put(a, "k", "0", &e), E_USAGE);
    ck_assert_str_eq(e.what, "--k");
    ck_assert_str_eq(e.why, "0 is below 1");
    ck_assert_int_eq(args_put(a, "k", "5x", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "share", "1.5", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "mode", "rep", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "map", "user", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "map", "user=uid", &e), 0);
    ck_assert_int_eq(args_put(a, "dim", "0", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "dim", "100000", &e), E_USAGE);
    ck_assert_int_eq(args_put(a, "dim", "64", &e), 0);
    ck_assert_int_eq(args_put(a, "models", "a, b,c", &e), 0);
    ck_assert_int_eq(args_finish(a, &e), 0);
    ck_assert_int_eq(args_int(a, "k"), 10);
    ck_assert(!args_given(a, "k"));
    ck_assert_uint_eq(args_count(a, "file"), 2);
    ck_assert_str_eq(args_text_at(a, "file", 1), "b");
    ck_assert_str_eq(args_text(a, "mode"), "repeat");
    ck_assert_ptr_null(args_text(a, "share"));
    ck_assert(!args_flag(a, "dry"));
    char **words;
    size_t n;
    ck_assert_int_eq(args_list(a, "models", &words, &n, &e), 0);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(words[1], "b");
    mem_free(words);
    args_free(a);
}
END_TEST

START_TEST(the_table_keeps_its_rules)
{
    for (size_t i = 0; command_table[i] != NULL; i++) {
        const struct command *c = command_table[i];
        ck_assert_msg(c->run != NULL, "%s", c->name);
        ck_assert_msg(c->flags & CF_HIDDEN || help_has_section(c->name, strcspn(c->name, " ")),
                      "%s is in no section of the overview (help.c)", c->name);
        ck_assert_uint_le(strlen(c->summary), 78);
        ck_assert_msg(c->summary[strlen(c->summary) - 1] != '.', "%s", c->name);
        ck_assert_ptr_nonnull(c->description);
        ck_assert_ptr_nonnull(c->examples);
        const struct command_param *p;
        for (size_t j = 0; (p = command_param_at(c, j)) != NULL; j++) {
            ck_assert_msg(p->help[0] != '\0' && p->help[strlen(p->help) - 1] != '.', "%s --%s", c->name, p->name);
            ck_assert_msg(p->type != PT_CHOICE || p->choices != NULL, "%s --%s", c->name, p->name);
            for (const struct command_param *g = global_params; g->name != NULL; g++)
                ck_assert_msg(strcmp(g->name, p->name) != 0, "%s --%s hides a global option", c->name, p->name);
            for (size_t k = 0; k < j; k++)
                ck_assert_msg(strcmp(command_param_at(c, k)->name, p->name) != 0, "%s --%s twice", c->name, p->name);
        }
        struct args *a = args_new(c);
        struct error e;
        for (size_t j = 0; (p = command_param_at(c, j)) != NULL; j++)
            if (p->default_text != NULL) /* every default passes its own check */
                ck_assert_msg(args_put(a, p->name, p->default_text, &e) == 0, "%s --%s: %s", c->name, p->name, e.why);
        args_free(a);
    }
}
END_TEST

START_TEST(results_are_typed_and_survive_lack_of_memory)
{
    for (unsigned long fail = 1; fail < 60; fail++) {
        struct result r;
        struct error e;
        result_init(&r);
        mem_fail_after(fail);
        result_add_column(&r, "name", CELL_TEXT, "", "", -1);
        result_add_column(&r, "n", CELL_INT, "", "", -1);
        for (int i = 0; i < 40; i++) {
            result_add_text(&r, "a text that takes some room in the chunk of the result, so that chunks are many; "
                                "a text that takes some room in the chunk of the result, so that chunks are many");
            result_add_int(&r, i);
        }
        result_note(&r, "%d rows", 40);
        mem_fail_after(0);
        int rc = result_check(&r, &e);
        ck_assert(rc == 0 || rc == E_NOMEM);
        if (rc == 0) {
            ck_assert_uint_eq(r.n_rows, 40);
            ck_assert_int_eq(result_cell(&r, 39, 1)->integer, 39);
        }
        result_release(&r);
    }
}
END_TEST

START_TEST(a_row_must_be_complete)
{
    struct result r;
    result_init(&r);
    result_add_column(&r, "a", CELL_INT, "", "", -1);
    result_add_column(&r, "b", CELL_REAL, "", "", -1);
    result_add_int(&r, 1);
    ck_assert_int_eq(result_check(&r, NULL), E_FAILED);
    result_add_real(&r, 0.0 / 0.0);
    ck_assert_int_eq(result_check(&r, NULL), 0);
    ck_assert_int_eq(result_cell(&r, 0, 1)->type, CELL_NULL);
    result_release(&r);
}
END_TEST

START_TEST(commands_are_found_by_their_longest_name)
{
    const char *words[] = {"help", "import", "events"};
    size_t used;
    struct error e;
    ck_assert_ptr_nonnull(command_find(words, 3, &used, &e));
    ck_assert_uint_eq(used, 1);
    const char *wrong[] = {"hepl"};
    ck_assert_ptr_null(command_find(wrong, 1, &used, &e));
    ck_assert_ptr_nonnull(strstr(e.hint, "`help`"));
}
END_TEST

CHECK_MAIN("command", arguments_are_checked,
           the_table_keeps_its_rules,
           results_are_typed_and_survive_lack_of_memory,
           a_row_must_be_complete,
           commands_are_found_by_their_longest_name)
