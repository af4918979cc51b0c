/* error: the one error type of reckon.
 *
 * A function that can fail returns 0 or a negative `enum error_code`, and takes an optional last
 * parameter `struct error *` that it fills with words for people.  The struct is plain storage of
 * fixed size: reporting an error never allocates.  Passing NULL is allowed everywhere.
 *
 * The text follows one pattern, printed as `reckon: what: why; what to do`:
 *   what  the thing that was being done, or the place (`u.data:17: field 'time'`)
 *   why   what is wrong with it
 *   hint  what the person can do next (may be empty)
 *
 * ERROR_CODES is the only list: enum, name, exit code and HTTP status all come from it.
 * Thread rule: a struct error belongs to one thread at a time. */
#ifndef RECKON_BASE_ERROR_H
#define RECKON_BASE_ERROR_H

#include <stdarg.h>

/*      name        value exit http  meaning */
#define ERROR_CODES(X)                                                                                       \
    X(FAILED, -1, 1, 500, "failed")                                                                          \
    X(USAGE, -2, 2, 400, "wrong usage")                                                                      \
    X(NOT_FOUND, -3, 3, 404, "not found")                                                                    \
    X(REFUSED, -4, 4, 403, "refused")                                                                        \
    X(BAD_DATA, -5, 5, 422, "bad data")                                                                      \
    X(CONFLICT, -6, 6, 409, "conflict or busy")                                                              \
    X(CANCELLED, -7, 130, 499, "cancelled")                                                                  \
    X(NOMEM, -8, 1, 507, "out of memory")                                                                    \
    X(IO, -9, 1, 500, "input or output failed")                                                              \
    X(CORRUPT, -10, 1, 500, "damaged data")

enum error_code {
    E_OK = 0,
#define X(name, value, exit, http, text) E_##name = (value),
    ERROR_CODES(X)
#undef X
};

struct error {
    int code;
    char what[160];
    char why[512];
    char hint[320];
};

/* Sets code, what and why ("%s" style), clears the hint; returns `code`, so that a caller may
 * `return error_set(err, E_IO, path, "%s", strerror(errno));`.  Overlong text is cut at a UTF-8
 * boundary and ends in an ellipsis. */
int error_set(struct error *err, int code, const char *what, const char *why_fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the hint to an error that was just set; returns err->code (or E_FAILED when err is NULL and
 * code is needed, so prefer `error_set(...); return error_hint(err, code, ...)`). */
int error_hint(struct error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Out of memory while doing `what`; returns E_NOMEM. */
int error_nomem(struct error *err, const char *what);

const char *error_name(int code);      /* "not_found"; stable, used in JSON */
const char *error_meaning(int code);   /* "not found"; says nothing of the case at hand */
int error_exit_code(int code);         /* the process exit status of the code */
int error_http_status(int code);

#endif
