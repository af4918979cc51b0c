#include "ingest/simulate.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ingest/simulate_private.h"

/* An event on its way out. */
struct event {
    uint32_t time; /* seconds after the start */
    uint32_t user, item;
    uint64_t order; /* of being made: ties in time */
    uint64_t session;
    uint8_t kind, quantity, rating; /* rating 0: none */
};

/* A heap of what is still to come, the earliest on top. */
struct queue {
    struct event *events;
    size_t n, cap;
};

struct simulation {
    struct shop shop;
    struct queue queue;
    double *hour_end;   /* cumulative share of events up to the end of each hour */
    uint32_t hour;      /* that the last session fell in */
    uint64_t made;      /* events made so far */
    struct simulate_output out;
    struct simulate_counts *counts;
    struct job *job;
    uint32_t day;       /* whose date is in date_text */
    char date_text[16];
    bool full;          /* memory ran out */
};

static bool earlier(const struct event *a, const struct event *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static int queue_push(struct queue *self, struct event e)
{
    if (mem_grow((void **)&self->events, &self->cap, self->n + 1, sizeof *self->events) != 0)
        return -1;
    size_t i = self->n++;
    for (; i > 0 && earlier(&e, &self->events[(i - 1) / 2]); i = (i - 1) / 2)
        self->events[i] = self->events[(i - 1) / 2];
    self->events[i] = e;
    return 0;
}

static struct event queue_pop(struct queue *self)
{
    struct event top = self->events[0], last = self->events[--self->n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= self->n)
            break;
        if (child + 1 < self->n && earlier(&self->events[child + 1], &self->events[child]))
            child++;
        if (!earlier(&self->events[child], &last))
            break;
        self->events[i] = self->events[child];
        i = child;
    }
    self->events[i] = last;
    return top;
}

/* How busy the shop is: by hour of the day (UTC), day of the week, and week of the year. */
static double busy(int64_t ms)
{
    static const uint8_t hours[24] = {3,  2,  1,  1,  1,  2,  4,  7,  9,  10, 11, 12,
                                      12, 11, 11, 11, 12, 13, 15, 17, 18, 15, 10, 6};
    static const uint8_t weekdays[7] = {10, 9, 9, 10, 11, 13, 14}; /* from Monday */
    int64_t hour = ms / 3600000, day = hour / 24;
    double year = (double)(day % 365) / 365; /* the day of the year, but for leap days */
    double season = 1 + 0.3 * cos(2 * 3.14159265358979 * (year - 0.93)); /* most in early December */
    return hours[hour % 24] * weekdays[(day + 3) % 7] * season; /* 1970-01-01 was a Thursday */
}

static int make_hours(struct simulation *self)
{
    const struct simulate_options *o = self->shop.options;
    size_t n = (size_t)o->days * 24;
    double sum = 0;
    self->hour_end = mem_alloc(n, sizeof *self->hour_end);
    if (self->hour_end == NULL)
        return -1;
    for (size_t h = 0; h < n; h++)
        self->hour_end[h] = sum += busy(o->start + (int64_t)h * 3600000);
    for (size_t h = 0; h < n; h++)
        self->hour_end[h] /= sum;
    return 0;
}

/* The second before which a share of `q` of the events lies; q must not go down from call to call. */
static uint32_t time_of_share(struct simulation *self, double q)
{
    uint32_t last = self->shop.options->days * 24 - 1;
    while (self->hour < last && self->hour_end[self->hour] <= q)
        self->hour++;
    double begin = self->hour == 0 ? 0 : self->hour_end[self->hour - 1], end = self->hour_end[self->hour];
    double part = (q - begin) / (end - begin);
    return self->hour * 3600 + (uint32_t)(3599 * (part < 0 ? 0 : part > 1 ? 1 : part));
}

/* Who comes and what is looked at. */

struct visit {
    struct rng rng;
    uint32_t user, start;
    struct shop_user who;
    uint64_t session;
    uint32_t group;
};

static bool is_there(const struct simulation *self, uint32_t item, uint32_t time)
{
    return self->shop.items[item].launched <= time;
}

