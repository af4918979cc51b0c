/* How much epsilon can be shown of noise that claims one: epsilon [DRAWS]; and how fast it is drawn. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "disclosure/account.h"
#include "tests/unit/noise_audit.h"

static int failures;

static void show(const char *name, double claim, audit_mechanism mechanism, void *context, struct noise *noise,
                 uint64_t draws, double delta)
{
    double start = clock_cpu_seconds(), bound = fmax(0, audit_epsilon(mechanism, context, noise, draws, delta));
    printf("%-9s epsilon %-4g  shown: at least %.4f  %s  %.2g million draws/s\n", name, claim, bound,
           bound <= claim ? "ok" : "TOO MUCH", 2e-6 * (double)draws / (clock_cpu_seconds() - start));
    failures += bound > claim;
}

int main(int argc, char **argv)
{
    static const double claims[] = {0.1, 0.5, 1, 2};
    uint64_t draws = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    struct rng rng;
    rng_init(&rng, 4711, 0);
    struct noise noise = {.bits = audit_bits, .context = &rng};
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        int64_t epsilon = 0;
        struct noise_laplace laplace;
        struct noise_gaussian gaussian;
        if (account_epsilon(claims[i], &epsilon, NULL) != 0 || noise_laplace_for(&laplace, 1, epsilon, NULL) != 0 ||
            noise_gaussian_for(&gaussian, 1, account_rho(epsilon, INT64_C(1000000000)), NULL) != 0)
            return 1;
        show("laplace", claims[i], audit_laplace, &laplace, &noise, draws, 0);
        show("gaussian", claims[i], audit_gaussian, &gaussian, &noise, draws / 4, 1e-6);
        show("choice", claims[i], audit_choice, &epsilon, &noise, draws, 0);
    }
    return failures > 0;
}
