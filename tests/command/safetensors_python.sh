#!/usr/bin/env bash
# Python's safetensors reads what we write, we read what it writes, and both mean the same.
. "${RECKON_SOURCE:?}/tests/command/lib.sh"
python=${RECKON_PYTHON:-$RECKON_SOURCE/.venv/bin/python}
"$python" -c 'import numpy, safetensors' 2>/dev/null ||
    skip "Python's safetensors is not there: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt"
tool=${RECKON%/*}/tests/unit/safetensors_tool

run 0 "$tool" write ours.safetensors
cat >ours.py <<'END'
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file
with safe_open("ours.safetensors", "np") as f:
    assert f.metadata() == {"kind": 'a "n\u00e9w"\n kind'}, f.metadata()
t = load_file("ours.safetensors")
want = {
    "cube": np.array([1, -2.5, 3e-9, 0, 1e30, .1], np.float32).reshape(1, 2, 3),
    "f64": np.array([.1, -1e300]), "i32": np.array([[-1], [2**31 - 1]], np.int32),
    "i64": np.array([-2**63, 5], np.int64), "u8": np.array([0, 255, 7], np.uint8),
    "u64": np.array([2**64 - 1, 0], np.uint64), "u32": np.array([2**32 - 1], np.uint32), "none": np.zeros(0, np.float32),
}
assert t.keys() == want.keys(), t.keys()
for name, a in want.items():
    assert t[name].dtype == a.dtype and t[name].shape == a.shape and (t[name] == a).all(), (name, t[name])
END
run 0 "$python" ours.py

cat >theirs.py <<'END'
import numpy as np
from safetensors.numpy import save_file
save_file({"b": np.array([[1.5, -2]], np.float32), "a": np.array([3], np.uint8), "c": np.array([-7], np.int64)},
          "theirs.safetensors", metadata={"from": "Python"})
END
run 0 "$python" theirs.py
run 0 "$tool" print theirs.safetensors
out_has "from=Python"
out_has "b F32 1x2: 1.5 -2"
out_has "a U8 1: 3"
out_has "c I64 1: -7"

if "$python" -c 'import torch' 2>/dev/null; then
    run 0 "$python" -c 'from safetensors.torch import load_file; assert float(load_file("ours.safetensors")["cube"][0, 0, 1]) == -2.5'
fi
finish