/* The first item that is there, from this one on around the ring; item 0 when none of the group is. */
static uint32_t next_there(const struct simulation *self, uint32_t item, uint32_t time)
{
    const struct shop_item *it = &self->shop.items[item];
    uint32_t first = self->shop.group_start[it->group], n = self->shop.group_start[it->group + 1] - first;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t candidate = self->shop.ring[first + (it->place + i) % n];
        if (is_there(self, candidate, time))
            return candidate;
    }
    return 0;
}

static uint32_t draw_of_group(const struct simulation *self, struct rng *rng, uint32_t group)
{
    return self->shop.ring[self->shop.group_start[group] + alias_draw(&self->shop.groups[group], rng)];
}

static uint32_t staple(const struct simulation *self, const struct visit *visit, uint64_t which)
{
    struct rng rng;
    rng_init(&rng, self->shop.options->seed * 16 + 15, (uint64_t)visit->user * STAPLES + which);
    return draw_of_group(self, &rng, visit->who.main);
}

static uint32_t choose_item(const struct simulation *self, struct visit *visit, long previous, uint32_t time)
{
    const struct shop *shop = &self->shop;
    double x = rng_uniform(&visit->rng);
    if (x < 0.15)
        return next_there(self, staple(self, visit, rng_below(&visit->rng, STAPLES)), time);
    if (previous >= 0 && x < 0.4) {
        const struct shop_item *it = &shop->items[previous];
        uint32_t first = shop->group_start[it->group], n = shop->group_start[it->group + 1] - first;
        uint32_t steps = 1 + (rng_below(&visit->rng, 3) == 0);
        return next_there(self, shop->ring[first + (it->place + steps) % n], time);
    }
    uint32_t item = 0;
    for (int tries = 0; tries < 6; tries++) {
        item = draw_of_group(self, &visit->rng, visit->group);
        if (!is_there(self, item, time))
            continue;
        if (shop->items[item].style == visit->who.style || rng_uniform(&visit->rng) < 0.25)
            return item;
    }
    return next_there(self, item, time);
}

static bool make_event(struct simulation *self, const struct visit *visit, enum simulate_kind kind, uint32_t item,
                       uint32_t time, uint8_t quantity, uint8_t rating)
{
    uint32_t last = self->shop.seconds - 1;
    if (self->made == self->shop.options->events)
        return false;
    struct event e = {.time = time < last ? time : last, .user = visit->user, .item = item, .order = self->made,
                      .session = visit->session, .kind = (uint8_t)kind, .quantity = quantity, .rating = rating};
    if (queue_push(&self->queue, e) != 0) {
        self->full = true;
        return false;
    }
    self->made++;
    return true;
}

static void buy(struct simulation *self, struct visit *visit, uint32_t item, uint32_t time, uint8_t quantity)
{
    const struct simulate_options *o = self->shop.options;
    struct rng *rng = &visit->rng;
    make_event(self, visit, SIMULATE_PURCHASE, item, time, quantity, 0);
    if (rng_uniform(rng) >= o->review)
        return;
    uint32_t later = time + 86400 + (uint32_t)rng_below(rng, 13 * 86400);
    int stars = (self->shop.items[item].style == visit->who.style ? 4 : 3) + (int)rng_below(rng, 3) - 1;
    if (later < self->shop.seconds)
        make_event(self, visit, SIMULATE_REVIEW, item, later, 0, (uint8_t)stars);
}

