/* settings: the workspace's settings, reckon.toml.
 *
 * [console.keys] alone is not listed here: its names are the actions of the console (ui/action.h), which checks them.
 * SETTINGS is the only list of all others: name, type, default, range and help; the file that `reckon init` writes, its
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
    X(MODEL,           "recommend", "model",      TEXT,  "",          0,  0,     "", "model that answers; empty: the one in production, else the newest") \
    X(FRESH_DAYS,      "recommend", "fresh-days", INT,   "14",        0,  3650,  "", "an item is new (--fresh) that the model does not know, or that was first met so many days before the model's last event; 0: only the former") \
    X(HOLDOUT,         "experiment", "holdout",   REAL,  "0",         0,  1,     "", "share of users who take part in no experiment, to compare all of them with") \
    X(CHECK_SECONDS,   "experiment", "check-seconds", INT, "30",      1,  86400, "", "how often a running server looks at rollouts and bandits") \
    X(LISTEN,          "serve",     "listen",     TEXT,   "127.0.0.1:8080", 0, 0, "", "address and port to listen on; without keys only one of this machine") \
    X(LOOPS,           "serve",     "loops",      INT,    "0",        0,  64,    "", "threads that read requests and write answers; 0: one for each processor") \
    X(WORKERS,         "serve",     "workers",    INT,    "0",        0,  256,   "", "threads that compute answers; 0: one for each processor") \
    X(QUEUE,           "serve",     "queue",      INT,    "1024",     1,  1000000, "", "requests that may wait for a worker; above it they are turned away with 503") \
    X(QUEUE_MS,        "serve",     "queue-ms",   INT,    "100",      1,  60000, "", "longest wait for a worker in a burst; who would wait longer is turned away with 503") \
    X(STEADY_MS,       "serve",     "steady-ms",  INT,    "1",        1,  60000, "", "the same when the queue has not been shorter for half a second: more is asked for than can be computed") \
    X(BODY_KB,         "serve",     "body-kb",    INT,    "1024",     1,  65536, "", "largest body of a request in KiB") \
    X(BODIES_MB,       "serve",     "bodies-mb",  INT,    "256",      1,  65536, "", "all bodies of requests in memory in MiB; above it they are turned away with 503") \
    X(CONNECTIONS,     "serve",     "connections", INT,   "10000",    1,  1000000, "", "open connections") \
    X(PER_ADDRESS,     "serve",     "connections-per-address", INT, "0", 0, 1000000, "", "open connections of one address; 0: any number") \
    X(IDLE_SECONDS,    "serve",     "idle-seconds", INT,  "30",       1,  3600,  "", "a connection without a request is closed after so long") \
    X(REQUEST_SECONDS, "serve",     "request-seconds", INT, "20",     1,  3600,  "", "a request must have arrived, and its answer been taken, within so long") \
    X(GRACE_SECONDS,   "serve",     "grace-seconds", REAL, "5",       0,  300,   "", "after SIGTERM: answer as before for so long, while load balancers look elsewhere") \
    X(DRAIN_SECONDS,   "serve",     "drain-seconds", REAL, "20",      0,  300,   "", "after that: how long requests may take to finish") \
    X(RATE_PER_KEY,    "serve",     "rate-per-key", REAL, "0",        0,  1e9,   "", "requests a second of one key; 0: any number") \
    X(RATE_PER_ADDRESS, "serve",    "rate-per-address", REAL, "0",    0,  1e9,   "", "requests a second of one address; 0: any number") \
    X(BURST_SECONDS,   "serve",     "burst-seconds", REAL, "2",       0.1, 3600, "", "so many seconds' worth of requests may come at once") \
    X(CORS_ORIGINS,    "serve",     "cors-origins", TEXT, "",         0,  0,     "", "origins of pages that may call, as in https://shop.example, with blanks between them; *: any") \
    X(BROWSER_ATTRIBUTES, "serve",  "browser-attributes", TEXT, "price image", 0, 0, "", "attributes of items that keys of the role browser may read, with blanks between them") \
    X(DEMO,            "serve",     "demo",       CHOICE, "off",      0,  0,     "off|on", "the demo shop at /demo/; it shows items and a few customers' identifiers to whoever reaches the server") \
    X(DEMO_KEY,        "serve",     "demo-key",   TEXT,   "",         0,  0,     "", "key of the role browser for the pages of the demo shop, when there are keys") \
    X(CACHE_MB,        "serve",     "cache-mb",   INT,    "64",       0,  65536, "", "memory for answers that are still true, in MiB; 0: none are kept") \
    X(SLATES_SHARE,    "serve",     "slates-share", REAL, "1",        0,  1,     "", "share of the slates given out that are recorded, for `reckon slates report`; 0: none") \
    X(SLATES_DAYS,     "serve",     "slates-days", INT,   "30",       1,  36500, "", "recorded slates are forgotten after so many days") \
    X(ACCESS_LOG,      "serve",     "access-log", TEXT,   "-",        0,  0,     "", "file for one JSON line per request; -: standard error; empty: none") \
    X(DIALECTS,        "serve",     "dialects",   TEXT,   "",         0,  0,     "", "protocols of other servers that are spoken too: tfserving, sagemaker, opendsr; with commas between them") \
    X(TLS_CERTIFICATE, "serve",     "tls-certificate", TEXT, "",      0,  0,     "", "PEM file; with tls-key: HTTPS") \
    X(TLS_KEY,         "serve",     "tls-key",    TEXT,   "",         0,  0,     "", "PEM file that only the owner may read") \
    X(OPENDSR_CERTIFICATE, "serve", "opendsr-certificate", TEXT, "",  0,  0,     "", "PEM file; what the dialect opendsr signs with; empty: tls-certificate") \
    X(OPENDSR_KEY,     "serve",     "opendsr-key", TEXT,  "",         0,  0,     "", "PEM file of its key that only the owner may read") \
    X(OPENDSR_ERASURES, "privacy",  "opendsr-erasures", CHOICE, "now", 0, 0,     "now|approve", "erasures that come by OpenDSR: carried out at once, or when somebody has approved them") \
    X(CALLBACK_HOSTS,  "privacy",   "callback-hosts", TEXT, "",       0,  0,     "", "hosts that may be told what has become of requests, with blanks between them, as in: opendsr.example.com 127.0.0.1:9000; none: nobody") \
    X(CONSENT,         "privacy",   "consent",    CHOICE, "off",      0,  0,     "off|opt-in|opt-out", "what holds for people who said nothing: opt-in: nothing may be done; opt-out and off: everything; what somebody refused holds always") \
    X(CONSENT_REGIONS, "privacy",   "regions",    TEXT,   "",         0,  0,     "", "where it is different, as in: EEA opt-in, United Kingdom opt-in, US opt-out") \
    X(REGION_ATTRIBUTE, "privacy",  "region-attribute", TEXT, "country", 0, 0,   "", "attribute of people that says which region they are in") \
    X(AGE_ATTRIBUTE,   "privacy",   "age-attribute", TEXT, "age",     0,  0,     "", "attribute of people that says how old they are") \
    X(AGE_GATE,        "privacy",   "age-gate",   INT,    "0",        0,  99,    "", "who is younger needs the consent of a guardian, wherever they are; 0: nobody") \
    X(WITHOUT_CONSENT, "privacy",   "without-consent", CHOICE, "drop", 0, 0,     "drop|count", "events without consent to analytics: drop: not stored; count: only how many an item has on a day (those that are posted)") \
    X(GPC,             "privacy",   "gpc",        CHOICE, "sale",     0,  0,     "ignore|sale|personalisation", "what a browser with Global Privacy Control (Sec-GPC: 1) refuses, also where privacy.consent is off") \
    X(DUPLICATES,      "describe",  "duplicates", REAL,   "0.8",      0,  1,     "", "share of what two texts about different products have in common (runs of three words) from which they are near-duplicates; 0: nobody looks") \
    X(MIGRATION_COPIES, "backups", "migration-copies", INT, "1",       0,  1000,  "", "copies of the database made before a new schema that are kept, however old: the newest so many") \
    X(MIGRATION_DAYS,  "backups",   "migration-days", INT, "30",      0,  36500, "", "the others are removed when they are so many days old") \
    X(CAPTIONS,        "describe",  "captions",   CHOICE, "off",      0,  0,     "off|on", "whether the server has captions of recommendations written by the services in providers.toml; off: only those that are kept already, else sentences of its own") \
    X(CAPTION_LANGUAGES, "describe", "caption-languages", TEXT, "en", 0,  0,     "", "languages in which captions are written, with blanks between them") \
    X(THEME,           "console",   "theme",      CHOICE, "auto",     0,  0,     "auto|light|dark|contrast|mono", "how the console looks; auto borrows the terminal's own colours") \
    X(COLOURS,         "console",   "colours",    CHOICE, "auto",     0,  0,     "auto|none|8|16|256|true", "colours that the terminal can show; auto: what it says of itself, none with NO_COLOR") \
    X(CHARACTERS,      "console",   "characters", CHOICE, "auto",     0,  0,     "auto|braille|block|ascii", "what lines and plots are drawn with; auto: braille where the locale is UTF-8, else ascii") \
    X(MOUSE,           "console",   "mouse",      CHOICE, "on",       0,  0,     "on|off", "whether the console takes the mouse; shift leaves it to the terminal") \
    X(WHOLE_FRAMES,    "console",   "whole-frames", CHOICE, "on",     0,  0,     "on|off", "ask the terminal to show each frame at once (mode 2026); off where that garbles the screen")

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
