/* client: what the LLM client costs, against a service of this machine that answers by a script (client.sh).
 * Usage: client URL PAIRS CALLS; prints what it adds to an answer, what refusing big answers takes, and what CALLS at a time
 * take, in memory. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "llm/llm.h"

enum { TOKENS = 500 };

static const struct chat_message said[2] = {
    {"system", "You write texts for a shop about its products. Answer with one JSON object and nothing else."},
    {"user", "Describe it.\n<<<facts 0>>>\n{\"title\": \"Blue mug\", \"material\": \"porcelain\"}\n<<<end 0>>>"}};

struct ending {
    int n, good, rc;
    double seconds;
};

static void ended(void *context, const struct llm_outcome *outcome)
{
    struct ending *self = context;
    self->n++;
    self->good += outcome->rc == 0;
    self->rc = outcome->rc;
    self->seconds = outcome->seconds;
    if (outcome->rc != 0 && outcome->rc != E_CANCELLED)
        printf("  refused: %s\n", outcome->error.why);
}

static void submit(struct llm *llm, struct ending *ending, bool stream)
{
    struct llm_call call = {.request = {.messages = said, .n_messages = 2, .max_tokens = TOKENS, .temperature = -1, .seed = -1,
                                        .stream = stream}, .done = ended, .context = ending};
    if (llm_submit(llm, &call, NULL) != 0)
        exit(1);
}

static void run(struct llm *llm)
{
    struct error err;
    while (llm_pending(llm) > 0)
        if (llm_poll(llm, 1000, &err) != 0) {
            printf("%s: %s\n", err.what, err.why);
            exit(1);
        }
}

static size_t drop(char *bytes, size_t size, size_t n, void *context)
{
    (void)bytes, (void)context;
    return size * n;
}

/* The same request by curl alone, its connection kept. */
static CURL *bare_new(const char *url, struct str *body, const struct provider *p)
{
    static struct curl_slist *headers;
    static char where[2048];
    struct chat_request request = {.messages = said, .n_messages = 2, .max_tokens = TOKENS, .temperature = -1, .seed = -1};
    CURL *curl = curl_easy_init();
    if (curl == NULL || chat_body(p, &request, body, NULL) != 0)
        exit(1);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    snprintf(where, sizeof where, "%s/chat/completions", url);
    curl_easy_setopt(curl, CURLOPT_URL, where);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, str_text(body));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    return curl;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(double *x, int n, double share)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    return x[(int)(share * (n - 1))] * 1000;
}

static void overhead(struct llm *llm, const char *url, const struct provider *p, int pairs)
{
    struct str body;
    str_init(&body, 1 << 16);
    CURL *curl = bare_new(url, &body, p);
    double *bare = mem_zalloc((size_t)pairs, sizeof *bare), *ours = mem_zalloc((size_t)pairs, sizeof *ours),
           *more = mem_zalloc((size_t)pairs, sizeof *more);
    struct ending ending = {0};
    for (int i = -20; i < pairs; i++) { /* the first ones open connections */
        double begun = clock_seconds();
        if (curl_easy_perform(curl) != CURLE_OK)
            exit(1);
        double between = clock_seconds();
        submit(llm, &ending, false);
        run(llm);
        if (i >= 0) {
            bare[i] = between - begun;
            ours[i] = clock_seconds() - between;
            more[i] = ours[i] - bare[i];
        }
    }
    printf("%d pairs, %d answers: bare %.3f ms, client %.3f ms in the median; p95 %.3f and %.3f; it adds %.3f ms in the median\n", pairs,
           ending.good, at(bare, pairs, 0.5), at(ours, pairs, 0.5), at(bare, pairs, 0.95), at(ours, pairs, 0.95),
           at(more, pairs, 0.5));
    curl_easy_cleanup(curl);
    str_release(&body);
    mem_free(bare);
    mem_free(ours);
    mem_free(more);
}

static double most_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static double now_mb(void)
{
    long pages = 0, all = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &all, &pages) != 2)
        exit(1);
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

int main(int argc, char **argv)
{
    static const char *const whats[] = {"an answer of 30 MB", "an endless answer", "an endless answer, streamed"};
    if (argc != 4) {
        fputs("usage: client URL PAIRS CALLS\n", stderr);
        return 2;
    }
    int calls = atoi(argv[3]);
    static char model[] = "m";
    static struct providers providers = {.n = 1};
    struct provider *p = &providers.list[0];
    *p = (struct provider){.name = "local", .url = argv[1], .model = model, .schema = PROVIDER_SCHEMA_NONE, .timeout_seconds = 600,
                           .idle_seconds = 600, .in_flight = (uint32_t)calls};
    struct llm_options options = {.seed = 1};
    struct llm *llm;
    if (llm_new(&llm, &providers, &options, NULL) != 0)
        return 1;
    overhead(llm, argv[1], p, atoi(argv[2]));
    for (int i = 0; i < 3; i++) {
        struct ending ending = {0};
        double before = most_mb();
        submit(llm, &ending, i == 2);
        run(llm);
        printf("%s: %s after %.2f s, %.1f MB more at the most\n", whats[i], ending.rc == 0 ? "TAKEN" : "refused", ending.seconds,
               most_mb() - before);
    }
    struct ending ending = {0};
    double before = now_mb();
    for (int i = 0; i < calls; i++)
        submit(llm, &ending, i % 2 == 1);
    for (double end = clock_seconds() + 3; clock_seconds() < end;)
        llm_poll(llm, 100, NULL);
    printf("%d calls at a time from one thread, %u under way: %.1f MB more\n", calls, llm_pending(llm), now_mb() - before);
    llm_free(llm);
    return 0;
}
