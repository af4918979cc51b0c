#include "stats/interleave.h"

#include <math.h>

#include "stats/discrete.h"
#include "stats/moments.h"
#include "stats/proportion.h"

static bool shown(const uint32_t *items, size_t n, uint32_t item)
{
    for (size_t i = 0; i < n; i++)
        if (items[i] == item)
            return true;
    return false;
}

int interleave_team_draft(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t length, struct rng *rng,
                          uint32_t *items, uint8_t *team, size_t *n, struct error *err)
{
    const uint32_t *list[2] = {a, b};
    size_t size[2] = {na, nb}, next[2] = {0, 0}, count = 0;
    if (length == 0 || length > 10000)
        return error_set(err, E_BAD_DATA, "interleaving", "a list of %zu items cannot be made", length);
    while (count < length) {
        uint8_t first = (uint8_t)(rng_next(rng) >> 63);
        size_t before = count;
        for (uint8_t turn = 0; turn < 2 && count < length; turn++) {
            uint8_t who = first ^ turn;
            while (next[who] < size[who] && shown(items, count, list[who][next[who]]))
                next[who]++;
            if (next[who] < size[who]) {
                items[count] = list[who][next[who]++];
                team[count++] = who;
            }
        }
        if (count == before)
            break;
    }
    *n = count;
    return 0;
}

int interleave_compare(const double *clicks_a, const double *clicks_b, size_t n, enum outcome_alternative alternative,
                       double alpha, struct interleave_answer *out, struct error *err)
{
    struct moments difference = {0};
    struct interleave_answer r = {.p = 1, .high = 1, .mean_p = 1};
    int rc = outcome_check_alpha(alpha, "interleaving", err);
    if (rc == 0)
        rc = outcome_check_values(clicks_a, n, "clicks of A", err);
    if (rc == 0)
        rc = outcome_check_values(clicks_b, n, "clicks of B", err);
    if (rc != 0)
        return rc;
    if (n == 0) {
        error_set(err, E_BAD_DATA, "interleaving", "there are no users");
        return error_hint(err, E_BAD_DATA, "wait for clicks");
    }
    for (size_t i = 0; i < n; i++) {
        r.wins_a += clicks_a[i] > clicks_b[i];
        r.wins_b += clicks_b[i] > clicks_a[i];
        r.ties += clicks_a[i] == clicks_b[i];
        moments_add(&difference, clicks_b[i] - clicks_a[i]);
    }
    double decided = r.wins_a + r.wins_b;
    r.preference = (r.wins_b + 0.5 * r.ties) / (double)n - 0.5;
    if (decided > 0) {
        double up = discrete_binomial_sf(r.wins_b - 1, decided, 0.5),
               down = discrete_binomial_cdf(r.wins_b, decided, 0.5);
        r.p = alternative == OUTCOME_GREATER ? up : alternative == OUTCOME_LESS ? down : fmin(2 * fmin(up, down), 1);
        struct proportion share = {r.wins_b, decided};
        rc = proportion_interval(&share, PROPORTION_WILSON, alpha, &r.low, &r.high, err);
    }
    r.log_p = log(r.p);
    double se = n > 1 ? sqrt(moments_variance(&difference) / difference.n) : 0, log_p;
    if (se > 0) {
        r.mean_t = difference.mean / se;
        r.mean_p = outcome_p(r.mean_t, difference.n - 1, alternative, &log_p);
    }
    if (rc == 0)
        *out = r;
    return rc;
}
