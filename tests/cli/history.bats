#!/usr/bin/env bats
# A patient who has had PRES, and optional endpoints: what is printed and what is written.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    scenario=params/scenario/pres_history.yaml
    out=$BATS_TEST_TMPDIR/out.h5
}

# A sentence somewhere in the output, whose line breaks are taken out.
says() {
    local text
    text=$(tr -s ' \n' ' ' <<<"$output")
    [[ "$text" == *"$1"* ]] || { echo "missing: $1"; false; }
}

endpoints() {
    sed 's|^horizon: 14 d|horizon: 31 d|' "$scenario" >"$BATS_TEST_TMPDIR/endpoints.yaml"
    cat >>"$BATS_TEST_TMPDIR/endpoints.yaml" <<'YAML'
endpoints:
  - aki_week1
  - infection_year1: {baseline: 12 %}
  - dm_flare: {cases: 2 of 13, anti_mda5: high}
YAML
}

@test "the summary speaks of recovery and recurrence, and of what no evidence shows" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 100 -o "$out"
    says "AFTER PRES, onset day 3 08:00, severity coma (central values"
    says "recurrence of PRES after"
    says "recovered by day ... after onset, in percent"
    says "No published evidence that lowering or stopping tacrolimus shortens recovery; the assumed effect may be 0."
    says "given PRES at day 3 08:00 and no other event before"
    says "Unfavourable outcome"
    says "infection, which counts as sepsis"
    says "hospital mortality after the event"
    says 'not adjusted for coma or sepsis and not counted in "alive"'
    # beside continue alone: the others reduce or stop
    [ "$(grep -c "no evidence: these times" <<<"$output")" = 1 ]
    [ "$(grep -A 1 "^  continue .* % .* % .* %" <<<"$output" | grep -c "no evidence")" = 1 ]
    [[ "$output" != *"who has not had it"* ]]
    # what is assumed of the time after PRES is listed where it is used, and only there
    says "pres_lung: after.RECURRENCE = 3 (ASSUMED)"
    says "pres_lung: after.EXPOSURE_SLOPE = 0.3 (ASSUMED)"
    run -0 --separate-stderr "$TACRO" run params/scenario/pres_lung_transplant.yaml --draws 2 \
        --subjects 20 -o "$BATS_TEST_TMPDIR/new.h5"
    says "pres_lung: KE: drawn with log sd 0.6 (ASSUMED)"
    [[ "$output" != *"after."* ]]
}

@test "a severity that is not given is said to be assumed" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out"
    [[ "$output" != *"No severity is given"* ]]
    sed 's/, severity: coma//' "$scenario" >"$BATS_TEST_TMPDIR/none.yaml"
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/none.yaml" --params params --draws 1 \
        --subjects 20 --force -o "$out"
    says 'No severity is given: "severity: none" is assumed.'
}

@test "the file says what the patients have had" {
    endpoints
    "$TACRO" run "$BATS_TEST_TMPDIR/endpoints.yaml" --draws 1 --subjects 20 -q -o "$out" >/dev/null
    /usr/bin/python3 - "$out" <<'PYTHON'
import sys
import h5py

a = h5py.File(sys.argv[1]).attrs
text = {k: v.decode() if isinstance(v, bytes) else v for k, v in a.items()}
assert text["history_event"] == "pres" and text["history_severity"] == "coma", text
assert text["history_onset"] == 72
assert text["endpoints"] == "aki_week1 infection_year1 dm_flare", text["endpoints"]
assert "organ" not in text
PYTHON
}

