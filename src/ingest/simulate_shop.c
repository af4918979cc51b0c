/* The items and people of a synthetic shop, and how its files are written. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ingest/simulate_private.h"

/* What keeps the random streams of one seed apart. */
enum stream { STREAM_ORDER = 1, STREAM_ITEM, STREAM_USER, STREAM_ACTIVITY, STREAM_RING };

static struct rng stream(const struct simulate_options *o, enum stream which, uint64_t entity)
{
    struct rng rng;
    rng_init(&rng, o->seed * 16 + which, entity);
    return rng;
}

int alias_build(struct alias *self, const double *weights, uint32_t n)
{
    double sum = 0, *scaled = mem_alloc(n, sizeof *scaled);
    uint32_t *stack = mem_alloc(n, sizeof *stack); /* small ones from below, large ones from above */
    *self = (struct alias){n, mem_alloc(n, sizeof(uint32_t)), mem_alloc(n, sizeof(uint32_t))};
    int rc = scaled == NULL || stack == NULL || self->threshold == NULL || self->other == NULL ? -1 : 0;
    uint32_t small = 0, large = n, heaviest = 0;
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        sum += weights[i];
        heaviest = weights[i] > weights[heaviest] ? i : heaviest;
    }
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        scaled[i] = weights[i] / sum * n;
        self->threshold[i] = UINT32_MAX;
        self->other[i] = i;
        if (scaled[i] < 1)
            stack[small++] = i;
        else
            stack[--large] = i;
    }
    while (rc == 0 && small > 0 && large < n) {
        uint32_t s = stack[--small], l = stack[large];
        self->threshold[s] = (uint32_t)(scaled[s] * 4294967295.0);
        self->other[s] = l;
        scaled[l] -= 1 - scaled[s];
        if (scaled[l] < 1) {
            large++;
            stack[small++] = l;
        }
    }
    /* what rounding left over keeps its own place, but for what must never be drawn */
    for (; rc == 0 && small > 0 && sum > 0; small--)
        if (weights[stack[small - 1]] <= 0)
            self->threshold[stack[small - 1]] = 0, self->other[stack[small - 1]] = heaviest;
    mem_free(scaled);
    mem_free(stack);
    if (rc != 0)
        alias_release(self);
    return rc;
}

void alias_release(struct alias *self)
{
    mem_free(self->threshold);
    mem_free(self->other);
    *self = (struct alias){0};
}

static unsigned digits(uint32_t n)
{
    unsigned d = 1;
    for (; n >= 10; n /= 10)
        d++;
    return d;
}

static void make_items(struct shop *self)
{
    const struct simulate_options *o = self->options;
    for (uint32_t i = 0; i < o->items; i++) {
        struct rng rng = stream(o, STREAM_ITEM, i);
        struct shop_item *item = &self->items[i];
        item->group = (uint16_t)rng_below(&rng, o->tastes);
        item->style = (uint8_t)rng_below(&rng, STYLES);
        /* each group has its price level */
        double level = 1.5 + 0.25 * (item->group % 9);
        item->price = (float)(round(100 * exp(level + 0.6 * rng_normal(&rng))) / 100);
        if (item->price < 0.05f)
            item->price = 0.05f;
        bool later = rng_uniform(&rng) < o->new_items;
        uint64_t day = rng_below(&rng, o->days);
        item->launched = later && i > 0 ? (uint32_t)day * 86400 : 0; /* one is always there */
    }
}

/* Popularity by a random order of the items, then rings and tables for each group. */
static int make_groups(struct shop *self, uint32_t *order, double *weight, double *by_group)
{
    const struct simulate_options *o = self->options;
    struct rng rng = stream(o, STREAM_ORDER, 0);
    for (uint32_t i = 0; i < o->items; i++)
        order[i] = i;
    rng_shuffle_u32(&rng, order, o->items);
    for (uint32_t r = 0; r < o->items; r++)
        weight[order[r]] = pow(r + 1.0, -o->zipf);
    for (uint32_t i = 0; i < o->items; i++) {
        self->group_start[self->items[i].group + 1]++;
        by_group[self->items[i].group] += weight[i];
    }
    for (uint32_t g = 0; g < o->tastes; g++)
        self->group_start[g + 1] += self->group_start[g];
    rng = stream(o, STREAM_RING, 0);
    rng_shuffle_u32(&rng, order, o->items); /* where an item is on its ring says nothing about its popularity */
    uint32_t *fill = self->group_start; /* moves on to the next group's start, and is moved back below */
    for (uint32_t i = 0; i < o->items; i++) {
        struct shop_item *item = &self->items[order[i]];
        self->ring[fill[item->group]++] = order[i];
    }
    memmove(fill + 1, fill, o->tastes * sizeof *fill);
    fill[0] = 0;
    double *places = mem_alloc(o->items, sizeof *places);
    if (places == NULL)
        return -1;
    int rc = 0;
    for (uint32_t g = 0; g < o->tastes && rc == 0; g++) {
        uint32_t n = self->group_start[g + 1] - self->group_start[g], *ring = self->ring + self->group_start[g];
        for (uint32_t i = 0; i < n; i++) {
            places[i] = weight[ring[i]];
            self->items[ring[i]].place = i;
        }
        rc = alias_build(&self->groups[g], places, n);
    }
    mem_free(places);
    return rc != 0 ? rc : alias_build(&self->group, by_group, o->tastes);
}

