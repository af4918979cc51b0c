"""Assignment hashes: published cases, and hashlib."""
import hashlib

ALPHABET = [("user-%d" % i) for i in range(12)] + ["ünïcode", "日本語", "emoji😀", "a" * 200]


def fnv(units):
    h = 0x811C9DC5
    for u in units:
        h = ((h ^ u) * 0x01000193) & 0xFFFFFFFF
    return h


def utf16(text):
    b = text.encode("utf-16-le")
    return [b[i] | b[i + 1] << 8 for i in range(0, len(b), 2)]


def murmur3(data, seed):
    def rotl(x, r):
        return ((x << r) | (x >> (32 - r))) & 0xFFFFFFFF
    h, n = seed, len(data)
    for i in range(0, n // 4 * 4, 4):
        k = int.from_bytes(data[i:i + 4], "little")
        k = (rotl((k * 0xCC9E2D51) & 0xFFFFFFFF, 15) * 0x1B873593) & 0xFFFFFFFF
        h = (rotl(h ^ k, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    tail = data[n // 4 * 4:]
    if tail:
        k = int.from_bytes(tail, "little")
        h ^= (rotl((k * 0xCC9E2D51) & 0xFFFFFFFF, 15) * 0x1B873593) & 0xFFFFFFFF
    h ^= n
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return h ^ (h >> 16)


def sha1_60(text):
    return int(hashlib.sha1(text.encode()).hexdigest()[:15], 16)


def sample(salt, unit, n, draws):
    out = list(range(n))
    for i in range(n - 1, 0, -1):
        j = sha1_60("%s.%s.%d" % (salt, unit, i)) % (i + 1)
        out[i], out[j] = out[j], out[i]
    return out[:draws]


def generate(c):
    for seed, value, version, n in (("", "a", 1, 0.22), ("b", "a", 1, 0.946), ("asdf", "8952klfjas09ujk", 1, 0.549), ("seed", "a", 2, 0.0505), ("foo", "def", 2, 0.2019),
                                    ("90850943850283058242805", "123", 2, 0.7516)):
        c.add("hash", {"scheme": "growthbook-v%d" % version, "salt": seed, "unit": value}, {"fraction": n}, 1e-12, by="GrowthBook's own cases")
    c.add("hash", {"scheme": "planout", "salt": "exp.color", "unit": "42"}, {"integer": 300455995925741203, "fraction": 0.26060403481518757, "text": "exp.color.42"}, 1e-15, by="PlanOut")
    c.add("hash", {"scheme": "planout", "salt": "exp.b", "unit": "42.us"}, {"fraction": 0.9230134439145767}, 1e-15, by="PlanOut, two units")
    c.add("hash", {"scheme": "planout", "salt": "exp.w", "unit": "7"}, {"fraction": 0.4402921134005581}, 1e-15, by="PlanOut")
    c.add("hash", {"scheme": "planout", "salt": "shared", "unit": "42"}, {"integer": 1040754229444832434}, by="PlanOut, full_salt")
    c.add("planout", {"operator": "choice", "salt": "exp.color", "unit": "42", "n": 3}, {"value": 1}, by="PlanOut")
    c.add("planout", {"operator": "float", "salt": "exp.x", "unit": "42"}, {"value": 0.5423038270747488}, 1e-15, by="PlanOut")
    c.add("planout", {"operator": "integer", "salt": "exp.n", "unit": "42", "min": 0, "max": 9999}, {"value": 5661}, by="PlanOut")
    c.add("planout", {"operator": "sample", "salt": "exp.s", "unit": "7", "n": 6, "draws": 3}, {"value": [3, 2, 0]}, by="PlanOut")
    c.add("planout", {"operator": "integer", "salt": "ns.segment", "unit": "42", "min": 0, "max": 999}, {"value": 602}, by="PlanOut, namespace")
    c.add("planout", {"operator": "sample", "salt": "ns", "unit": "sampled_segments.exp1", "n": 1000, "draws": 5},
          {"value": sample("ns", "sampled_segments.exp1", 1000, 5)}, by="hashlib")
    for unit in ALPHABET:
        for salt in ("exp", "checkout-2024"):
            v2 = fnv([ord(d) for d in str(fnv(utf16(salt + unit)))]) % 10000
            c.add("hash", {"scheme": "growthbook-v2", "salt": salt, "unit": unit}, {"integer": v2, "text": salt + unit}, by="FNV-1a of UTF-16 units")
        c.add("hash", {"scheme": "growthbook-v1", "salt": "exp", "unit": unit}, {"integer": fnv(utf16(unit + "exp")) % 1000}, by="FNV-1a of UTF-16 units")
        c.add("hash", {"scheme": "planout", "salt": "e.p", "unit": unit}, {"integer": sha1_60("e.p." + unit)}, by="hashlib")
        c.add("hash", {"scheme": "posthog", "salt": "flag", "unit": unit, "suffix": "variant"}, {"integer": sha1_60("flag.%svariant" % unit), "text": "flag.%svariant" % unit}, by="hashlib")
        c.add("hash", {"scheme": "eppo", "salt": "s", "unit": unit}, {"integer": int(hashlib.md5(("s-" + unit).encode()).hexdigest()[:8], 16) % 10000}, by="hashlib")
        c.add("hash", {"scheme": "statsig", "salt": "a.b", "unit": unit}, {"integer": int.from_bytes(hashlib.sha256(("a.b." + unit).encode()).digest()[:8], "big") % 10000}, by="hashlib")
        c.add("hash", {"scheme": "optimizely", "salt": "1886780721", "unit": unit}, {"integer": int(murmur3((unit + "1886780721").encode(), 1) / 2**32 * 10000)}, by="MurmurHash3")
    for unit, bucket in (("ppid1", 5254), ("ppid2", 4299), ("ppid3", 5439)):
        exp = {"ppid1": "1886780721", "ppid2": "1886780721", "ppid3": "1886780722"}
        value = int(murmur3((unit + exp[unit]).encode(), 1) / 2**32 * 10000)
        c.add("hash", {"scheme": "optimizely", "salt": exp[unit], "unit": unit}, {"integer": value}, by="MurmurHash3")
    c.refuse("hash", {"scheme": "growthbook-v2", "salt": "a", "unit": ""})
    c.refuse("hash", {"scheme": "planout", "salt": "a", "unit": "x" * 5000})
    c.refuse("hash", {"scheme": "growthbook-v99", "salt": "abc", "unit": "def"}, "not_found")
    u = sha1_60("e.w.7") / 2**60
    weights = [0.2, 0.3, 0.5]
    c.add("planout", {"operator": "weighted", "salt": "e.w", "unit": "7", "weights": weights}, {"value": 0 if u <= 0.2 else 1 if u <= 0.5 else 2}, by="hashlib")
    c.add("planout", {"operator": "weighted", "salt": "e.w", "unit": "7", "weights": [0, 0, 5]}, {"value": 2}, by="one weight")
    for bad in ({"operator": "integer", "min": 5, "max": 4}, {"operator": "choice", "n": 0}, {"operator": "weighted", "weights": [0, 0]}, {"operator": "weighted", "weights": [-1, 2]},
                {"operator": "sample", "n": 3, "draws": 4}):
        c.refuse("planout", {**{"salt": "a", "unit": "b"}, **bad})
    def bucket(unit, salt):
        return fnv([ord(d) for d in str(fnv(utf16(salt + unit)))]) % 10000
    for unit in ALPHABET:
        b = bucket(unit, "exp")
        c.add("assign", {"weights": [5000, 5000], "salt": "exp", "unit": unit}, {"arm": b // 5000, "moved": 0}, by="slots")
        # At 10 % coverage an arm owns the first tenth of its range.
        arm = b // 5000 if b % 5000 < 500 else -1
        c.add("assign", {"weights": [5000, 5000], "coverage": 1000, "salt": "exp", "unit": unit}, {"arm": arm}, by="slots")
        # 50/50 to 60/40: a tenth of the users moves, those at B's end.
        c.add("assign", {"weights": [5000, 5000], "change": [6000, 4000], "salt": "exp", "unit": unit}, {"arm": 0 if b < 5000 or b >= 9000 else 1, "moved": 1000}, by="slots")
    c.add("assign", {"weights": [5000, 5000], "change": [3334, 3333, 3333], "salt": "exp", "unit": "u"}, {"moved": 3333}, by="a third arm takes from both")
    c.add("assign", {"weights": [5000, 5000], "change": [5000, 5000], "salt": "exp", "unit": "u"}, {"moved": 0}, by="nothing changes")
    c.add("assign", {"weights": [10000], "salt": "exp", "unit": "u"}, {"arm": 0}, by="one arm")
    for bad in ({"weights": []}, {"weights": [5000, 4900]}, {"weights": [6000, 5000]}, {"coverage": 10001}, {"unit": ""}, {"change": [20000]}):
        c.refuse("assign", {**{"weights": [5000, 5000], "salt": "e", "unit": "u"}, **bad})
    c.add("assign", {"weights": [5000, 4900], "whole": False, "salt": "e", "unit": "u"}, {"moved": 0}, by="a rest for nobody")