@test "the datasets hold recovery and recurrence" {
    "$TACRO" run "$scenario" --draws 1 --subjects 300 -o "$out" -q >/dev/null
    /usr/bin/python3 - "$out" <<'PYTHON'
import sys
import h5py
import numpy as np

f = h5py.File(sys.argv[1])
day, p = f["day"][:], f["pres_recovery"][:]
assert p.shape == (4, 1, len(day))
after = day >= 3
assert np.isnan(p[:, :, ~after]).all() and not np.isnan(p[:, :, after]).any()
assert (p[:, :, day == 3] == 0).all()
assert (np.diff(p[:, :, after]) > 0).all()
# continue recovers last, tapering first
assert (np.diff(p[:, 0, -1]) >= 0).all() and p[3, 0, -1] > p[0, 0, -1]
assert np.array_equal(f["pres_recovery_quantile"][:, 0], p[:, 0], equal_nan=True)
time, again = f["pres_recovery_time"][:], f["pres_time"][:]
assert time.shape == (4, 300) and (time > 72).all()
assert (np.isnan(again) | (again >= time)).all()
late = time >= 14 * 24
assert late.any() and (f["pres_probability"][:][late] == 0).all()
assert (f["pres_probability"][:][time < 200] > 0).all()
assert (f["pres_risk"][:, 0, -1] < 0.05).all()
assert "recurrence" in f["pres_risk"].attrs["long_name"]
assert f["pres_imaging_recovery"].shape == (1, len(day))
assert abs(f["pres_mortality"][0] - 0.0625) < 1e-3
u = f["pres_unfavourable"][:]
assert (u == u[0]).all() and 0.2 < u[0, 0] < 0.85
PYTHON
}

@test "the JSON has the same, and does not claim an interval" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 100 -o "$out" --json
    /usr/bin/python3 - 3<<<"$output" <<'PYTHON'
import json
import os

after = json.load(os.fdopen(3))["summary"]["after"]
assert after["outcome"] == "pres" and after["severity"] == "coma" and after["onset_h"] == 72
rows = {r["label"]: r for r in after["regimens"]}
assert [r["days_after_onset"] for r in rows["continue"]["recovered"]] == [1, 2, 4, 7, 14]
assert rows["continue"]["is_dosing_unchanged"] and "no evidence" in rows["continue"]["evidence"]
for label in ("hold_resume", "hold_half", "hold_taper"):
    assert not rows[label]["is_dosing_unchanged"] and rows[label]["evidence"] is None
assert after["mortality"]["interval"] is None
PYTHON
}

@test "threads, kernels and --subject change nothing" {
    endpoints
    for n in 1 3; do
        "$TACRO" run "$BATS_TEST_TMPDIR/endpoints.yaml" --draws 1 --subjects 600 --threads $n -q \
            -o "$BATS_TEST_TMPDIR/t$n.h5" >/dev/null
    done
    "$TACRO" run "$BATS_TEST_TMPDIR/endpoints.yaml" --draws 1 --subjects 600 --kernels baseline -q \
        -o "$BATS_TEST_TMPDIR/t0.h5" >/dev/null
    /usr/bin/python3 tests/cli/compare_results.py all "$BATS_TEST_TMPDIR"/t?.h5
    "$TACRO" run "$BATS_TEST_TMPDIR/endpoints.yaml" --draws 1 --subjects 600 --subject 517 -q \
        -o "$BATS_TEST_TMPDIR/one.h5" >/dev/null
    /usr/bin/python3 tests/cli/compare_results.py subject "$BATS_TEST_TMPDIR/t1.h5" \
        "$BATS_TEST_TMPDIR/one.h5"
}

@test "optional endpoints stand with their window and assumptions" {
    endpoints
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/endpoints.yaml" \
        --draws 1 --subjects 200 -o "$out"
    says "OPTIONAL ENDPOINTS (central values, interval not computed)"
    says "acute kidney injury in week 1 after lung transplantation (aki_week1)"
    says "drawn in 40 % of patients (ASSUMED)"
    says "baseline 12 % by the scenario"
    says "2 of 13 cases, whatever the dose"
    [ "$(grep -A 1 "(dm_flare)" <<<"$output" | grep -c "^    all ")" = 1 ] # the same in every regimen
    says "FLAG: anti-MDA5 titre persistently high, no multiplier (one patient)"
    says "infection_year1: LOG_RR = 0.18 (ASSUMED)"
    /usr/bin/python3 - "$out" <<'PYTHON'
import sys
import h5py

f = h5py.File(sys.argv[1])
flare, infection, aki = (f[n + "_probability"][:, 0] for n in ("dm_flare", "infection_year1", "aki_week1"))
assert abs(flare - 0.179).max() < 1e-9
assert infection[0] > infection[3] >= 0.12 and infection[0] <= 0.12 * 2.718 ** 0.181
assert 0.3 < aki[3] <= aki[0] < 0.9
assert "endpoint_aki_week1" in f["input"]
PYTHON
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 --force -o "$out"
    [[ "$output" != *"OPTIONAL ENDPOINTS"* ]]
}