int shop_init(struct shop *self, const struct simulate_options *options, struct error *err)
{
    const struct simulate_options *o = options;
    *self = (struct shop){.options = o, .seconds = o->days * 86400};
    self->user_digits = digits(o->users - 1);
    self->item_digits = digits(o->items - 1);
    self->items = mem_zalloc(o->items, sizeof *self->items);
    self->ring = mem_alloc(o->items, sizeof *self->ring);
    self->group_start = mem_zalloc(o->tastes + 1, sizeof *self->group_start);
    self->groups = mem_zalloc(o->tastes, sizeof *self->groups);
    uint32_t *order = mem_alloc(o->items, sizeof *order);
    double *weight = mem_alloc(o->items, sizeof *weight), *by_group = mem_zalloc(o->tastes, sizeof *by_group);
    double *activity = mem_alloc(o->users, sizeof *activity);
    int rc = self->items == NULL || self->ring == NULL || self->group_start == NULL || self->groups == NULL ||
                     order == NULL || weight == NULL || by_group == NULL || activity == NULL
                 ? -1
                 : 0;
    if (rc == 0) {
        make_items(self);
        rc = make_groups(self, order, weight, by_group);
    }
    for (uint32_t u = 0; rc == 0 && u < o->users; u++) {
        struct rng rng = stream(o, STREAM_ACTIVITY, u);
        activity[u] = exp(rng_normal(&rng));
    }
    rc = rc != 0 ? rc : alias_build(&self->user, activity, o->users);
    mem_free(order);
    mem_free(weight);
    mem_free(by_group);
    mem_free(activity);
    if (rc != 0) {
        shop_release(self);
        return error_nomem(err, "simulating a shop");
    }
    return 0;
}

void shop_release(struct shop *self)
{
    for (uint32_t g = 0; self->groups != NULL && g < self->options->tastes; g++)
        alias_release(&self->groups[g]);
    alias_release(&self->group);
    alias_release(&self->user);
    mem_free(self->groups);
    mem_free(self->group_start);
    mem_free(self->ring);
    mem_free(self->items);
    *self = (struct shop){0};
}

static const char *const countries[] = {"Germany", "United Kingdom", "France", "Spain", "Italy", "Netherlands",
                                        "Poland",  "Sweden"};
