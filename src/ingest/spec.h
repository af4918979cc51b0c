/* spec: all that says how a file is to be read: its form, what each column is, and the cleaning it needs.
 *
 * A spec comes from a preset, from options on the command line, or both, and is kept as text with each
 * import, so that a row in quarantine can be read again.  As text it is TOML (base/toml.h):
 *
 *   entity = "events"                  # or items, users
 *   about = "what the data set is"
 *   format = "csv"                     # or jsonl, sequence; absent: found
 *   delimiter = "\t"                   # absent: found
 *   header = false                     # columns are then named 1, 2, …
 *   quotes = false                     # a quote is an ordinary character
 *   encoding = "ISO-8859-1"
 *   kind = "purchase"                  # of every event that has none
 *   time-format = "%d/%m/%Y %H:%M"     # auto, seconds, milliseconds or a pattern
 *   time-zone = "+01:00"               # of times that state none
 *   decimal-comma = true
 *   list-separator = "|"               # inside a value of type list
 *   sequence-start = "2000-01-01"      # time of the first item of every user of a sequence file
 *   unmapped = "keep"                  # other columns become attributes; or "drop"
 *   [map]                              # field = column, by its name or number
 *   user = "CustomerID"
 *   "item.price:number" = "UnitPrice"  # an attribute: attr., item. or user., a name, and maybe a type
 *   [kinds]                            # kind in the file = kind of event
 *   addtocart = "add_to_cart"
 *   [normalise]                        # field = "whole-number": 17850.0 is 17850
 *   user = "whole-number"
 *   [clean]                            # name of the rule = which rows are left out (see clean.h)
 *   cancellation = "InvoiceNo begins with C"
 *
 * Owner: spec_new / spec_free.  Plain data otherwise. */
#ifndef RECKON_INGEST_SPEC_H
#define RECKON_INGEST_SPEC_H

#include "base/str.h"
#include "ingest/columns.h"
#include "ingest/reader.h"
#include "ingest/values.h"
#include "store/attributes.h"

enum spec_entity { SPEC_EVENTS, SPEC_ITEMS, SPEC_USERS };

/*    id         name         entities that have it: e(vents) i(tems) u(sers); help */
#define SPEC_FIELDS(X)                                                                    \
    X(USER,      "user",      "eu", "who: the identifier of the person")                  \
    X(ITEM,      "item",      "ei", "what: the identifier of the product")                \
    X(TIME,      "time",      "e",  "when")                                               \
    X(KIND,      "kind",      "e",  "view, click, add_to_cart, purchase, review, …")      \
    X(QUANTITY,  "quantity",  "e",  "how many")                                           \
    X(PRICE,     "price",     "e",  "of one")                                             \
    X(RATING,    "rating",    "e",  "the number given")                                   \
    X(DWELL,     "dwell",     "e",  "how long, in seconds")                               \
    X(SESSION,   "session",   "e",  "the visit, basket or invoice it belongs to")         \
    X(CHANNEL,   "channel",   "e",  "web, app, shop, …")                                  \
    X(DEVICE,    "device",    "e",  "phone, desktop, …")                                  \
    X(REFERRER,  "referrer",  "e",  "where they came from")                               \
    X(POSITION,  "position",  "e",  "place in the list that was shown")                   \
    X(ID,        "id",        "e",  "the event's own identifier in the source")           \
    X(TITLE,     "title",     "ei", "the product's name for people")

enum spec_field {
#define X(id, name, entities, help) FIELD_##id,
    SPEC_FIELDS(X)
#undef X
    FIELD_COUNT,
    FIELD_ATTRIBUTE = FIELD_COUNT
};

enum spec_owner { OWNER_EVENT, OWNER_ITEM, OWNER_USER };

enum {
    SPEC_NAME_MAX = 64,
    SPEC_COLUMN_MAX = 256,
    SPEC_MAPS_MAX = 512,
    SPEC_KINDS_MAX = 64,
    SPEC_RULES_MAX = 16,
    SPEC_CONDITION_MAX = 256
};

struct spec_map {
    enum spec_field field;
    enum spec_owner owner;     /* of FIELD_ATTRIBUTE: whose it is */
    char name[SPEC_NAME_MAX];  /* of FIELD_ATTRIBUTE */
    bool typed;
    enum attribute_type type;
    char column[SPEC_COLUMN_MAX];
};

struct spec_pair {
    char name[SPEC_NAME_MAX];
    char value[SPEC_CONDITION_MAX];
};

struct spec {
    enum spec_entity entity;
    char about[SPEC_CONDITION_MAX];
    enum reader_format format;
    char delimiter;
    bool no_header, no_quotes, decimal_comma, keep_unmapped, unmapped_set;
    char encoding[SPEC_NAME_MAX];
    char kind[SPEC_NAME_MAX];
    struct time_format time;
    char list_separator;
    int64_t sequence_start;
    bool whole_number[FIELD_COUNT];
    struct spec_map *maps;
    size_t n_maps, cap_maps;
    struct spec_pair kinds[SPEC_KINDS_MAX];
    size_t n_kinds;
    struct spec_pair rules[SPEC_RULES_MAX]; /* name, condition */
    size_t n_rules;
    struct columns columns; /* of the file, where a row is read without it (quarantine); else empty */
};

struct spec *spec_new(enum spec_entity entity); /* the defaults; NULL: out of memory */
void spec_free(struct spec *self);

/* Reads the text over what is there.  E_BAD_DATA with "name:line". */
int spec_parse(struct spec *self, const char *name, const char *text, size_t n, struct error *err);
int spec_write(const struct spec *self, struct str *out); /* what spec_parse reads; -1: does not fit */

/* One mapping, "user=CustomerID" split at its '='; replaces an earlier one of the same field.  E_USAGE. */
int spec_map(struct spec *self, const char *field, const char *column, struct error *err);

/* Sets one of the simple keys above ("delimiter", "kind", "time-format", …) from text; E_USAGE names it. */
int spec_set(struct spec *self, const char *key, const char *value, struct error *err);

const char *spec_entity_name(enum spec_entity entity); /* "events" */
bool spec_entity_of(const char *name, enum spec_entity *entity);
const char *spec_field_name(enum spec_field field);
enum spec_field spec_field_of(const char *name); /* FIELD_COUNT: none */
void spec_reader_options(const struct spec *self, struct reader_options *out); /* borrows self */

/* "attr.color", "item.price:number", … as spec_map takes it. */
int spec_map_key(const struct spec_map *map, struct str *out);

bool spec_is_kind(const char *s, size_t n); /* a word that can be a kind of event */

/* A column's name as the name of an attribute: "Release Date" -> "release_date". */
void spec_attribute_name(const char *column, char out[SPEC_NAME_MAX]);

#endif
