/* mem: allocation with overflow-checked sizes and a switch to make it fail.
 *
 * Every allocation of reckon's own code goes through here, so that a test can make the Nth one fail
 * (mem_fail_after) and see that the caller reports E_NOMEM and leaks nothing.  All functions return
 * NULL on failure and never abort; a size of zero gives a valid pointer that may be freed.
 * Memory from any of them is released with mem_free (NULL is fine).  Thread-safe. */
#ifndef RECKON_BASE_MEM_H
#define RECKON_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t count, size_t size);              /* uninitialised, count*size bytes */
void *mem_zalloc(size_t count, size_t size);             /* zeroed */
void *mem_realloc(void *p, size_t count, size_t size);   /* p stays valid on failure */
void *mem_alloc_aligned(size_t count, size_t size);      /* 64-byte aligned, uninitialised; mem_free */
void *mem_dup(const void *p, size_t n);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);
void mem_free(void *p);

/* For libraries that take their memory from whom they are told: not counted by mem_fail_after.  What is given back is
 * overwritten, if the allocator does not do so itself (mallopt(3), M_PERTURB: what a server sets). */
void mem_release(void *p);
void *mem_resize(void *p, size_t n);

/* Overwrites what functions that have returned left on this thread's stack. */
void mem_wipe_stack(void);

/* Grows *array (elements of `size`) so that at least `need` fit; *capacity is updated.  0 or -1. */
int mem_grow(void **array, size_t *capacity, size_t need, size_t size);

/* For tests: the `n`th allocation from now (1 = the next) and all later ones fail; 0 switches off.
 * mem_fail_count tells how many allocations were asked for since the last call of mem_fail_after. */
void mem_fail_after(unsigned long n);
unsigned long mem_fail_count(void);

#endif
