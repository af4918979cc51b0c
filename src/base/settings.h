/* settings: the workspace's settings, reckon.toml.
 *
 * SETTINGS is the only list: name, type, default, range and help; the file that `reckon init` writes, its
 * reader and `reckon settings` are views of it.  The file is TOML 1.0 restricted to what settings need:
 * comments, [tables], bare keys, and one-line strings, integers, floats and booleans.  Anything else, an
 * unknown name, a wrong type or a value out of range is an error with its line: a setting that is
 * silently ignored is worse than none.
 *
 * A command's own option always wins over a setting.  Read-only after settings_load; thread-safe then. */
#ifndef RECKON_BASE_SETTINGS_H
#define RECKON_BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

/*    id               table        key           type   default      min max    choices             help */
#define SETTINGS(X)                                                                                                  \
    X(THREADS,         "run",       "threads",    INT,   "0",         0,  256,   "", "worker threads; 0: one for each processor") \
    X(MAX_BAD,         "import",    "max-bad",    REAL,  "0.01",      0,  1,     "", "share of bad rows at which an import stops") \
    X(MODE,            "recommend", "mode",       CHOICE, "discover", 0,  0,     "repeat|discover", "may items that the user already has be recommended") \
    X(SLATE_SIZE,      "recommend", "n",          INT,   "10",        1,  10000, "", "items in an answer")            \
    X(MODEL,           "recommend", "model",      TEXT,  "",          0,  0,     "", "model that answers; empty: the one in production, else the newest")

enum setting_type { SETTING_INT, SETTING_REAL, SETTING_TEXT, SETTING_CHOICE };

enum setting_id {
#define X(id, table, key, type, text, min, max, choices, help) SETTING_ID_##id,
    SETTINGS(X)
#undef X
    SETTING_COUNT
};

struct setting_spec {
    const char *table, *key;
    enum setting_type type;
    const char *default_text;
    double min, max;
    const char *choices, *help;
};

extern const struct setting_spec setting_specs[SETTING_COUNT];

enum { SETTING_TEXT_MAX = 128 };

struct settings {
    char text[SETTING_COUNT][SETTING_TEXT_MAX]; /* the value as text, checked */
    bool from_file[SETTING_COUNT];
};

void settings_init(struct settings *self); /* all defaults */

/* Reads `path` over the defaults; a missing file is fine.  E_BAD_DATA with "reckon.toml:12". */
int settings_load(struct settings *self, const char *path, struct error *err);
int settings_parse(struct settings *self, const char *name, const char *text, size_t n, struct error *err);

const char *settings_text(const struct settings *self, enum setting_id id);
double settings_real(const struct settings *self, enum setting_id id);
long settings_int(const struct settings *self, enum setting_id id);

/* A file with every setting, commented out at its default, for a new workspace. */
int settings_template(struct str *out);

#endif
