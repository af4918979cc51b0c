#!/usr/bin/env python3
"""A synthetic shop of any size, seeded: make_shop.py USERS ITEMS EVENTS SEED OUT

Synthetic, for measuring speed only. Users have a few of 200 tastes, every item belongs to three of them and has
a Zipf popularity within each; a fifth of the events follow popularity alone. OUT gets a header of three
uint64 (users, items, events) and then the events as pairs of uint32 (user, item), by user, in time order."""
import sys

import numpy as np

TASTES = 200


def main():
    users, items, events, seed = (int(a) for a in sys.argv[1:5])
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0, 1.0, users)
    per_user = np.maximum(5, np.round(activity * events / activity.sum())).astype(np.int64)
    user = np.repeat(np.arange(users, dtype=np.uint32), per_user)
    n = len(user)
    popularity = 1 / (10 + rng.permutation(items)) ** 0.9

    # each user's tastes: four, the first the strongest
    tastes = rng.integers(0, TASTES, (users, 4))
    which = np.searchsorted(np.cumsum([0.45, 0.25, 0.18, 0.12]), rng.random(n) * 0.999999)
    taste = tastes[user, which]
    taste[rng.random(n) < 0.2] = TASTES  # popularity alone

    member = np.stack([rng.permutation(items) % TASTES for _ in range(3)])
    item = np.empty(n, dtype=np.uint32)
    order = np.argsort(taste, kind="stable")
    bounds = np.searchsorted(taste[order], np.arange(TASTES + 2))
    for t in range(TASTES + 1):
        mine = order[bounds[t]:bounds[t + 1]]
        among = np.arange(items) if t == TASTES else np.unique(np.nonzero(member == t)[1])
        cdf = np.cumsum(popularity[among])
        item[mine] = among[np.searchsorted(cdf, rng.random(len(mine)) * cdf[-1] * 0.999999)]

    with open(sys.argv[5], "wb") as out:
        np.array([users, items, n], dtype=np.uint64).tofile(out)
        np.stack([user, item], axis=1).astype(np.uint32).tofile(out)
    pairs = len(np.unique(user.astype(np.uint64) * items + item))
    print(f"synthetic shop: {users} users, {items} items, {n} events, {pairs} distinct pairs, seed {seed}")


if __name__ == "__main__":
    main()
