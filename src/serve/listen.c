#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

enum { FIRST_PASSED_FD = 3, BACKLOG = 1024 };

bool listen_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_UNIX)
        return true;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        const unsigned char *b = in6.sin6_addr.s6_addr;
        return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && b[12] == 127);
    }
    return false;
}

/* What the socket is really bound to. */
static int describe(struct listener *self, struct error *err)
{
    struct sockaddr_storage address;
    socklen_t n = sizeof address;
    char host[64] = "", port[8] = "";
    if (getsockname(self->fd, (struct sockaddr *)&address, &n) != 0)
        return error_set(err, E_IO, "listen", "%s", strerror(errno));
    self->loopback = listen_is_loopback((struct sockaddr *)&address);
    if (address.ss_family == AF_UNIX) {
        snprintf(self->address, sizeof self->address, "unix socket");
        return 0;
    }
    if (getnameinfo((struct sockaddr *)&address, n, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return error_set(err, E_IO, "listen", "the address of the socket cannot be told");
    snprintf(self->address, sizeof self->address, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return 0;
}

static int prepare(struct listener *self, struct error *err)
{
    int flags = fcntl(self->fd, F_GETFL);
    if (flags < 0 || fcntl(self->fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(self->fd, F_SETFD, FD_CLOEXEC) != 0)
        return error_set(err, E_IO, "listen", "%s", strerror(errno));
    return describe(self, err);
}

/* One socket, meant for this process. */
static bool was_passed(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t who = 0, n = 0;
    bool mine = pid != NULL && fds != NULL && text_to_int64(pid, strlen(pid), &who) && who == (int64_t)getpid() &&
                text_to_int64(fds, strlen(fds), &n) && n >= 1;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return mine;
}

static int bad_address(const char *text, struct error *err)
{
    error_set(err, E_USAGE, text, "is not an address to listen on");
    return error_hint(err, E_USAGE, "write ADDRESS:PORT, as in 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080");
}

static int split(const char *text, char host[64], char port[8], struct error *err)
{
    const char *colon = strrchr(text, ':'), *start = text, *end = colon;
    int64_t number;
    if (colon == NULL || !text_to_int64(colon + 1, strlen(colon + 1), &number) || number < 0 || number > 65535)
        return bad_address(text, err);
    if (*start == '[' && end > start && end[-1] == ']') {
        start++;
        end--;
    }
    if (end - start < 1 || end - start >= 64)
        return bad_address(text, err);
    snprintf(host, 64, "%.*s", (int)(end - start), start);
    snprintf(port, 8, "%d", (int)number);
    return 0;
}

static int bind_to(struct listener *self, const struct addrinfo *a, const char *text, struct error *err)
{
    const int on = 1;
    self->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self->fd < 0)
        return error_set(err, E_IO, text, "%s", strerror(errno));
    setsockopt(self->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(self->fd, a->ai_addr, a->ai_addrlen) == 0 && listen(self->fd, BACKLOG) == 0)
        return 0;
    if (errno == EADDRINUSE) {
        error_set(err, E_CONFLICT, text, "another program listens there");
        return error_hint(err, E_CONFLICT, "give another port with --listen, or stop that program");
    }
    if (errno == EACCES)
        return error_set(err, E_REFUSED, text, "this user may not listen there (ports below 1024 are reserved)");
    return error_set(err, E_IO, text, "%s", strerror(errno));
}

int listener_open(struct listener *out, const char *text, struct error *err)
{
    char host[64], port[8];
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM},
                    *a = NULL;
    *out = (struct listener){.fd = -1};
    if (was_passed()) {
        *out = (struct listener){.fd = FIRST_PASSED_FD, .inherited = true};
        return prepare(out, err);
    }
    int rc = split(text, host, port, err);
    if (rc != 0)
        return rc;
    if (strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    if (getaddrinfo(host, port, &hints, &a) != 0)
        return bad_address(text, err);
    rc = bind_to(out, a, text, err);
    freeaddrinfo(a);
    if (rc == 0)
        rc = prepare(out, err);
    if (rc != 0)
        listener_close(out);
    return rc;
}

void listener_close(struct listener *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

void listen_notify(const char *message)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path != NULL ? strlen(path) : 0;
    if (n < 2 || n >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    close(fd);
}
