#include "base/curves.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void curves_init(struct curves *self)
{
    *self = (struct curves){0};
    pthread_mutex_init(&self->lock, NULL);
}

void curves_release(struct curves *self)
{
    for (size_t i = 0; i < self->n; i++) {
        mem_free(self->curve[i].x);
        mem_free(self->curve[i].y);
    }
    pthread_mutex_destroy(&self->lock);
    self->n = 0;
}

static bool is_named(const struct curve *c, const char *name)
{
    return strncmp(c->name, name, c->base) == 0 && strlen(name) == c->base;
}

/* A series that has room for its first point; NULL. */
static struct curve *begin(struct curves *self, const char *name, const char *x_unit, unsigned run)
{
    if (self->n == CURVES_MAX)
        return NULL;
    struct curve *c = &self->curve[self->n];
    *c = (struct curve){.run = run, .every = 1};
    int n = snprintf(c->name, sizeof c->name - 8, "%s", name); /* room for the number */
    c->base = strlen(c->name);
    if (n < 0 || (size_t)n > c->base)
        return NULL;
    if (run > 1)
        snprintf(c->name + c->base, sizeof c->name - c->base, " (%u)", run % 1000);
    snprintf(c->x_unit, sizeof c->x_unit, "%s", x_unit);
    c->x = mem_alloc(CURVES_POINTS, sizeof *c->x);
    c->y = mem_alloc(CURVES_POINTS, sizeof *c->y);
    if (c->x == NULL || c->y == NULL) {
        mem_free(c->x);
        mem_free(c->y);
        return NULL;
    }
    self->n++;
    return c;
}

/* The series that x goes on, or a new one. */
static struct curve *find(struct curves *self, const char *name, const char *x_unit, double x)
{
    unsigned run = 1;
    for (size_t i = self->n; i-- > 0;) {
        struct curve *c = &self->curve[i];
        if (!is_named(c, name))
            continue;
        if (c->n == 0 || x > c->x[c->n - 1])
            return c;
        run = c->run + 1;
        break;
    }
    return begin(self, name, x_unit, run);
}

static void thin_out(struct curve *c)
{
    for (size_t i = 1; 2 * i < c->n; i++) {
        c->x[i] = c->x[2 * i];
        c->y[i] = c->y[2 * i];
    }
    c->n = (c->n + 1) / 2;
    c->every *= 2;
}

void curves_add(struct curves *self, const char *name, const char *x_unit, double x, double y)
{
    if (self == NULL || !isfinite(x) || !isfinite(y))
        return;
    pthread_mutex_lock(&self->lock);
    struct curve *c = find(self, name, x_unit, x);
    if (c != NULL && c->seen++ % c->every == 0) {
        if (c->n == CURVES_POINTS)
            thin_out(c);
        c->x[c->n] = x;
        c->y[c->n++] = y;
        self->version++;
    }
    pthread_mutex_unlock(&self->lock);
}

int curves_each(struct curves *self, curves_fn fn, void *context)
{
    int told = 0;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; told == 0 && i < self->n; i++)
        if (self->curve[i].n > 0)
            told = fn(context, &self->curve[i]);
    pthread_mutex_unlock(&self->lock);
    return told;
}

const char *curves_newest(struct curves *self, char *out, size_t size)
{
    out[0] = '\0';
    pthread_mutex_lock(&self->lock);
    if (self->n > 0 && self->curve[self->n - 1].n > 0) {
        const struct curve *c = &self->curve[self->n - 1];
        snprintf(out, size, "%.*s %.4g", (int)c->base, c->name, c->y[c->n - 1]);
    }
    pthread_mutex_unlock(&self->lock);
    return out;
}
