#!/usr/bin/env python3
"""Writes tests/stats/vectors/*.json: known answers for src/stats, from SciPy, statsmodels, mpmath and plain definitions.

Run it after changing a gen_*.py, with the packages of requirements.txt beside it; the JSON is committed, so that every
clone can check it without them:

    python3 -m venv .venv-stats && .venv-stats/bin/pip install -r tests/stats/requirements.txt
    .venv-stats/bin/python tests/stats/make_vectors.py
"""
import importlib
import json
import math
import pathlib
import sys

FORMAT = "known-answer cases for the statistics of reckon; see reckon stats check --help"
PARTS = ["distributions", "tests", "power", "effects", "sequential", "bayes", "bandits", "policies", "assignment"]


class Cases:
    """The cases of one file."""

    def __init__(self):
        self.cases = []

    def add(self, function, inputs, expected, rel=1e-9, abs=1e-300, by=""):
        self.cases.append({"function": function, "inputs": plain(inputs), "expected": plain(expected),
                           "tolerance": {"rel": rel, "abs": abs}, "computed_with": by})

    def refuse(self, function, inputs, error="bad_data"):
        self.add(function, inputs, {"error": error}, by="must be refused")


def plain(value):
    """JSON without bare NaN or Infinity."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    value = float(value)
    if math.isnan(value):
        return "nan"
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else value


def main():
    folder = pathlib.Path(__file__).parent
    sys.path.insert(0, str(folder))
    for part in sys.argv[1:] or PARTS:
        cases = Cases()
        importlib.import_module("gen_" + part).generate(cases)
        lines = ",\n  ".join(json.dumps(c, ensure_ascii=False) for c in cases.cases)
        text = '{\n "format": %s,\n "cases": [\n  %s\n ]\n}\n' % (json.dumps(FORMAT), lines)
        (folder / "vectors").mkdir(exist_ok=True)
        (folder / "vectors" / (part + ".json")).write_text(text, encoding="utf-8")
        print(part, len(cases.cases))


if __name__ == "__main__":
    main()
