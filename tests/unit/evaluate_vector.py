"""Writes evaluate_vector.h: a tiny test and every figure of it, computed with NumPy from the definitions
alone, in another way than src/engine does (full sorts, all pairs).  Run: python3 evaluate_vector.py > evaluate_vector.h"""
import numpy as np

g = np.random.default_rng(7)
U, I, K = 9, 14, (1, 3, 5, 20)
scores = g.integers(0, 6, (U, I)) / 4.0  # many ties
history = [sorted({u} | set(g.integers(0, I, 3).tolist()), key=lambda i: (i != u, i)) for u in range(U)]
future = [sorted(set(g.integers(0, I, 1 + u % 5).tolist())) for u in range(U)]


def figures(discover):
    users = np.array([[i in history[u] for i in range(I)] for u in range(U)]).sum(0)
    surprise = -np.log2(np.maximum(users, 1) / U)
    rows, lists = [], {k: [] for k in K}
    for u in range(U):
        eligible = [i for i in range(I) if not (discover and i in history[u])]
        relevant = [i for i in future[u] if i in eligible]
        if not relevant:
            continue
        ranking = sorted(eligible, key=lambda i: (-scores[u, i], i))
        others = [i for i in eligible if i not in relevant]
        pairs = [1.0 * (scores[u, a] > scores[u, b]) + 0.5 * (scores[u, a] == scores[u, b])
                 for a in relevant for b in others]
        row = []
        for k in K:
            top = ranking[:k]
            hit = np.array([i in relevant for i in top], float)
            gain = 1 / np.log2(np.arange(len(top)) + 2)
            ideal = (1 / np.log2(np.arange(min(k, len(relevant))) + 2)).sum()
            precisions = np.cumsum(hit) / (np.arange(len(top)) + 1)
            ap = (precisions * hit).sum()
            row.append([hit.sum() / k, hit.sum() / len(relevant), (gain * hit).sum() / ideal,
                        ap / len(relevant), ap / min(k, len(relevant)),
                        1 / (1 + np.argmax(hit)) if hit.any() else 0, hit.max(), np.mean(pairs),
                        surprise[top].mean()])
            lists[k] += top
        rows.append(row)
    out = []
    mean = np.array(rows).mean(0)
    for j, k in enumerate(K):
        shown = np.bincount(lists[k], minlength=I).astype(float)
        gini = np.abs(shown[:, None] - shown[None, :]).sum() / (2 * I * I * shown.mean())
        m = mean[j]
        out.append([*m[:8], (shown > 0).mean(), m[8], gini])
    return len(rows), out



print("/* Made by evaluate_vector.py. */")
print(f"#define VECTOR_USERS {U}\n#define VECTOR_ITEMS {I}\n#define VECTOR_KS {len(K)}")
print("static const uint32_t vector_k[VECTOR_KS] = {" + ", ".join(map(str, K)) + "};")
print("static const float vector_scores[VECTOR_USERS][VECTOR_ITEMS] = {")
for row in scores:
    print("    {" + ", ".join(f"{v}f" for v in row) + "},")
print("};\n/* user, item, days before now: the first event of a user is on the item of the user's number */")
print("static const struct fixture_event vector_events[] = {")
for u in range(U):
    for i in history[u]:
        print(f"    {{{u}, {i}, 40, 0}},")
    for i in future[u]:
        print(f"    {{{u}, {i}, 5, 0}},")
print("};\n/* [mode][K][metric in the order of METRICS] */")
both = [figures(False), figures(True)]
print("static const uint32_t vector_users[2] = {" + f"{both[0][0]}, {both[1][0]}" + "};")
print("static const double vector_figures[2][VECTOR_KS][METRIC_COUNT] = {")
for n, rows in both:
    print("    {")
    for r in rows:
        print("        {" + ",\n         ".join(", ".join(f"{v:.15g}" for v in part) for part in (r[:4], r[4:8], r[8:])) + "},")
    print("    },")
print("};")