/* One session: looks at some items, some of which go all the way to the checkout. */
static void make_session(struct simulation *self, struct visit *visit)
{
    enum { LOOKS_MAX = 24 };
    const struct simulate_options *o = self->shop.options;
    struct rng *rng = &visit->rng;
    uint32_t cart[LOOKS_MAX], time = visit->start;
    uint8_t quantity[LOOKS_MAX];
    unsigned in_cart = 0;
    long previous = -1;
    for (unsigned look = 0; look < LOOKS_MAX && (look == 0 || rng_uniform(rng) < 0.72); look++) {
        uint32_t item = choose_item(self, visit, previous, time);
        previous = item;
        make_event(self, visit, SIMULATE_VIEW, item, time, 0, 0);
        if (rng_uniform(rng) < o->click) {
            time += 3 + (uint32_t)rng_below(rng, 20);
            make_event(self, visit, SIMULATE_CLICK, item, time, 0, 0);
            if (rng_uniform(rng) < o->cart) {
                time += 10 + (uint32_t)rng_below(rng, 60);
                cart[in_cart] = item;
                quantity[in_cart] = (uint8_t)(1 + (rng_below(rng, 4) == 0 ? rng_below(rng, 5) : 0));
                make_event(self, visit, SIMULATE_CART, item, time, quantity[in_cart], 0);
                in_cart++;
            }
        }
        time += 10 + (uint32_t)rng_below(rng, 80);
    }
    time += 30 + (uint32_t)rng_below(rng, 200);
    for (unsigned i = 0; i < in_cart; i++)
        if (rng_uniform(rng) < o->purchase)
            buy(self, visit, cart[i], time, quantity[i]);
}

/* Draws who comes, from those who are there by then. */
static void begin_visit(struct simulation *self, struct visit *visit)
{
    const struct shop *shop = &self->shop;
    struct rng *rng = &visit->rng;
    visit->user = alias_draw(&shop->user, rng);
    visit->who = shop_user(shop, visit->user);
    while (visit->who.since > visit->start) { /* even ones always are */
        visit->user = alias_draw(&shop->user, rng) & ~UINT32_C(1);
        visit->who = shop_user(shop, visit->user);
    }
    double x = rng_uniform(rng);
    visit->group = x < 0.65 ? visit->who.main : x < 0.85 ? visit->who.second : alias_draw(&shop->group, rng);
}

static char *put_time(struct simulation *self, char *p, uint32_t seconds)
{
    uint32_t day = seconds / 86400, rest = seconds % 86400;
    if (self->day != day || self->date_text[0] == '\0') {
        char date[32];
        clock_format_date(self->shop.options->start + (int64_t)day * CLOCK_DAY_MS, date, sizeof date);
        memcpy(self->date_text, date, 11);
        self->day = day;
    }
    p = put_text(p, self->date_text);
    *p++ = 'T';
    p = put_number(p, rest / 3600, 2);
    *p++ = ':';
    p = put_number(p, rest / 60 % 60, 2);
    *p++ = ':';
    p = put_number(p, rest % 60, 2);
    *p++ = 'Z';
    return p;
}

static void write_event(struct simulation *self, const struct event *e)
{
    static const char *const kinds[SIMULATE_KINDS] = {",view,", ",click,", ",add_to_cart,", ",purchase,", ",review,"};
    char *p = output_row(&self->out);
    *p++ = 'u';
    p = put_number(p, e->user, self->shop.user_digits);
    p = put_text(p, ",i");
    p = put_number(p, e->item, self->shop.item_digits);
    p = put_text(p, kinds[e->kind]);
    p = put_time(self, p, e->time);
    p = put_text(p, ",s");
    p = put_number(p, e->session, 1);
    *p++ = ',';
    if (e->quantity > 0) {
        p = put_number(p, e->quantity, 1);
        *p++ = ',';
        uint64_t cents = (uint64_t)lround((double)self->shop.items[e->item].price * 100);
        p = put_number(p, cents / 100, 1);
        *p++ = '.';
        p = put_number(p, cents % 100, 2);
    } else {
        *p++ = ',';
    }
    *p++ = ',';
    if (e->rating > 0)
        *p++ = (char)('0' + e->rating);
    *p++ = '\n';
    output_took(&self->out, p);
    struct simulate_counts *counts = self->counts;
    counts->last = self->shop.options->start + (int64_t)e->time * 1000;
    if (counts->first == 0)
        counts->first = counts->last;
    counts->events[e->kind]++;
}

/* Sessions begin where the share of the events that are made by then says, so they begin in order of time: what
 * lies before the beginning of one may be written before it is made. */