static const char *const ages[] = {"18-24", "25-34", "35-44", "45-54", "55-64", "65+"};
static const char *const devices[] = {"mobile", "desktop", "tablet"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The lower of two draws: the first of a list are common, the last ones rare. */
static uint8_t uneven(struct rng *rng, size_t n)
{
    uint64_t a = rng_below(rng, n), b = rng_below(rng, n);
    return (uint8_t)(a < b ? a : b);
}

struct shop_user shop_user(const struct shop *self, uint32_t user)
{
    struct rng rng = stream(self->options, STREAM_USER, user);
    struct shop_user u = {.main = alias_draw(&self->group, &rng), .second = alias_draw(&self->group, &rng)};
    u.style = (uint8_t)rng_below(&rng, STYLES);
    u.country = uneven(&rng, COUNT(countries));
    u.age = (uint8_t)rng_below(&rng, COUNT(ages));
    u.device = uneven(&rng, COUNT(devices));
    uint64_t day = rng_below(&rng, self->options->days);
    u.since = user % 2 == 0 ? 0 : (uint32_t)day * 86400; /* every other one is there from the beginning */
    return u;
}

int output_begin(struct simulate_output *self, struct fs_new_file *file, int fd, struct error *err)
{
    *self = (struct simulate_output){.file = file, .fd = fd, .err = err, .buffer = mem_alloc(SIMULATE_BUFFER, 1)};
    return self->buffer == NULL ? error_nomem(err, "simulating a shop") : 0;
}

static int write_fd(int fd, const char *p, size_t n, struct error *err)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return error_set(err, E_IO, "the events", "cannot be written: %s", strerror(errno));
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

void output_flush(struct simulate_output *self)
{
    if (self->rc == 0)
        self->rc = self->file != NULL ? fs_write(self->file, self->buffer, self->n, self->err)
                                      : write_fd(self->fd, self->buffer, self->n, self->err);
    self->written += self->n;
    self->n = 0;
}

int output_end(struct simulate_output *self)
{
    if (self->buffer != NULL)
        output_flush(self);
    mem_free(self->buffer);
    self->buffer = NULL;
    return self->rc;
}

void output_heading(struct simulate_output *self, const struct simulate_options *o, const char *columns)
{
    char date[32];
    int n = snprintf(output_row(self), SIMULATE_ROW_MAX,
                     "# synthetic data made by reckon simulate --users %u --items %u --events %llu --days %u "
                     "--start %s --seed %llu --zipf %g --tastes %u --click-rate %g --cart-rate %g "
                     "--purchase-rate %g --review-rate %g --new-items %g: for tests of scale only\n%s\n",
                     o->users, o->items, (unsigned long long)o->events, o->days,
                     clock_format_date(o->start, date, sizeof date), (unsigned long long)o->seed, o->zipf, o->tastes,
                     o->click, o->cart, o->purchase, o->review, o->new_items, columns);
    self->n += (size_t)n;
}

static const char *const nouns[] = {
    "Mug",    "Lamp",   "Scarf",   "Notebook", "Teapot", "Clock",  "Cushion", "Basket",
    "Candle", "Kettle", "Blanket", "Puzzle",   "Vase",   "Mirror", "Apron",   "Tray",
    "Bowl",   "Frame",  "Bag",     "Toy",      "Stool",  "Rug",    "Jar",     "Card"};
static const char *const colours[] = {"Red", "Blue", "Green", "White", "Black", "Yellow", "Pink", "Grey"};
static const char *const materials[] = {"Cotton", "Oak", "Glass", "Steel", "Wool", "Paper"};
static const char *const styles[STYLES] = {"classic", "modern", "rustic", "playful"};

static char *put_category(char *p, uint32_t group)
{
    p = put_text(p, nouns[group % COUNT(nouns)]);
    if (group >= COUNT(nouns)) {
        *p++ = ' ';
        p = put_number(p, group / COUNT(nouns) + 1, 1);
    }
    return p;
}

static char *put_price(char *p, float price)
{
    uint64_t cents = (uint64_t)lround((double)price * 100);
    p = put_number(p, cents / 100, 1);
    *p++ = '.';
    return put_number(p, cents % 100, 2);
}

static char *put_date(char *p, int64_t start, uint32_t seconds)
{
    char date[32];
    return put_text(p, clock_format_date(start + (int64_t)seconds * 1000, date, sizeof date));
}

/* Where the item is sold: one to four countries, as `reckon import` reads a list. */
static char *put_countries(char *p, struct rng *rng)
{
    uint32_t sold = 0;
    for (uint64_t n = 1 + rng_below(rng, 4); n > 0; n--)
        sold |= UINT32_C(1) << uneven(rng, COUNT(countries));
    for (size_t c = 0, written = 0; c < COUNT(countries); c++)
        if (sold >> c & 1)
            p = put_text(put_text(p, written++ > 0 ? "|" : ""), countries[c]);
    return p;
}

void shop_write_items(const struct shop *self, struct simulate_output *out, struct job *job)
{
    const struct simulate_options *o = self->options;
    output_heading(out, o, "item,title,category,brand,price,colour,material,style,launched,in_stock,attr.country:list");
    for (uint32_t i = 0; i < o->items && out->rc == 0; i++) {
        const struct shop_item *item = &self->items[i];
        struct rng rng = stream(o, STREAM_ITEM, UINT64_C(1) << 32 | i);
        const char *colour = colours[rng_below(&rng, COUNT(colours))];
        const char *material = materials[rng_below(&rng, COUNT(materials))];
        uint64_t brand = 1 + uneven(&rng, 40);
        bool in_stock = rng_below(&rng, 20) != 0;
        char *p = output_row(out);
        *p++ = 'i';
        p = put_number(p, i, self->item_digits);
        *p++ = ',';
        p = put_text(put_text(p, colour), " ");
        p = put_text(put_text(p, material), " ");
        p = put_category(p, item->group);
        *p++ = ' ';
        p = put_number(p, i, 1);
        *p++ = ',';
        p = put_category(p, item->group);
        p = put_text(p, ",Brand ");
        p = put_number(p, brand, 2);
        *p++ = ',';
        p = put_price(p, item->price);
        p = put_text(put_text(p, ","), colour);
        p = put_text(put_text(p, ","), material);
        p = put_text(put_text(p, ","), styles[item->style]);
        *p++ = ',';
        p = put_date(p, o->start, item->launched);
        p = put_text(p, in_stock ? ",true," : ",false,");
        p = put_countries(p, &rng);
        *p++ = '\n';
        output_took(out, p);
        if (i % 65536 == 0 && job_step(job, "items", i, o->items, "items"))
            out->rc = job_error_cancelled(out->err, "simulate");
    }
}

void shop_write_users(const struct shop *self, struct simulate_output *out, struct job *job)
{
    const struct simulate_options *o = self->options;
    output_heading(out, o, "user,country,age_group,device,since");
    for (uint32_t u = 0; u < o->users && out->rc == 0; u++) {
        struct shop_user user = shop_user(self, u);
        char *p = output_row(out);
        *p++ = 'u';
        p = put_number(p, u, self->user_digits);
        p = put_text(put_text(p, ","), countries[user.country]);
        p = put_text(put_text(p, ","), ages[user.age]);
        p = put_text(put_text(p, ","), devices[user.device]);
        *p++ = ',';
        p = put_date(p, o->start, user.since);
        *p++ = '\n';
        output_took(out, p);
        if (u % 65536 == 0 && job_step(job, "users", u, o->users, "users"))
            out->rc = job_error_cancelled(out->err, "simulate");
    }
}
