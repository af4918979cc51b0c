/* toml: a reader of the part of TOML 1.0 that people write settings and presets in.
 *
 * Comments, [tables] and [tables.within], keys (bare, or in quotes), and values on one line: strings, integers, floats
 * and booleans.  No arrays, no inline tables, no dotted keys: anything else is an error with its line.  An
 * entry is handed out at a time; what a key means, and whether it may occur twice, is the caller's.
 * Pure; the caller's memory only. */
#ifndef RECKON_BASE_TOML_H
#define RECKON_BASE_TOML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

enum { TOML_KEY_MAX = 128, TOML_VALUE_MAX = 4608 };

struct toml {
    const char *name; /* of the file, for errors */
    const char *hint; /* what to do about a wrong line; NULL: nothing to add */
    const char *next, *end;
    unsigned line;    /* of the entry handed out last */
    unsigned tables;  /* begun so far, also those without entries */
    char table[TOML_KEY_MAX];
};

struct toml_entry {
    char key[TOML_KEY_MAX];
    char value[TOML_VALUE_MAX]; /* of a number without its '_' */
    bool quoted;                /* it is a string */
};

void toml_init(struct toml *self, const char *name, const char *text, size_t n, const char *hint);

/* 1: the next entry, of the table self->table ("" before the first); 0: the end; E_BAD_DATA with "name:line". */
int toml_next(struct toml *self, struct toml_entry *entry, struct error *err);

/* An error about the entry handed out last, in the same form; returns E_BAD_DATA. */
int toml_bad(const struct toml *self, struct error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Appends `text` as a TOML string, or as a key (bare if it can be). */
int toml_put_string(struct str *out, const char *text);
int toml_put_key(struct str *out, const char *key);

#endif
