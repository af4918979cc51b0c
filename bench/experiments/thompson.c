/* Regret of Thompson sampling on sets of arms that the peer (thompson_peer.py) makes the same way.
 *
 *     thompson SETS ARMS ROUNDS
 *
 * Set s has arms with rates u^2/4, where u is the splitmix64 number of (s, arm): both sides see the same arms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "stats/bandit.h"

static double rate_of(uint64_t set, uint64_t arm)
{
    uint64_t z = set * 1000003 + arm + 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    double u = (double)((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
    return 0.25 * u * u;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    long sets = strtol(argv[1], NULL, 10), k = strtol(argv[2], NULL, 10), rounds = strtol(argv[3], NULL, 10);
    double sum = 0, squares = 0;
    for (long s = 0; s < sets && k <= BANDIT_ARMS_MAX; s++) {
        struct bandit_arm arms[BANDIT_ARMS_MAX] = {{0}};
        double rate[BANDIT_ARMS_MAX], best = 0, regret = 0;
        struct rng rng;
        rng_init(&rng, 77, (uint64_t)s);
        for (long i = 0; i < k; i++) {
            rate[i] = rate_of((uint64_t)s, (uint64_t)i);
            best = fmax(best, rate[i]);
        }
        for (long t = 0; t < rounds; t++) {
            size_t a = bandit_draw_beta(arms, (size_t)k, 1, 1, &rng);
            double reward = rng_uniform(&rng) < rate[a];
            bandit_add(&arms[a], 1, reward, reward);
            regret += best - rate[a];
        }
        sum += regret;
        squares += regret * regret;
    }
    double n = (double)sets, mean = sum / n;
    printf("%.4f %.4f\n", mean, sqrt((squares / n - mean * mean) / n));
    return 0;
}
