/* str: a bounded string builder.
 *
 * Invariants: `data` is never NULL after the first append that succeeds (str_text gives "" before
 * that); it is NUL-terminated; `len` excludes the NUL.  A builder is given a maximum when it is
 * initialised and fails closed: after an append that does not fit, or that runs out of memory, it
 * holds what it held, `failed` is set, and every later append fails too, so that a caller may check
 * once at the end.  Owner: whoever calls str_init must call str_release (or str_take). */
#ifndef RECKON_BASE_STR_H
#define RECKON_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    char *data;
    size_t len, cap, max;
    bool failed;
};

void str_init(struct str *self, size_t max_bytes);
void str_release(struct str *self);
void str_cut(struct str *self, size_t len);        /* keeps the first `len` bytes */
void str_clear(struct str *self);                 /* empty again; keeps the memory; clears `failed` */
const char *str_text(const struct str *self);     /* borrowed, valid until the next change */
char *str_take(struct str *self);                 /* you own it (mem_free); NULL if failed; self is empty */

/* All return 0 or -1 (see `failed`). */
int str_append(struct str *self, const char *text, size_t len);
int str_puts(struct str *self, const char *text);
int str_putc(struct str *self, char c);
int str_printf(struct str *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int str_vprintf(struct str *self, const char *fmt, va_list ap);
void str_trim_end(struct str *self, char c); /* takes off every c at the end */
int str_pad(struct str *self, char c, size_t count);

#endif
