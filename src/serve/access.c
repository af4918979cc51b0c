/* Who calls, what they may do, and how often. */
#include "serve/access.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/rng.h"
#include "serve/server.h"

/* A page of another origin must not reach a server without keys by giving its own name this machine's address. */
static bool names_this_machine(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    if (host == NULL)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

enum { SALT_KEY = 1, SALT_ADDRESS, SALT_REFUSED };

static uint64_t bucket(uint64_t name, unsigned salt)
{
    const uint64_t both[] = {name, salt};
    return rng_key(both, sizeof both);
}

static void limited(struct call *call, int wait_s)
{
    call_problem(call, 429, "too_many_requests", "more requests than allowed; try again in %d s", wait_s);
    call->retry_after = wait_s;
    meters_add(&call->server->meters.limited, 1);
}

enum { WRONG_KEYS_A_SECOND = 10, WRONG_KEYS_SECONDS = 10 };

/* `wrong`: a key was shown, and it is none.  Those are answered ten times a second, after the first hundred; a right
 * one always is, whoever else tries from the same address. */
static void unauthorized(struct call *call, bool wrong, const char *why)
{
    int wait_s;
    meters_add(&call->server->meters.refused, 1);
    if (!wrong || limiter_take(call->server->limiter, bucket(call->address, SALT_REFUSED), WRONG_KEYS_A_SECOND,
                               WRONG_KEYS_SECONDS, clock_monotonic_us(), &wait_s))
        call_problem(call, 401, "unauthorized", "%s", why);
    else
        limited(call, wait_s);
}

bool access_identify(struct call *call, const char *authorization, const char *host)
{
    const struct view *view = call->view;
    if (!view->any_key && call->server->listener.loopback && call->local && authorization == NULL) {
        if (!names_this_machine(host)) {
            call_problem(call, 403, "forbidden",
                         "without keys the server answers only to its own name on this machine");
            return false;
        }
        call->roles = KEY_SERVE | KEY_INGEST;
        return true;
    }
    if (authorization == NULL)
        return true; /* enough for routes that are open */
    const char *token = authorization;
    if (strncasecmp(token, "Bearer ", 7) != 0) {
        unauthorized(call, true, "the key is to be sent as: Authorization: Bearer TOKEN");
        return false;
    }
    token += 7 + strspn(token + 7, " ");
    const struct view_key *key = view_find_key(view, token, strlen(token), clock_now_ms());
    if (key == NULL) {
        unauthorized(call, true, "the key is not known, has been revoked, or has expired");
        return false;
    }
    call->key = key->key;
    call->roles = key->roles;
    return true;
}

bool access_authorize(struct call *call)
{
    unsigned access = call->route->access;
    bool known = call->roles != 0,
         /* no keys, and other machines can come: only what a dialect's platform vouches for is open */
         by_platform = !call->view->any_key && !call->server->listener.loopback;
    if ((access & OPEN_BY_PLATFORM) != 0 || (access == OPEN_TO_ALL && !by_platform) ||
        (access == FOR_ANY_KEY && (call->roles & ~KEY_BROWSER) != 0) || (call->roles & access) != 0)
        return true;
    if (!known) {
        unauthorized(call, false, "this needs a key: Authorization: Bearer TOKEN (`reckon keys create` makes one)");
        return false;
    }
    call_problem(call, 403, "forbidden", call->key == 0 ? "this needs a key, also on this machine"
                                                         : "the key has not the role that this needs");
    meters_add(&call->server->meters.refused, 1);
    return false;
}

bool access_within_rate(struct call *call)
{
    const struct settings *s = &call->view->settings;
    double per_key = settings_real(s, SETTING_ID_RATE_PER_KEY),
           per_address = settings_real(s, SETTING_ID_RATE_PER_ADDRESS);
    int wait_s = 0;
    if (per_key <= 0 && per_address <= 0)
        return true;
    double burst = settings_real(s, SETTING_ID_BURST_SECONDS);
    bool good =
        per_key <= 0 || call->key == 0 ||
        limiter_take(call->server->limiter, bucket((uint64_t)call->key, SALT_KEY), per_key, burst, clock_monotonic_us(), &wait_s);
    good = good && (per_address <= 0 || limiter_take(call->server->limiter, bucket(call->address, SALT_ADDRESS),
                                                     per_address, burst, clock_monotonic_us(), &wait_s));
    if (!good)
        limited(call, wait_s);
    return good;
}
