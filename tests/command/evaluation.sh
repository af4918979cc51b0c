#!/usr/bin/env bash
# Comparisons: their further tables, segments by an attribute, figures of each user, and what is refused.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
run 0 reckon simulate --out shop --users 300 --items 120 --events 12000 --days 120
shop() { run "$1" reckon --workspace shop/w "${@:2}"; }
run 0 reckon init shop/w
shop 0 import events shop/events.csv
shop 0 import users shop/users.csv
shop 0 compare --models popular,ease --test-days 20 --details --by country --per-user users.csv --json
cp out details.json
same "$(python3 - <<'PY'
import csv, json
d = json.load(open("details.json"))
t = d["tables"]
assert list(t) == ["differences", "segments", "users"], list(t)
main = {r["model"]: r for r in d["rows"]}
best = max(main, key=lambda m: main[m]["ndcg@10"])
for r in t["differences"]["rows"]:
    assert abs(main[r["model"]][r["metric"]] - r["value"]) < 1e-12
    if r["model"] == best:
        assert r["verdict"] == "the best" and r["difference"] is None
        continue
    assert abs(r["value"] - main[best][r["metric"]] - r["difference"]) < 1e-9
    marked = r["verdict"] != "no difference seen"
    assert marked == (r["low"] > 0 or r["high"] < 0), r
users = list(csv.DictReader(open("users.csv")))
for m in main:
    own = [float(r["ndcg@10"]) for r in users if r["model"] == m]
    assert len(own) == d["summary"]["test_users"]
    assert abs(sum(own) / len(own) - main[m]["ndcg@10"]) < 1e-6
names = {r["segment"] for r in t["segments"]["rows"]}
assert {"light users", "heavy users", "tail items"} <= names, names
countries = [r for r in t["segments"]["rows"] if r["segment"].startswith("country=")]
assert countries and all(r["users"] >= 10 for r in countries)
by_user = {(r["user"], r["model"]): float(r["ndcg@10"]) for r in users}
for r in t["users"]["rows"]:
    assert abs(by_user[r["user"], "ease"] - r["ease"]) < 1e-6
    assert r["wins"] in ("ease", "popular", "several")
print("all as they should be")
PY
)" "all as they should be" "the further tables agree with the figures"
shop 0 compare --models popular,ease --test-days 20 --details --by country --json
cmp -s <(python3 -c 'import json,sys; print(json.load(open("details.json"))["tables"])') \
    <(python3 -c 'import json,sys; print(json.load(sys.stdin)["tables"])' <out) || fail "twice the same gives the same"
shop 0 evaluate ease --test-days 20 --details
out_has "heavy users"
shop 2 compare --models popular,ease --details --seeds 2
err_has "leave one of them out"
shop 2 compare --models popular,ease --by country
err_has "--details, which is not given"
shop 3 compare --models popular,ease --test-days 20 --details --by shoe-size
err_has "users have no attribute 'shoe-size'"
finish
