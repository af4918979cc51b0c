/* open_loop: requests at a constant rate, whether or not the server keeps up.
 *
 * Request i is due at i / rate.  When every connection is busy it waits, and its latency counts from when it was due:
 * a stall of the server shows in all the requests that it held up, which a closed loop hides.
 *
 * Usage: open_loop PORT PATH BODIES RATE SECONDS CONNECTIONS [TOKEN]
 * BODIES: a file, one body a line, taken in a pseudo-random order.  Prints one JSON object. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, SUB_BUCKETS = 64, BUCKETS = 64 * SUB_BUCKETS, WARM_SECONDS = 1 };

struct request {
    char *text;
    size_t n;
};

struct link {
    int fd;
    int64_t due_ns; /* of the request under way; 0: idle */
    char *answer;
    size_t n;
    struct link *next_idle;
};

struct run {
    int port, epoll;
    struct request *requests;
    size_t n_requests;
    double rate;
    struct link *links, *idle;
    size_t n_links;
    uint64_t sent, by_class[6], failed, counted;
    uint64_t histogram[BUCKETS];
    int64_t max_ns, begin_ns, end_ns;
    uint64_t order;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Buckets of 1/64 of their size: about 1.6 % exact, as an HdrHistogram's. */
static unsigned bucket_of(int64_t ns)
{
    uint64_t v = ns < 0 ? 0 : (uint64_t)ns;
    if (v < SUB_BUCKETS)
        return (unsigned)v;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(v) - 6;
    unsigned b = (exponent + 1) * SUB_BUCKETS + (unsigned)(v >> exponent) - SUB_BUCKETS;
    return b < BUCKETS ? b : BUCKETS - 1;
}

static double value_of(unsigned bucket)
{
    unsigned exponent = bucket / SUB_BUCKETS;
    if (exponent == 0)
        return bucket;
    return (double)((uint64_t)(SUB_BUCKETS + bucket % SUB_BUCKETS) << (exponent - 1));
}

static double percentile_ms(const struct run *r, double share)
{
    uint64_t want = (uint64_t)(share * (double)r->counted), seen = 0;
    for (unsigned b = 0; b < BUCKETS; b++) {
        seen += r->histogram[b];
        if (seen > want)
            return value_of(b) / 1e6;
    }
    return (double)r->max_ns / 1e6;
}

static void open_link(struct run *r, struct link *l)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)r->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = l};
    epoll_ctl(r->epoll, EPOLL_CTL_ADD, l->fd, &e);
    l->n = 0;
}

static void make_idle(struct run *r, struct link *l)
{
    l->due_ns = 0;
    l->n = 0;
    l->next_idle = r->idle;
    r->idle = l;
}

static void send_next(struct run *r, int64_t due_ns)
{
    struct link *l = r->idle;
    r->idle = l->next_idle;
    r->order = r->order * 6364136223846793005u + 1442695040888963407u;
    const struct request *q = &r->requests[(r->order >> 33) % r->n_requests];
    l->due_ns = due_ns;
    if (send(l->fd, q->text, q->n, MSG_NOSIGNAL) != (ssize_t)q->n) {
        r->failed++;
        close(l->fd);
        open_link(r, l);
        make_idle(r, l);
    }
    r->sent++;
}

static void count(struct run *r, const struct link *l, int status)
{
    int64_t ns = now_ns() - l->due_ns;
    if (l->due_ns < r->begin_ns + WARM_SECONDS * 1000000000ll)
        return;
    r->by_class[status >= 100 && status < 600 ? status / 100 : 0]++;
    if (status >= 300)
        return; /* what was turned away is counted apart: percentiles are of what was accepted */
    r->counted++;
    r->histogram[bucket_of(ns)]++;
    r->max_ns = ns > r->max_ns ? ns : r->max_ns;
}

/* The whole answer is there: its length; else 0. */
static size_t is_whole(const struct link *l)
{
    static const char field[] = "\ncontent-length: ";
    const char *end = memmem(l->answer, l->n, "\r\n\r\n", 4), *at = l->answer;
    if (end == NULL)
        return 0;
    while (at < end && strncasecmp(at, field, sizeof field - 1) != 0)
        at++;
    if (at == end)
        return 0;
    size_t n = (size_t)(end + 4 - l->answer) + strtoul(at + sizeof field - 1, NULL, 10);
    return l->n >= n ? n : 0;
}