static int run(struct simulation *self, struct error *err)
{
    const struct simulate_options *o = self->shop.options;
    output_heading(&self->out, o, "user,item,kind,time,session,quantity,price,rating");
    while (self->made < o->events && self->out.rc == 0) {
        struct visit visit = {.session = self->counts->sessions};
        rng_init(&visit.rng, o->seed * 16, visit.session);
        visit.start = time_of_share(self, (double)self->made / (double)o->events);
        while (self->queue.n > 0 && self->queue.events[0].time < visit.start) {
            struct event e = queue_pop(&self->queue);
            write_event(self, &e);
        }
        begin_visit(self, &visit);
        make_session(self, &visit);
        if (self->full)
            return error_nomem(err, "simulating a shop");
        if (self->counts->sessions++ % 4096 == 0 &&
            job_step(self->job, "events", (double)self->made, (double)o->events, "events"))
            return job_error_cancelled(err, "simulate");
    }
    while (self->queue.n > 0 && self->out.rc == 0) {
        struct event e = queue_pop(&self->queue);
        write_event(self, &e);
    }
    return self->out.rc;
}

static int simulate_events(struct simulation *self, struct fs_new_file *file, int fd, struct error *err)
{
    *self->counts = (struct simulate_counts){0};
    int rc = output_begin(&self->out, file, fd, err);
    if (rc == 0 && make_hours(self) != 0)
        rc = error_nomem(err, "simulating a shop");
    if (rc == 0)
        rc = run(self, err);
    int flushed = output_end(&self->out);
    self->counts->bytes += self->out.written;
    mem_free(self->hour_end);
    mem_free(self->queue.events);
    return rc != 0 ? rc : flushed;
}

int simulate_to_fd(const struct simulate_options *options, int fd, struct job *job, struct simulate_counts *counts,
                   struct error *err)
{
    struct simulation self = {.job = job, .counts = counts};
    int rc = shop_init(&self.shop, options, err);
    if (rc != 0)
        return rc;
    rc = simulate_events(&self, NULL, fd, err);
    shop_release(&self.shop);
    return rc;
}

typedef void (*table_fn)(const struct shop *self, struct simulate_output *out, struct job *job);

static int write_table(const struct simulation *self, struct fs_new_file *file, table_fn fn, struct error *err)
{
    struct simulate_output out;
    int rc = output_begin(&out, file, -1, err);
    if (rc != 0)
        return rc;
    fn(&self->shop, &out, self->job);
    rc = output_end(&out);
    self->counts->bytes += out.written;
    return rc;
}

static int begin_file(struct fs_new_file *file, const char *dir, const char *name, struct error *err)
{
    char path[FS_PATH_MAX];
    if (fs_join(path, sizeof path, dir, name) != 0)
        return error_set(err, E_USAGE, dir, "is too long a name");
    if (fs_exists(path)) {
        error_set(err, E_CONFLICT, path, "is there already");
        return error_hint(err, E_CONFLICT, "choose another directory, or remove it");
    }
    return fs_create(file, path, 0644, err);
}

int simulate_to_directory(const struct simulate_options *options, const char *dir, struct job *job,
                          struct simulate_counts *counts, struct error *err)
{
    static const char *const names[] = {"users.csv", "items.csv", "events.csv"};
    struct fs_new_file files[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    struct simulation self = {.job = job, .counts = counts};
    int rc = fs_make_dir(dir, 0755, err);
    if (rc != 0)
        return rc;
    rc = shop_init(&self.shop, options, err);
    if (rc != 0)
        return rc;
    for (int i = 0; i < 3 && rc == 0; i++)
        rc = begin_file(&files[i], dir, names[i], err);
    rc = rc != 0 ? rc : simulate_events(&self, &files[2], -1, err);
    rc = rc != 0 ? rc : write_table(&self, &files[0], shop_write_users, err);
    rc = rc != 0 ? rc : write_table(&self, &files[1], shop_write_items, err);
    for (int i = 0; i < 3 && rc == 0; i++)
        rc = fs_commit(&files[i], err);
    for (int i = 0; i < 3; i++)
        fs_abandon(&files[i]);
    shop_release(&self.shop);
    return rc;
}
