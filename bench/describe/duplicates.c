/* How long it takes to tell near-duplicates among many texts, and what of those that were planted is found.
 *
 *   bench/describe/duplicates [TEXTS]      default 500,000, of about 60 words
 *
 * Words are drawn from 20,000 by Zipf's law, so that texts share phrases as a shop's do; one text of a hundred is another one
 * with a few words changed.  What is found is compared with the Jaccard index of each planted pair. */
#include "../common.h"
#include "base/str.h"
#include "describe/duplicates.h"

#include <math.h>
#include <sys/resource.h>

enum { VOCABULARY = 20000, WORDS_LEAST = 40, WORDS_MOST = 80, PLANTED_EVERY = 100 };

static double cumulated[VOCABULARY];

static unsigned draw_word(struct rng *rng)
{
    double u = rng_uniform(rng) * cumulated[VOCABULARY - 1];
    unsigned from = 0, to = VOCABULARY - 1;
    while (from < to) {
        unsigned at = (from + to) / 2;
        if (cumulated[at] < u)
            from = at + 1;
        else
            to = at;
    }
    return from;
}

/* Text i; every hundredth is the one before with 0 to 4 words changed. */
static void write_text(struct str *out, uint64_t i)
{
    bool planted = i % PLANTED_EVERY == 1;
    struct rng rng, change;
    rng_init(&rng, 7, planted ? i - 1 : i);
    rng_init(&change, 8, i);
    unsigned n = WORDS_LEAST + (unsigned)rng_below(&rng, WORDS_MOST - WORDS_LEAST), changes = (unsigned)rng_below(&change, 5);
    unsigned words[WORDS_MOST];
    for (unsigned k = 0; k < n; k++)
        words[k] = draw_word(&rng);
    for (unsigned k = 0; planted && k < changes; k++)
        words[rng_below(&change, n)] = draw_word(&change);
    str_clear(out);
    for (unsigned k = 0; k < n; k++)
        str_printf(out, "w%x%s", words[k], k % 12 == 11 ? ". " : " ");
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)atol(argv[1]) : 500000, found = 0, planted = 0, missed = 0, others = 0;
    double threshold = 0.8, took = 0;
    struct duplicates *all;
    struct shingles now = {0}, before = {0};
    struct str text;
    struct rusage usage;
    str_init(&text, 1 << 16);
    for (unsigned i = 0; i < VOCABULARY; i++)
        cumulated[i] = (i > 0 ? cumulated[i - 1] : 0) + 1.0 / (i + 1);
    if (duplicates_new(&all, threshold, NULL) != 0)
        die("memory");
    for (size_t i = 0; i < n; i++) {
        int64_t other = 0;
        double alike = 0;
        write_text(&text, i);
        struct moment a = moment();
        if (shingles_make(&now, str_text(&text), NULL) != 0)
            die("memory");
        bool is = duplicates_find(all, (int64_t)i + 1, &now, &other, &alike);
        if (duplicates_add(all, (int64_t)i + 1, &now, NULL) != 0)
            die("memory");
        struct moment b = moment();
        took += b.cpu - a.cpu;
        bool wanted = i % PLANTED_EVERY == 1 && shingles_alike(now.list, now.n, before.list, before.n) >= threshold;
        planted += wanted;
        found += wanted && is;
        missed += wanted && !is;
        others += is && !wanted;
        struct shingles swap = before;
        before = now;
        now = swap;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu texts: %.1f s of processor, %.1f us a text, %ld MB; of %zu planted pairs %zu found (%.5f), %zu missed; %zu others\n",
           n, took, 1e6 * took / (double)n, usage.ru_maxrss / 1024, planted, found, (double)found / (double)planted, missed, others);
    shingles_release(&now);
    shingles_release(&before);
    duplicates_free(all);
    str_release(&text);
    return 0;
}
