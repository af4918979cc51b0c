/* What simulate.c (events) and simulate_shop.c (items and users) share. */
#ifndef RECKON_INGEST_SIMULATE_PRIVATE_H
#define RECKON_INGEST_SIMULATE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fs.h"
#include "base/rng.h"
#include "ingest/simulate.h"

/* Draws from a discrete distribution in constant time (Walker's alias method, built as by Vose 1991). */
struct alias {
    uint32_t n;
    uint32_t *threshold, *other;
};

int alias_build(struct alias *self, const double *weights, uint32_t n); /* -1: out of memory; n may be 0 */
void alias_release(struct alias *self);

static inline uint32_t alias_draw(const struct alias *self, struct rng *rng)
{
    uint64_t r = rng_next(rng);
    uint32_t i = (uint32_t)((r >> 32) * self->n >> 32);
    return (uint32_t)r < self->threshold[i] ? i : self->other[i];
}

enum { STYLES = 4, STAPLES = 3 };

struct shop_item {
    uint32_t launched; /* seconds after the start; 0: there from the beginning */
    uint32_t place;    /* on the ring of its group */
    float price;
    uint16_t group;
    uint8_t style;
};

struct shop_user {
    uint32_t since; /* seconds after the start */
    uint32_t main, second; /* groups */
    uint8_t style;
    uint8_t country, age, device;
};

struct shop {
    const struct simulate_options *options;
    uint32_t seconds;     /* of the whole time */
    struct shop_item *items;
    uint32_t *ring;       /* the items, group after group */
    uint32_t *group_start;/* tastes + 1, into ring */
    struct alias *groups; /* one for each group: places on its ring by popularity */
    struct alias group;   /* groups by popularity */
    struct alias user;    /* users by activity */
    unsigned user_digits, item_digits;
};

int shop_init(struct shop *self, const struct simulate_options *options, struct error *err);
void shop_release(struct shop *self);
struct shop_user shop_user(const struct shop *self, uint32_t user);

/* A buffered output: a new file, or a descriptor. */
struct simulate_output {
    struct fs_new_file *file; /* or NULL: */
    int fd;
    char *buffer;
    size_t n;
    uint64_t written;
    struct error *err;
    int rc; /* of the first write that failed; then nothing more is written */
};

enum { SIMULATE_BUFFER = 1 << 18, SIMULATE_ROW_MAX = 512 };

int output_begin(struct simulate_output *self, struct fs_new_file *file, int fd, struct error *err);
int output_end(struct simulate_output *self); /* flushes, frees; rc */
void output_flush(struct simulate_output *self);

/* Room for a row of SIMULATE_ROW_MAX bytes. */
static inline char *output_row(struct simulate_output *self)
{
    if (self->n + SIMULATE_ROW_MAX > SIMULATE_BUFFER)
        output_flush(self);
    return self->buffer + self->n;
}

static inline void output_took(struct simulate_output *self, const char *end)
{
    self->n = (size_t)(end - self->buffer);
}

/* Digits of `value`, at least `width`; returns the end. */
static inline char *put_number(char *p, uint64_t value, unsigned width)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    for (; width > n; width--)
        *p++ = '0';
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

static inline char *put_text(char *p, const char *text)
{
    while (*text != '\0')
        *p++ = *text++;
    return p;
}

/* "# synthetic data …" and the header. */
void output_heading(struct simulate_output *self, const struct simulate_options *options, const char *columns);
void shop_write_items(const struct shop *self, struct simulate_output *out, struct job *job);
void shop_write_users(const struct shop *self, struct simulate_output *out, struct job *job);

#endif
