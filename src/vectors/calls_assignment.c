/* Hashes and slots. */
#include "stats/assign.h"
#include "vectors/known.h"

static int read_scheme(struct known *c, enum hash_scheme *scheme, struct error *err)
{
    return hash_scheme_find(known_text_or(c, "scheme", "growthbook-v2"), scheme, err);
}

static int run_hash(struct known *c, struct error *err)
{
    enum hash_scheme scheme;
    struct hash_place p;
    char text[HASH_TEXT_MAX + 1];
    const char *salt = known_text_or(c, "salt", ""), *unit = known_text_or(c, "unit", "");
    const char *suffix = known_text_or(c, "suffix", "");
    int rc = read_scheme(c, &scheme, err);
    if (rc == 0)
        rc = hash_of(scheme, salt, unit, suffix, &p, err);
    if (rc != 0)
        return rc;
    hash_text(scheme, salt, unit, suffix, text, sizeof text);
    known_put_text(c, "text", text);
    known_put_integer(c, "integer", (int64_t)p.integer);
    known_put_real(c, "fraction", p.fraction);
    return 0;
}

static int run_planout(struct known *c, struct error *err)
{
    enum { INTEGER, FLOAT, CHOICE, WEIGHTED, SAMPLE };
    const char *salt = known_text_or(c, "salt", ""), *unit = known_text_or(c, "unit", "");
    int op = known_choice(c, "operator", "integer|float|choice|weighted|sample"), rc = 0;
    size_t n = 0, at = 0;
    int64_t whole = 0;
    double real = 0;
    if (op == INTEGER)
        rc = hash_planout_integer(salt, unit, known_integer(c, "min"), known_integer(c, "max"), &whole, err);
    if (op == FLOAT)
        rc = hash_planout_float(salt, unit, known_real_or(c, "min", 0), known_real_or(c, "max", 1), &real, err);
    if (op == CHOICE) {
        int64_t choices = known_integer(c, "n");
        rc = hash_planout_choice(salt, unit, choices > 0 ? (size_t)choices : 0, &at, err);
    }
    if (op == WEIGHTED) {
        const double *weights = known_reals(c, "weights", &n);
        rc = hash_planout_weighted(salt, unit, weights, n, &at, err);
    }
    if (op == SAMPLE) {
        int64_t size = known_integer(c, "n"), draws = known_integer(c, "draws");
        uint32_t *out = size >= 0 && size < 1000000 ? known_alloc(c, (size_t)size, sizeof *out) : NULL;
        if (out == NULL || c->failed || draws < 0)
            return error_set(err, E_BAD_DATA, c->function, "'n' or 'draws' is not a size");
        rc = hash_planout_sample(salt, unit, (size_t)size, (size_t)draws, out, err);
        if (rc == 0)
            known_put_indices(c, "value", out, (size_t)draws);
        return rc;
    }
    if (rc == 0 && op == FLOAT)
        known_put_real(c, "value", real);
    else if (rc == 0)
        known_put_integer(c, "value", op == INTEGER ? whole : (int64_t)at);
    return rc;
}

/* The arm of a unit, and how many slots each arm has before and after a change. */
static int run_assign(struct known *c, struct error *err)
{
    size_t arms, after;
    enum hash_scheme scheme;
    uint16_t arm;
    uint32_t moved = 0;
    const uint32_t *weights = known_indices(c, "weights", &arms);
    struct assign_table *table = known_alloc(c, 1, sizeof *table);
    if (c->failed)
        return 0;
    int rc = assign_init(table, weights, arms, (uint32_t)known_integer_or(c, "coverage", ASSIGN_SLOTS),
                         known_flag_or(c, "whole", true), err);
    if (rc == 0 && known_has(c, "change")) {
        const uint32_t *change = known_indices(c, "change", &after);
        rc = assign_change(table, change, after, &moved, err);
    }
    if (rc == 0)
        rc = read_scheme(c, &scheme, err);
    if (rc == 0)
        rc = assign_arm(table, scheme, known_text_or(c, "salt", ""), known_text_or(c, "unit", ""), &arm, err);
    if (rc != 0)
        return rc;
    known_put_integer(c, "arm", arm == ASSIGN_NOBODY ? -1 : arm);
    known_put_integer(c, "moved", moved);
    return 0;
}

const struct known_function calls_assignment[] = {
    {"hash", "scheme, salt, unit, suffix → integer, fraction, text", run_hash},
    {"planout", "operator integer|float|choice|weighted|sample, salt, unit, min, max, n, draws, weights → value",
     run_planout},
    {"assign", "weights (basis points), coverage, whole, change (new weights), scheme, salt, unit → arm, moved",
     run_assign},
    {0},
};
