#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void format_bounded(char *buf, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(buf, size, fmt, ap);
    if (n >= 0 && (size_t)n >= size)
        text_ellipsize(buf, size);
}

int error_set(struct error *err, int code, const char *what, const char *why_fmt, ...)
{
    if (err == NULL)
        return code;
    /* `what` or an argument may point into err itself (wrapping an inner error): format to a copy. */
    struct error fresh = {.code = code};
    int n = snprintf(fresh.what, sizeof fresh.what, "%s", what);
    if (n >= 0 && (size_t)n >= sizeof fresh.what)
        text_ellipsize(fresh.what, sizeof fresh.what);
    va_list ap;
    va_start(ap, why_fmt);
    format_bounded(fresh.why, sizeof fresh.why, why_fmt, ap);
    va_end(ap);
    *err = fresh;
    return code;
}

int error_hint(struct error *err, int code, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    va_list ap;
    va_start(ap, fmt);
    format_bounded(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    return code;
}

int error_nomem(struct error *err, const char *what)
{
    error_set(err, E_NOMEM, what, "out of memory");
    return error_hint(err, E_NOMEM, "close other programs, or work on less data at a time");
}

const char *error_name(int code)
{
    switch (code) {
    case E_OK: return "ok";
    case E_FAILED: return "failed";
    case E_USAGE: return "usage";
    case E_NOT_FOUND: return "not_found";
    case E_REFUSED: return "refused";
    case E_BAD_DATA: return "bad_data";
    case E_CONFLICT: return "conflict";
    case E_CANCELLED: return "cancelled";
    case E_NOMEM: return "no_memory";
    case E_IO: return "io";
    case E_CORRUPT: return "corrupt";
    default: return "failed";
    }
}

const char *error_meaning(int code)
{
    switch (code) {
#define X(name, value, exit, http, text)                                                                     \
    case E_##name: return text;
        ERROR_CODES(X)
#undef X
    default: return "";
    }
}

int error_exit_code(int code)
{
    switch (code) {
#define X(name, value, exit, http, text)                                                                     \
    case E_##name: return (exit);
        ERROR_CODES(X)
#undef X
    default: return code == 0 ? 0 : 1;
    }
}

int error_http_status(int code)
{
    switch (code) {
#define X(name, value, exit, http, text)                                                                     \
    case E_##name: return (http);
        ERROR_CODES(X)
#undef X
    default: return code == 0 ? 200 : 500;
    }
}
