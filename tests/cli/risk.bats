#!/usr/bin/env bats
# Risks over parameter draws: the table that the risk models are checked against, and what must hold
# in every draw.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    out=$BATS_TEST_TMPDIR/out.h5
}

@test "300 draws give the scenario table of the evidence" {
    "$TACRO" run params/scenario/check_risk_5_5.yaml -o "$out" -q >/dev/null
    /usr/bin/python3 - "$out" <<'PY'
import sys
import h5py, numpy as np
sys.path.insert(0, "benchmarks")
from risk_tables import TABLE, order_statistics
with h5py.File(sys.argv[1]) as f:
    label = [x.decode() for x in f["regimen"][()]]
    assert label == list(TABLE) and f["draw"].shape == (300,)
    for outcome, column in (("pres", 0), ("rejection", 1)):
        for name in label:
            low, median, high = TABLE[name][column]
            ours = order_statistics(f[f"{outcome}_risk_horizon"][label.index(name)])
            slack = (high - low) / 5.0 + 0.05  # the table prints one decimal
            for a, b in zip(ours, (low, median, high)):
                assert abs(a - b) <= slack, (name, outcome, ours, (low, median, high))
PY
}

@test "in every draw less drug means less PRES and more rejection" {
    "$TACRO" run params/scenario/pres_lung_transplant.yaml --draws 60 --subjects 40 -o "$out" -q >/dev/null
    /usr/bin/python3 - "$out" <<'PY'
import sys
import h5py, numpy as np
with h5py.File(sys.argv[1]) as f:
    assert [x.decode() for x in f["regimen"][()]] == ["continue", "hold_resume", "hold_half", "hold_taper"]
    pres, rejection = f["pres_risk"][()], f["rejection_risk"][()]
    assert (np.diff(f["pres_risk_horizon"][()], axis=0) < 0).all()
    assert (np.diff(f["rejection_risk_horizon"][()], axis=0) > 0).all()
    for a, sign in ((pres, 1), (rejection, -1)):
        known = ~np.isnan(a[0])
        assert (sign * np.diff(a, axis=0)[:, known] <= 1e-15).all(), "on every day"
        assert (np.diff(a, axis=2)[:, :, 3:] >= 0).all(), "risks never fall"
    parts = f["pres_risk_first"][()] + f["rejection_risk_first"][()] + f["event_free_probability"][()]
    assert np.allclose(parts[~np.isnan(parts)], 1.0, atol=1e-11)
    assert (f["pres_risk_first"][()] <= pres + 1e-15)[:, known].all()
PY
}

@test "draws are nested, and their bytes depend on no thread, kernel or order" {
    case=params/scenario/pres_lung_transplant.yaml
    for n in 1 3; do
        "$TACRO" run "$case" --draws 7 --subjects 90 --threads $n -o "$BATS_TEST_TMPDIR/$n.h5" -q >/dev/null
    done
    "$TACRO" run "$case" --draws 7 --subjects 90 --kernels baseline -o "$BATS_TEST_TMPDIR/b.h5" -q >/dev/null
    "$TACRO" run "$case" --draws 3 --subjects 90 -o "$BATS_TEST_TMPDIR/three.h5" -q >/dev/null
    "$TACRO" run "$case" --draws 7 --subjects 90 --subject 333 -o "$BATS_TEST_TMPDIR/one.h5" -q >/dev/null
    /usr/bin/python3 - "$BATS_TEST_TMPDIR" <<'PY'
import sys
import h5py, numpy as np
a, b, c, three, one = (h5py.File(f"{sys.argv[1]}/{n}.h5") for n in ("1", "3", "b", "three", "one"))
assert a.attrs["content_hash"] == b.attrs["content_hash"] == c.attrs["content_hash"]
for name in ("pres_risk", "rejection_risk", "event_free_probability"):
    # other patients in a block: the solver's steps differ, within its tolerance
    assert np.allclose(a[name][:, :3], three[name][()], rtol=1e-5, atol=0, equal_nan=True), name
for name in ("concentration", "pres_probability", "rejection_time", "trough"):
    assert np.array_equal(a[name][:, 333], one[name][:, 0], equal_nan=True), name
for name, values in a["draws"].items():
    assert len(values.shape) != 1 or np.array_equal(values[:3], three["draws"][name][()]), name
PY
}

@test "more draws than the table has are refused with its number" {
    run -65 --separate-stderr "$TACRO" run params/scenario/pres_lung_transplant.yaml --draws 1001 -o "$out"
    [[ "$stderr" == *"1000"* ]]
    [ ! -e "$out" ]
}
