#!/usr/bin/env python3
"""PyPI `implicit`'s ALS (CG on): peer_implicit.py DIR LISTS FACTORS ITERATIONS REGULARIZATION ALPHA

Reads what `bench_ials split` wrote; prints one line of JSON (wall seconds of fit() and of its iterations as it
reports them, CPU seconds, and the peak memory up to the end of fit()), and writes each user's ten best items."""
import json
import os
import resource
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as its README asks
import numpy as np
import scipy.sparse as sparse
from implicit.als import AlternatingLeastSquares


def main():
    path, lists, factors, iterations, regularization, alpha = sys.argv[1:7]
    start = np.fromfile(f"{path}/train.start", dtype=np.uint64).astype(np.int64)
    item = np.fromfile(f"{path}/train.item", dtype=np.uint32).astype(np.int32)
    items = int(np.fromfile(f"{path}/items", dtype=np.uint32)[0])
    train = sparse.csr_matrix((np.ones(len(item), dtype=np.float32), item, start), shape=(len(start) - 1, items))
    train.sum_duplicates()
    train.data[:] = 1
    train.indices = train.indices.astype(np.int32)
    train.indptr = train.indptr.astype(np.int32)
    del item, start
    model = AlternatingLeastSquares(factors=int(factors), iterations=int(iterations), use_cg=True, dtype=np.float32,
                                    regularization=float(regularization), alpha=float(alpha), num_threads=2,
                                    random_state=1)
    spent = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.perf_counter()
    model.fit(train, show_progress=False, callback=lambda number, seconds, *rest: spent.append(seconds))
    fit = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": round(fit, 3), "iterations": round(sum(spent), 3), "cpu": round(cpu, 3),
                      "peak_mb": round(after.ru_maxrss / 1024)}))
    users = train.shape[0]
    best = np.empty((users, 10), dtype=np.uint32)
    for at in range(0, users, 5000):
        some = np.arange(at, min(at + 5000, users))
        best[some] = model.recommend(some, train[some], N=10, filter_already_liked_items=True)[0]
    best.tofile(lists)


if __name__ == "__main__":
    main()
