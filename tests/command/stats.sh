#!/usr/bin/env bash
# The statistics give the known answers, and reckon stats check says so when they do not.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"

for file in "$RECKON_SOURCE"/tests/stats/vectors/*.json "${RECKON_SHARED:?}"/vectors/experiments.json; do
    [ -f "$file" ] || continue
    run 0 reckon stats check "$file"
    out_has "missed     0"
done

cat >wrong.json <<'END'
{"cases": [
 {"function": "norm_cdf", "inputs": {"x": 0}, "expected": 0.5, "tolerance": {"rel": 1e-10, "abs": 0}},
 {"function": "norm_cdf", "inputs": {"x": 0}, "expected": 0.51, "tolerance": {"rel": 1e-10, "abs": 0}},
 {"function": "srm_chi2", "inputs": {"observed": [4, 9], "weights": [1, 1]},
  "expected": {"chi2": 1.9230769230769231, "df": 2, "p_value": 0.2}, "tolerance": {"rel": 1e-8, "abs": 0}},
 {"function": "no_such", "inputs": {}, "expected": 1},
 {"function": "norm_cdf", "inputs": {}, "expected": 1},
 {"function": "norm_cdf", "inputs": {"x": "a"}, "expected": {"error": "bad_data"}},
 {"function": "welch_t_raw", "inputs": {"a": [1, "nan"], "b": [1, 2]}, "expected": {"error": "bad_data"}},
 {"function": "adjust_p_values", "inputs": {"p": [0.01, 0.5]}, "expected": {"adjusted": [0.02, 0.6], "reject": [true, true]}}
]}
END
run 1 reckon stats check wrong.json --json
err_has "5 of 8 cases missed"
same "$(json '[(r["case"], r["output"]) for r in d["rows"]]')" \
    "[(2, None), (3, 'df'), (3, 'p_value'), (4, None), (5, None), (8, 'adjusted[1]'), (8, 'reject[1]')]" "the misses"
same "$(json 'd["summary"]["passed"]')" 3 "cases that passed"
same "$(json 'd["rows"][0]["got"], d["rows"][0]["expected"]')" "('0.5', '0.51000000000000001')" "what was wrong"

# What another person may write: names of SciPy and statsmodels, Python's NaN, a list alone, one tolerance
cat >others.json <<'END'
[{"function": "norm_ppf", "inputs": {"q": 0.975}, "expected": 1.959963984540054},
 {"function": "Normal_CDF", "inputs": {"x": -Infinity}, "expected": 0.0},
 {"function": "t_isf", "inputs": {"q": 0.025, "df": Infinity}, "expected": 1.959963984540054, "rtol": 1e-9},
 {"function": "adjust_p_values", "inputs": {"pvals": [0.01, 0.04], "method": "fdr_bh"},
  "expected": {"adjusted": [0.02, 0.04], "reject": [1, 1]}, "tolerance": 1e-12},
 {"function": "two_proportion_z", "inputs": {"count_a": 20, "nobs_a": 200, "count_b": 35, "nobs_b": 200, "alternative": "larger"},
  "expected": {"z": 2.177862025921883}, "tolerance": [1e-9, 0]},
 {"function": "proportion_ci", "inputs": {"count": 0, "nobs": 10, "alpha": 0.05, "method": "beta"},
  "expected": {"low": 0, "high": 0.3084971078187608}, "tolerance": {"rtol": 1e-9, "atol": 1e-12}},
 {"function": "welch_t_raw", "inputs": {"a": [1, NaN], "b": [1, 2]}, "expected": {"error": "bad_data"}}]
END
run 0 reckon stats check others.json
cat >odd.json <<'END'
{"cases": [1, null, [], {}, {"function": 1}, {"function": "norm_cdf", "inputs": 3, "expected": 1},
 {"function": "norm_cdf", "inputs": {"x": 0}, "expected": null}, {"function": "norm_cdf", "inputs": {"x": 0}, "expected": 0.5, "tolerance": -1},
 {"function": "norm_cdf", "inputs": {"x": 0, "loc": 1}, "expected": 0.4}, {"function": "log_gamma", "inputs": {"x": 1e400}, "expected": 1},
 {"function": "planout", "inputs": {"operator": "sample", "salt": "s", "unit": "1", "n": 6, "draws": -3}, "expected": 1},
 {"function": "norm_cdf", "inputs": {"x": 100000000000000000000000}, "expected": 0.9}]}
END
run 5 reckon stats check odd.json
err_has "is not JSON"
sed -i 's/1e400/1e300/' odd.json
run 1 reckon stats check odd.json --json
err_has "12 of 12 cases missed"
out_has "inputs that it does not take: loc"
out_has "what is not a case"

run 3 reckon stats check missing.json
echo '{"cases": [' >broken.json
run 5 reckon stats check broken.json
err_has "is not JSON: line 2"
echo '{}' >empty.json
run 5 reckon stats check empty.json
err_has "has no list 'cases'"
run 0 reckon stats functions
out_has fisher_exact
finish
