/* bare: the fastest that libmicrohttpd answers a POST: the same bytes each time, nothing looked at.
 * Usage: bare PORT BYTES THREADS; runs until it is killed. */
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char body[1 << 16];

static enum MHD_Result answer(void *bytes, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *n, void **request)
{
    static int seen;
    (void)url, (void)method, (void)version, (void)data;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    if (*n > 0) {
        *n = 0;
        return MHD_YES;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer((size_t)(uintptr_t)bytes, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result done = MHD_queue_response(connection, 200, r);
    MHD_destroy_response(r);
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: bare PORT BYTES THREADS\n", stderr);
        return 2;
    }
    size_t n = strtoul(argv[2], NULL, 10);
    memset(body, 'x', sizeof body);
    if (n > sizeof body || MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)strtoul(argv[1], NULL, 10), NULL,
                                            NULL, answer, (void *)(uintptr_t)n, MHD_OPTION_THREAD_POOL_SIZE,
                                            (unsigned)strtoul(argv[3], NULL, 10), MHD_OPTION_END) == NULL)
        return 1;
    pause();
    return 0;
}
