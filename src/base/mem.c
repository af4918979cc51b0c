#include "base/mem.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong fail_at; /* 0 = never */
static atomic_ulong asked;

void mem_fail_after(unsigned long n)
{
    atomic_store(&asked, 0);
    atomic_store(&fail_at, n);
}

unsigned long mem_fail_count(void)
{
    return atomic_load(&asked);
}

static int must_fail(void)
{
    unsigned long at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    if (at == 0)
        return 0;
    return atomic_fetch_add(&asked, 1) + 1 >= at;
}

static int product(size_t count, size_t size, size_t *out)
{
    if (size != 0 && count > SIZE_MAX / size)
        return -1;
    *out = count * size;
    if (*out == 0)
        *out = 1;
    return 0;
}

/* Blocks up to this size glibc keeps for the next of their size as they are, whatever M_PERTURB says. */
enum { KEPT_AS_IT_IS = 1032 };

void mem_release(void *p)
{
    size_t n = p != NULL ? malloc_usable_size(p) : 0;
    if (n > 0 && n <= KEPT_AS_IT_IS)
        explicit_bzero(p, n);
    free(p);
}

void *mem_resize(void *p, size_t n)
{
    size_t before = p != NULL ? malloc_usable_size(p) : 0;
    if (before == 0 || before > KEPT_AS_IT_IS || n <= before)
        return realloc(p, n);
    void *q = malloc(n);
    if (q == NULL)
        return NULL;
    memcpy(q, p, before);
    mem_release(p);
    return q;
}

void mem_wipe_stack(void)
{
    unsigned char below[192 << 10];
    explicit_bzero(below, sizeof below);
}

void *mem_alloc(size_t count, size_t size)
{
    size_t n;
    if (product(count, size, &n) != 0 || must_fail())
        return NULL;
    return malloc(n);
}

void *mem_zalloc(size_t count, size_t size)
{
    size_t n;
    if (product(count, size, &n) != 0 || must_fail())
        return NULL;
    return calloc(1, n);
}

void *mem_realloc(void *p, size_t count, size_t size)
{
    size_t n;
    if (product(count, size, &n) != 0 || must_fail())
        return NULL;
    return mem_resize(p, n);
}

void *mem_alloc_aligned(size_t count, size_t size)
{
    size_t n;
    if (product(count, size, &n) != 0 || n > SIZE_MAX - 63 || must_fail())
        return NULL;
    return aligned_alloc(64, (n + 63) & ~(size_t)63);
}

void *mem_dup(const void *p, size_t n)
{
    void *q = mem_alloc(n, 1);
    if (q != NULL && n != 0)
        memcpy(q, p, n);
    return q;
}

char *mem_strndup(const char *s, size_t n)
{
    if (n == SIZE_MAX)
        return NULL;
    char *q = mem_alloc(n + 1, 1);
    if (q == NULL)
        return NULL;
    memcpy(q, s, n);
    q[n] = '\0';
    return q;
}

char *mem_strdup(const char *s)
{
    return mem_strndup(s, strlen(s));
}

void mem_free(void *p)
{
    mem_release(p);
}

int mem_grow(void **array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return 0;
    size_t cap = *capacity < 8 ? 8 : *capacity;
    while (cap < need) {
        if (cap > SIZE_MAX / 2)
            return -1;
        cap += cap / 2;
    }
    void *p = mem_realloc(*array, cap, size);
    if (p == NULL)
        return -1;
    *array = p;
    *capacity = cap;
    return 0;
}