static void read_link(struct run *r, struct link *l)
{
    ssize_t n = recv(l->fd, l->answer + l->n, ANSWER_MAX - l->n - 1, 0);
    if (n <= 0) {
        r->failed += l->due_ns != 0;
        close(l->fd);
        open_link(r, l);
        if (l->due_ns != 0)
            make_idle(r, l);
        return;
    }
    l->n += (size_t)n;
    l->answer[l->n] = '\0';
    if (l->due_ns == 0 || is_whole(l) == 0)
        return;
    count(r, l, (int)strtol(l->answer + 9, NULL, 10));
    make_idle(r, l);
}

static void loop(struct run *r)
{
    struct epoll_event events[256];
    r->begin_ns = now_ns();
    for (int64_t now = r->begin_ns; now < r->end_ns; now = now_ns()) {
        int64_t due = r->begin_ns + (int64_t)((double)r->sent * 1e9 / r->rate);
        while (due <= now && r->idle != NULL) {
            send_next(r, due);
            due = r->begin_ns + (int64_t)((double)r->sent * 1e9 / r->rate);
        }
        int64_t wait = due > now ? due - now : 1000000;
        struct timespec t = {wait / 1000000000, wait % 1000000000};
        int n = epoll_pwait2(r->epoll, events, 256, &t, NULL);
        for (int i = 0; i < n; i++)
            read_link(r, events[i].data.ptr);
    }
}

static void read_bodies(struct run *r, const char *file, const char *path, const char *token)
{
    FILE *in = fopen(file, "r");
    char *line = NULL, key[256] = "";
    size_t cap = 0, cap_requests = 0;
    ssize_t n;
    if (in == NULL) {
        perror(file);
        exit(1);
    }
    if (token != NULL)
        snprintf(key, sizeof key, "Authorization: Bearer %s\r\n", token);
    while ((n = getline(&line, &cap, in)) > 0) {
        n -= line[n - 1] == '\n';
        if (r->n_requests == cap_requests) {
            cap_requests = cap_requests * 2 + 64;
            r->requests = realloc(r->requests, cap_requests * sizeof *r->requests);
        }
        struct request *q = &r->requests[r->n_requests++];
        q->n = (size_t)asprintf(&q->text, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s"
                                          "Content-Length: %zd\r\n\r\n%.*s", path, key, n, (int)n, line);
    }
    free(line);
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc < 7) {
        fputs("usage: open_loop PORT PATH BODIES RATE SECONDS CONNECTIONS [TOKEN]\n", stderr);
        return 2;
    }
    struct run r = {.port = atoi(argv[1]), .rate = atof(argv[4]), .n_links = strtoul(argv[6], NULL, 10), .order = 1};
    double seconds = atof(argv[5]);
    read_bodies(&r, argv[3], argv[2], argc > 7 ? argv[7] : NULL);
    r.epoll = epoll_create1(EPOLL_CLOEXEC);
    r.links = calloc(r.n_links, sizeof *r.links);
    for (size_t i = 0; i < r.n_links; i++) {
        r.links[i].answer = malloc(ANSWER_MAX);
        open_link(&r, &r.links[i]);
        make_idle(&r, &r.links[i]);
    }
    r.end_ns = now_ns() + (int64_t)((seconds + WARM_SECONDS) * 1e9);
    loop(&r);
    printf(
        "{\"rate\":%.0f,\"accepted_per_second\":%.0f,\"p50_ms\":%.3f,\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"p99.9_ms\":%.3f,"
        "\"max_ms\":%.3f,\"accepted\":%llu,\"status_4xx\":%llu,\"status_5xx\":%llu,\"broken\":%llu}\n",
        r.rate, (double)r.counted / seconds, percentile_ms(&r, .5), percentile_ms(&r, .95), percentile_ms(&r, .99),
        percentile_ms(&r, .999), (double)r.max_ns / 1e6, (unsigned long long)r.counted,
        (unsigned long long)r.by_class[4], (unsigned long long)r.by_class[5], (unsigned long long)r.failed);
    return 0;
}
