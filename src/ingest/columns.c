#include "ingest/columns.h"

#include <string.h>

#include "base/mem.h"

void columns_release(struct columns *self)
{
    for (size_t i = 0; i < self->n; i++)
        mem_free(self->names[i]);
    mem_free(self->names);
    *self = (struct columns){0};
}

int columns_add(struct columns *self, const char *name, size_t n)
{
    if (mem_grow((void **)&self->names, &self->cap, self->n + 1, sizeof *self->names) != 0)
        return -1;
    char *copy = mem_strndup(name, n);
    if (copy == NULL)
        return -1;
    self->names[self->n++] = copy;
    return 0;
}

long columns_find(const struct columns *self, const char *name, size_t n)
{
    for (size_t i = 0; i < self->n; i++)
        if (strncmp(self->names[i], name, n) == 0 && self->names[i][n] == '\0')
            return (long)i;
    return -1;
}
