/* The main program that every unit test ends with: CHECK_MAIN("name", test, test, ...). */
#ifndef RECKON_TESTS_CHECK_MAIN_H
#define RECKON_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

/* Runs tests, each between setup and teardown (NULL: none); the exit status of the program. */
static inline int check_main_with(const char *name, const TTest *const *tests, size_t n, void (*setup)(void),
                                  void (*teardown)(void))
{
    Suite *suite = suite_create(name);
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 120);
    if (setup != NULL)
        tcase_add_checked_fixture(tc, setup, teardown);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tc, tests[i]);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define CHECK_MAIN(name, ...)                                                                     \
    int main(void)                                                                                \
    {                                                                                             \
        const TTest *tests[] = {__VA_ARGS__};                                                     \
        return check_main_with(name, tests, sizeof tests / sizeof tests[0], NULL, NULL);          \
    }

#endif
