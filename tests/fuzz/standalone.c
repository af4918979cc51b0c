/* Runs a fuzz target without libFuzzer: all seeds as they are, then a fixed number of their mutations, the same
 * ones every time.
 *
 * usage: fuzz_NAME [FILE or DIRECTORY …]     (none: $RECKON_SOURCE/tests/fuzz/seeds/NAME)
 * FUZZ_RUNS: how many mutations (20000).  An input that crashes is kept as crash-fuzz_NAME. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 1 << 16, SEEDS_MAX = 256 };

struct input {
    uint8_t *data;
    size_t n;
};

static struct input seeds[SEEDS_MAX];
static size_t n_seeds;
static struct input current; /* for the handler */
static char crash_file[256];

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void keep_current(void)
{
    int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0 && write(fd, current.data, current.n) == (ssize_t)current.n)
        close(fd);
}

static void on_signal(int sig)
{
    keep_current();
    signal(sig, SIG_DFL);
    raise(sig);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not by locale: the mutations depend on the order */
}

static void add_seeds(const char *path)
{
    if (fs_is_dir(path)) {
        struct dirent **names;
        int n = scandir(path, &names, NULL, by_name);
        for (int i = 0; i < n; i++) {
            char file[FS_PATH_MAX];
            if (names[i]->d_name[0] != '.' && fs_join(file, sizeof file, path, names[i]->d_name) == 0)
                add_seeds(file);
            free(names[i]);
        }
        if (n >= 0)
            free(names);
        return;
    }
    char *data;
    size_t n;
    struct error err;
    if (fs_read_all(path, INPUT_MAX, &data, &n, &err) != 0 || n_seeds == SEEDS_MAX) {
        fprintf(stderr, "%s: cannot be used as a seed\n", path);
        exit(EXIT_FAILURE);
    }
    seeds[n_seeds++] = (struct input){(uint8_t *)data, n};
}

static void run(const uint8_t *data, size_t n)
{
    /* a copy of exactly this size, so that a sanitizer sees a read behind the end */
    current = (struct input){mem_dup(data, n), n};
    if (LLVMFuzzerTestOneInput(current.data, n) != 0)
        abort();
    mem_free(current.data);
    current = (struct input){0};
}

/* Replaces `cut` bytes at `at` by n others, as far as there is room. */
static size_t replace(uint8_t *buf, size_t len, size_t at, size_t cut, const uint8_t *with, size_t n)
{
    if (len - cut + n > INPUT_MAX)
        return len;
    memmove(buf + at + n, buf + at + cut, len - at - cut);
    memcpy(buf + at, with, n);
    return len - cut + n;
}

static size_t mutate(struct rng *rng, uint8_t *buf, size_t len)
{
    static const int64_t numbers[] = {0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, INT32_MAX, INT32_MIN,
                                      UINT32_MAX, INT64_MAX, INT64_MIN, 16 << 20};
    uint8_t bytes[64];
    size_t at = rng_below(rng, len + 1), left = len - at;
    size_t some = rng_below(rng, (left < sizeof bytes ? left : sizeof bytes) + 1);
    switch (rng_below(rng, 8)) {
    case 0: /* a bit */
        if (left > 0)
            buf[at] ^= (uint8_t)(1u << rng_below(rng, 8));
        return len;
    case 1: /* a byte */
        if (left > 0)
            buf[at] = (uint8_t)rng_next(rng);
        return len;
    case 2: /* leave some out */
        return replace(buf, len, at, some, bytes, 0);
    case 3: /* twice */
        memcpy(bytes, buf + at, some);
        return replace(buf, len, at, 0, bytes, some);
    case 4: { /* an interesting binary number over what is there */
        int64_t v = numbers[rng_below(rng, sizeof numbers / sizeof numbers[0])];
        size_t width = (size_t)1 << rng_below(rng, 4);
        if (left >= width)
            memcpy(buf + at, &v, width);
        return len;
    }
    case 5: { /* or as digits */
        int64_t v = numbers[rng_below(rng, sizeof numbers / sizeof numbers[0])];
        int n = snprintf((char *)bytes, sizeof bytes, "%lld", (long long)v);
        return replace(buf, len, at, rng_below(rng, 2) ? some : 0, bytes, (size_t)n);
    }
    case 6: { /* a word of the format */
        size_t n = 0;
        while (fuzz_words[n] != NULL)
            n++;
        if (n == 0)
            return len;
        const char *word = fuzz_words[rng_below(rng, n)];
        return replace(buf, len, at, rng_below(rng, 2) ? some : 0, (const uint8_t *)word, strlen(word));
    }
    default: { /* a piece of another seed */
        const struct input *other = &seeds[rng_below(rng, n_seeds)];
        size_t from = rng_below(rng, other->n + 1), n = rng_below(rng, other->n - from + 1);
        return replace(buf, len, at, rng_below(rng, 2) ? some : left, other->data + from, n);
    }
    }
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    const char *source = getenv("RECKON_SOURCE"), *wanted = getenv("FUZZ_RUNS");
    snprintf(crash_file, sizeof crash_file, "crash-%s", name);
    for (int i = 1; i < argc; i++)
        add_seeds(argv[i]);
    if (argc == 1) {
        char path[FS_PATH_MAX];
        snprintf(path, sizeof path, "%s/tests/fuzz/seeds/%s", source != NULL ? source : ".",
                 strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
        add_seeds(path);
    }
    if (n_seeds == 0) {
        fprintf(stderr, "%s: no seeds\n", name);
        return EXIT_FAILURE;
    }
    const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(keep_current);
    else
        for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
            signal(fatal[i], on_signal);

    for (size_t i = 0; i < n_seeds; i++)
        run(seeds[i].data, seeds[i].n);
    run((const uint8_t *)"", 0);
    unsigned long runs = wanted != NULL ? strtoul(wanted, NULL, 10) : 20000;
    static uint8_t buf[INPUT_MAX];
    for (unsigned long r = 0; r < runs; r++) {
        struct rng rng;
        rng_init(&rng, 1, r);
        const struct input *seed = &seeds[rng_below(&rng, n_seeds)];
        size_t len = seed->n;
        memcpy(buf, seed->data, len);
        for (size_t m = 1 + rng_below(&rng, 6); m > 0; m--)
            len = mutate(&rng, buf, len);
        run(buf, len);
    }
    for (size_t i = 0; i < n_seeds; i++)
        mem_free(seeds[i].data);
    printf("%s: %zu seeds and %lu mutations\n", name, n_seeds, runs);
    return EXIT_SUCCESS;
}
