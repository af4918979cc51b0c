/* How fast the console answers, seen from the terminal: the first screen, keys while a model is trained, sorting.
 *
 *     bench/console/latency WORKSPACE [KEYS [training]]
 *
 * Run from a build directory with $RECKON.  A key's latency is from its byte to the report that what it did is drawn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/console/driver.h"
#include "tests/unit/check_main.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, double *ms, size_t n)
{
    qsort(ms, n, sizeof *ms, by_value);
    printf("%-46s p50 %7.1f  p99 %7.1f  max %7.1f ms  (%zu)\n", what, ms[n / 2], ms[n * 99 / 100], ms[n - 1], n);
}

static long memory_kb(int pid)
{
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *in = fopen(path, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (in != NULL)
        fclose(in);
    return kb;
}

static long ticks(int pid)
{
    char path[64];
    long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *in = fopen(path, "r");
    if (in != NULL && fscanf(in, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system) != 2)
        user = system = 0;
    if (in != NULL)
        fclose(in);
    return user + system;
}

static void keys(struct driver *d, const char *what, size_t n)
{
    static const char *const words[] = {"down", "page-down", "right", "up", "page-up", "left", "g", "esc", "?", "esc"};
    double *ms = calloc(n, sizeof *ms);
    for (size_t i = 0; ms != NULL && i < n; i++) {
        driver_keys_drawn(d, words[i % 10]);
        ms[i] = driver_latency_ms(d);
    }
    if (ms != NULL)
        report(what, ms, n);
    free(ms);
}

/* Until the first row is another one: the page is there, whatever is still being prepared behind it. */
static double until_other_rows(struct driver *d, const char *words)
{
    char before[512];
    snprintf(before, sizeof before, "%s", driver_line(d, 4));
    double from = clock_seconds();
    driver_keys_drawn(d, words);
    while (strcmp(driver_line(d, 4), before) == 0 && clock_seconds() - from < 60)
        driver_wait(d, false);
    return (clock_seconds() - from) * 1000;
}

static void pages(struct driver *d, const char *what, size_t n)
{
    double ms[64];
    for (size_t i = 0; i < n && i < 64; i++) {
        driver_keys(d, "page-up page-up page-up page-up page-up page-up");
        ms[i] = driver_latency_ms(d);
    }
    report(what, ms, n);
}

static const char *workspace;
static size_t presses = 500;
static bool only_training;

/* A test only because the driver asserts. */
static void while_training(struct driver *d)
{
    driver_keys_drawn(d, ": 'train' enter ctrl-u 'ease' enter esc");
    keys(d, "a key while a model is trained", presses);
    printf("%-46s %7.1f MB\n", "largest memory (with the training)", (double)memory_kb(driver_pid(d)) / 1024);
}

START_TEST(latency)
{
    struct driver_options options = {.rows = 60, .cols = 200, .workspace = workspace};
    double from = clock_seconds();
    struct driver *d = driver_start_drawn(&options, "home", "--fresh", NULL);
    printf("%-46s %7.1f ms\n", "first screen (from exec)", (clock_seconds() - from) * 1000);
    driver_wait(d, true);
    driver_keys(d, "g e");
    if (only_training) {
        while_training(d);
        driver_kill(d);
        return;
    }
    keys(d, "a key in the table of events", presses);
    printf("%-46s %7.1f ms\n", "sort by price, first page", until_other_rows(d, "> > > > > > s s"));
    double prepare = clock_seconds();
    driver_wait(d, true);
    printf("%-46s %7.1f ms\n", "until the whole order is prepared", (clock_seconds() - prepare) * 1000);
    printf("%-46s %7.1f ms\n", "the last page of it", until_other_rows(d, "G"));
    pages(d, "six pages up in what was prepared", 20);
    driver_wait(d, true);
    printf("%-46s %7.1f ms\n", "filter price>30", until_other_rows(d, "s / 'price>30'"));
    driver_keys(d, "enter");
    printf("%-46s %7.1f MB\n", "largest memory (without the training)", (double)memory_kb(driver_pid(d)) / 1024);
    long before = ticks(driver_pid(d));
    sleep(5);
    printf("%-46s %7.2f %% of one core\n", "idle", (double)(ticks(driver_pid(d)) - before) / 5);
    while_training(d);
    driver_kill(d);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {latency};
    if (argc < 2)
        return 2;
    workspace = argv[1];
    presses = argc > 2 ? strtoul(argv[2], NULL, 10) : presses;
    only_training = argc > 3;
    return check_main_with("console latency", tests, 1, NULL, NULL);
}
