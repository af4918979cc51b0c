/* pool: a fixed set of worker threads that run numbered tasks.
 *
 * pool_run calls fn(context, task, worker) once for each task in [0, tasks); tasks are handed out in
 * order, one at a time, to whichever worker is free; worker is in [0, pool_size).  It returns when
 * all are done.  Determinism rule: what a task writes may depend on its task number, never on its
 * worker number, except for scratch memory.  Sums over tasks are added up in task order by the
 * caller afterwards, so that results do not depend on the number of threads.
 *
 * The calling thread works too: a pool of size 1 starts no thread.  pool_run may not be nested, and
 * one pool serves one caller at a time.  A NULL pool runs everything in the calling thread.
 * BLAS must be single-threaded inside tasks; pool_new sees to it (openblas_set_num_threads(1)). */
#ifndef RECKON_BASE_POOL_H
#define RECKON_BASE_POOL_H

#include <stddef.h>

struct pool;

typedef void (*pool_fn)(void *context, size_t task, unsigned worker);

struct pool *pool_new(unsigned threads); /* 0: as many as there are processors; NULL when out of memory */
void pool_free(struct pool *self);
unsigned pool_size(const struct pool *self); /* 1 for NULL */
void pool_run(struct pool *self, size_t tasks, pool_fn fn, void *context);

#endif
