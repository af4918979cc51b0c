/* From a workspace with many exposures to three readings: how long, and how much memory.
 *
 *   analyse WORKSPACE EXPERIMENT
 *
 * Five metrics, CUPED, and the design read by an always-valid sequence, by planned looks, and by a mixture SPRT beside. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "experiment/reading.h"
#include "stats/anytime.h"

static const char *const metrics[] = {"conversion", "orders", "revenue", "ratio:click/view", "rate:click"};

/* The most memory that this program had; rusage tells also that of the program which started it. */
static double most_memory_mb(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    double kb = 0;
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (f != NULL)
        fclose(f);
    return kb / 1024;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "%s: %s\n", err->what, err->why);
    return 1;
}

int main(int argc, char **argv)
{
    struct design d = {.n_metrics = 5, .n_arms = 2, .effect = 0.05, .alpha = 0.05, .power = 0.8, .looks = 5,
                       .share = 10000, .window_days = 7, .pre_days = 28, .cuped = true, .users = 5000000,
                       .arms = {{.name = "control", .weight = 5000}, {.name = "treatment", .weight = 5000}}};
    static struct reading r;
    struct collected c;
    struct store *store;
    struct error err = {0};
    struct anytime_answer mixture;
    if (argc < 3)
        return 2;
    int rc = store_open(&store, argv[1], false, &err);
    for (size_t m = 0; m < 5 && rc == 0; m++) {
        d.metrics[m].role = m == 0 ? DESIGN_PRIMARY : DESIGN_SECONDARY;
        rc = metric_parse(&d.metrics[m].metric, metrics[m], &err);
        if (rc == 0)
            rc = metric_bind(&d.metrics[m].metric, 1, store, &err);
    }
    double start = clock_seconds(), cpu = clock_cpu_seconds();
    if (rc == 0)
        rc = collect(&c, store, strtoll(argv[2], NULL, 10), &d, clock_now_ms(), NULL, &err);
    if (rc != 0)
        return fail(&err);
    double read = clock_seconds() - start;
    d.method = DESIGN_GROUP_SEQUENTIAL;
    rc = reading_make(&r, &c, &d, &err);
    double group = r.lines[0].p;
    d.method = DESIGN_ALWAYS_VALID;
    if (rc == 0)
        rc = reading_make(&r, &c, &d, &err);
    for (size_t i = 0; i < r.n_lines && rc == 0; i++)
        rc = anytime_msprt(r.lines[i].effect, r.lines[i].se, 0.01, 0.05, &mixture, &err);
    if (rc != 0)
        return fail(&err);
    double seconds = clock_seconds() - start;
    printf("| %.0f exposures of a store, 5 metrics, 2 arms, CUPED, 3 sequential methods | %.2f s (%.2f s of processor, %.2f s "
           "without reading), %.0f MB |\n", c.exposed, seconds, clock_cpu_seconds() - cpu, seconds - read,
           most_memory_mb());
    fprintf(stderr, "p %g, %g, %g; lift %.17g of %s\n", r.lines[0].p, group, mixture.p, r.lines[0].lift, metrics[0]);
    collected_release(&c);
    store_close(store);
    return 0;
}
