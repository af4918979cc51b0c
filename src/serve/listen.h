/* listen: the socket that the server listens on, and the two words with systemd: socket activation and readiness. */
#ifndef RECKON_SERVE_LISTEN_H
#define RECKON_SERVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"

struct listener {
    int fd;
    bool inherited;   /* by socket activation */
    bool loopback;    /* only this machine can reach it */
    char address[80]; /* "127.0.0.1:8080", "[::1]:8080", or the path of a unix socket */
};

/* A socket that systemd passed on (LISTEN_FDS), else a new one on `text`, ADDRESS:PORT.  Non-blocking.
 * E_USAGE: no such address; E_CONFLICT: taken; E_IO. */
int listener_open(struct listener *out, const char *text, struct error *err);
void listener_close(struct listener *self);

/* Is the peer on this machine? */
bool listen_is_loopback(const struct sockaddr *address);

/* Sends one datagram to $NOTIFY_SOCKET ("READY=1\nSTATUS=…"); nothing when there is none.  systemd is told
 * what it asked for and never waited for. */
void listen_notify(const char *message);

#endif
