#!/usr/bin/env python3
"""iALS against PyPI `implicit`, both on two threads, in turns, on one split of a synthetic shop.

  run.py BENCH_IALS [--users 138000 --items 27000 --events 20000000] [--dims 64,128] [--rounds 3] [--work DIR]

Makes a virtual environment with pinned versions in the work directory (kept, so that a second run is quick), the
shop and the split; then, for each number of factors, runs both sides in turns and prints, for the iterations of
`implicit` that are asked for, its NDCG@10, how many epochs ours needs to have at least that, and both times.
One function here measures the lists of both."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv

PINNED = ["numpy==2.4.6", "scipy==1.17.1", "implicit==0.7.3"]
HERE = os.path.dirname(os.path.abspath(__file__))
# What was best of a few points on this shop with that many factors, for either side: regularization and alpha;
# settings of ours, and the numbers of epochs to try until NDCG@10 is at least theirs.
THEIRS = {64: (1, 10), 128: (3, 3)}
OURS = {64: "unobserved_weight=0.07 reg=0.001 reg_exponent=1", 128: "unobserved_weight=0.7 reg=4 reg_exponent=0"}
EPOCHS = {64: "10,12,14,16", 128: "6,8,10,12,16"}

NDCG = """
import sys, numpy as np
d, path = sys.argv[1:3]
start = np.fromfile(d + '/test.start', dtype=np.uint64).astype(np.int64)
item = np.fromfile(d + '/test.item', dtype=np.uint32).astype(np.int64)
items = int(np.fromfile(d + '/items', dtype=np.uint32)[0])
lists = np.fromfile(path, dtype=np.uint32).reshape(-1, 10).astype(np.int64)
n = np.diff(start)
pairs = np.repeat(np.arange(len(n)), n) * items + item      # ascending
want = np.arange(len(n))[:, None] * items + lists
at = np.minimum(np.searchsorted(pairs, want), len(pairs) - 1)
discount = 1 / np.log2(np.arange(10) + 2)
ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(n, 10)]
dcg = ((pairs[at] == want) * discount).sum(axis=1)
print((dcg[n > 0] / ideal[n > 0]).mean())
"""


def environment(work):
    python = os.path.join(work, "venv", "bin", "python")
    if not os.path.exists(python):
        venv.create(os.path.join(work, "venv"), with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
    return python


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench_ials")
    parser.add_argument("--users", type=int, default=138000)
    parser.add_argument("--items", type=int, default=27000)
    parser.add_argument("--events", type=int, default=20000000)
    parser.add_argument("--dims", default="64,128")
    parser.add_argument("--iterations", default="15", help="of implicit (15 is its default)")
    parser.add_argument("--epochs", help="of ours, tried in this order")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "reckon-bench-ials"))
    parser.add_argument("--theirs", help="regularization,alpha")
    parser.add_argument("--ours", help="name=value ...")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    python = environment(args.work)
    name = f"{args.users}-{args.items}-{args.events}"
    shop, split = os.path.join(args.work, name + ".events"), os.path.join(args.work, name)
    if not os.path.exists(os.path.join(split, "items")):
        os.makedirs(split, exist_ok=True)
        subprocess.run([python, os.path.join(HERE, "make_shop.py"), str(args.users), str(args.items),
                        str(args.events), "1", shop], check=True)
        subprocess.run([args.bench_ials, "split", shop, "1", split], check=True)
        os.remove(shop)

    def run(command):
        lists = os.path.join(args.work, "lists")
        done = subprocess.run([a if a != "LISTS" else lists for a in command], check=True, capture_output=True, text=True)
        ndcg = subprocess.run([python, "-c", NDCG, split, lists], check=True, capture_output=True, text=True)
        return {**json.loads(done.stdout.strip().splitlines()[-1]), "ndcg": float(ndcg.stdout)}

    def theirs(dim, iterations):
        return run([python, os.path.join(HERE, "peer_implicit.py"), split, "LISTS", dim, iterations,
                    *(args.theirs.split(",") if args.theirs else map(str, THEIRS[int(dim)]))])

    def ours(dim, epochs):
        settings = args.ours or OURS[int(dim)]
        return run([args.bench_ials, "train", split, "LISTS", "2", f"dim={dim}", f"epochs={epochs}", *settings.split()])

    for dim in args.dims.split(","):
        for iterations in args.iterations.split(","):
            their = [theirs(dim, iterations)]
            for epochs in (args.epochs or EPOCHS[int(dim)]).split(","):
                our = [ours(dim, epochs)]
                print(f"  dim {dim}: {epochs} epochs {our[0]} against {iterations} iterations {their[0]}", flush=True)
                if our[0]["ndcg"] >= their[0]["ndcg"]:
                    break
            else:
                print(f"dim {dim}: {iterations} iterations of implicit are not reached")
                continue
            for _ in range(args.rounds - 1):
                their.append(theirs(dim, iterations))
                our.append(ours(dim, epochs))
            pairs = [o["seconds"] / t["seconds"] for o, t in zip(our, their)]
            cpu = [o["cpu"] / t["cpu"] for o, t in zip(our, their)]
            print(f"dim {dim}: implicit {iterations} iterations {statistics.median(t['seconds'] for t in their):.2f} s "
                  f"NDCG@10 {their[0]['ndcg']:.4f} peak {their[0]['peak_mb']:.0f} MB; reckon {epochs} epochs "
                  f"{statistics.median(o['seconds'] for o in our):.2f} s NDCG@10 {our[0]['ndcg']:.4f} peak "
                  f"{our[0]['peak_mb']:.0f} MB; ratio of times {statistics.median(pairs):.3f} "
                  f"({', '.join(f'{p:.3f}' for p in pairs)}), of CPU times {statistics.median(cpu):.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
