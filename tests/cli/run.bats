#!/usr/bin/env bats
# tacro run: what it prints, what it writes, and how it fails.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    scenario=params/scenario/pres_lung_transplant.yaml
    work=$BATS_TEST_TMPDIR/work
    out=$work/out.h5
    mkdir "$work"
}

# Only the files named are in the folder of the result.
holds_only() {
    local found
    found=$(ls -A "$work" | tr '\n' ' ')
    [ "$found" = "${*:+$* }" ] || { echo "found: $found"; false; }
}

is_hdf5() {
    [ "$(head -c 4 "$1" | tail -c 3)" = HDF ]
}

# The output with its line breaks taken out, so that sentences can be searched.
flat() {
    tr -s ' \n' ' ' <<<"$output"
}

says() {
    local text
    text=$(flat)
    [[ "$text" == *"$1"* ]] || { echo "missing: $1"; false; }
}

@test "the summary says what a pharmacist must read first" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out"
    says "sikma2020_thoracic_icu, valid on days"
    says "band = 90 % of simulated patients; no measured level of a patient was used"
    says "Research use; not dosing advice."
    says "from day 3 08:00 to day 14 08:00"
    says "(central values, interval not computed)"
    says "RISK from day 3 08:00 to day 14 08:00 (central values, interval not computed)"
    says 'Death not modelled: "alive" is taken for granted'
    says "Monte Carlo error of the averages: at most"
    says "EACH RISK, against continue in the same patients"
    says "BENEFIT AND RISK for a comparable patient who has not had PRES"
    says "It ranks nothing for a patient who has PRES"
    says "EXTRAPOLATED beyond the data"
    says "HOW SOON THE LEVEL FALLS"
    says "capsules"
    says "ASSUMED in the scenario"
    says "ASSUMED or UNVERIFIED in the models"
    says "DRAWN per patient"
    says "extrapolation: this day is outside the days on which the PK model was calibrated"
    says "A normal level does not exclude PRES"
    says "Targets are settings of the scenario"
    says "in the order of the scenario, which is no ranking"
    says "$out"
    [ -s "$out" ]
    holds_only out.h5
}

@test "what the scenario changes in the models stands in the head and first below" {
    sed "s|^draws: 100|draws: 100\nparameters: {CL: 14 L/h}|; s/give: 3 mg/give: 15 mg/" \
        "$scenario" >"$BATS_TEST_TMPDIR/changed.yaml"
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/changed.yaml" --draws 1 --subjects 5 \
        --params params -o "$out"
    grep -A1 '^Patients' <<<"$output" | grep -q '^Changed     CL = 14 L/h$'
    says "WHAT THIS RESTS ON CHANGED BY THE SCENARIO (1) - CL = 14 L/h"
    # 15 mg is outside the calibrated doses
    says "WARNINGS about the input ("
    [[ "$(flat)" == *"CHANGED BY"*"WARNINGS about"*"ASSUMED in the scenario"* ]]
}

@test "the PRES column says that it is about another patient" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out" --json
    python3 -c '
import json, sys
names = {o["name"]: o["endpoint"] for o in json.load(sys.stdin)["summary"]["outcomes"]}
assert names["pres"] == "new PRES in a comparable patient who has not had it", names
' <<<"$output"
}

@test "the summary names every regimen and every day, in 100 columns" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out"
    LC_ALL=C.UTF-8 awk 'length > 100 { print "too wide: " $0; bad = 1 } END { exit bad }' <<<"$output"
    [ "$(grep -c '(reference)' <<<"$output")" -eq 1 ]
    grep -Eq '^ +14\* ' <<<"$output"
}

@test "printed risks have two significant figures at most" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 50 -o "$out"
    python3 -c '
import re, sys
text = sys.stdin.read()
table = text[text.index("\nRISK"):text.index("\nDOSES")]
cells = re.findall(r"([0-9.]+) (?:%|points)|[-+]([0-9.]+)$", table, re.M)
cells = [a or b for a, b in cells]
assert len(cells) >= 9, table
for cell in cells:
    digits = cell.replace(".", "").lstrip("0")
    assert len(digits) <= 2 or cell == "100" or cell == "0.001", cell
' <<<"$output"
}

@test "--json parses and holds the summary unrounded" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 --seed 7 -o "$out" --json
    OUT=$out python3 -c '
import json, os, sys
run = json.load(sys.stdin)
assert run["status"] == "ok" and run["exit_code"] == 0 and run["error"] is None
assert run["output"] == os.environ["OUT"]
assert all(n["severity"] in ("warning", "notice") for n in run["notes"])
s = run["summary"]
assert s["subjects"] == 20 and s["draws"] == 1 and s["failed"] == 0
assert s["courses"] == 20 * len(s["regimens"])
assert s["seed"] == 7 and s["death_hazard_per_h"] == 0 and s["organ"] is None
assert s["landmark"] == {"time_h": 72.0, "day": 3, "clock": "08:00"}
assert s["horizon"] == {"time_h": 336.0, "day": 14, "clock": "08:00"}
assert len(s["content_hash"]) == 64
assert any("no measured level of a patient was used" in t for t in s["statements"])
assert {a["kind"] for a in s["assumptions"]} >= {"scenario", "parameter"}
assert [o["name"] for o in s["outcomes"]] == ["pres", "rejection"]
references = [r["label"] for r in s["regimens"] if r["is_reference"]]
assert references == [s["reference"]]
for r in s["regimens"]:
    assert len(r["risks"]) == 2
    for risk in r["risks"] + [r["event_free"]]:
        assert 0 <= risk["probability"] <= 1
        assert risk["interval"] is None
        assert "interval not computed" in risk["interval_status"]
        assert risk["difference_interval"] is None and risk["probability_lower"] is None
        assert risk["patients_needed"] is None and not risk["are_patients_too_few_to_tell"]
        if r["is_reference"]:
            assert abs(risk["difference"]) < 1e-12
    days = r["days"]
    assert [d["day"] for d in days] == list(range(days[0]["day"], days[0]["day"] + len(days)))
    assert days[0]["trough_ng_per_mL"]["p50"] is None
    for d in days[1:]:
        band = d["trough_ng_per_mL"]
        assert band["p05"] <= band["p50"] <= band["p95"]
        assert abs(sum(d["target_share"].values()) - 1) < 1e-9
    assert any(d["is_outside_calibration"] for d in days)
    assert not days[3]["is_outside_calibration"]
    for key in ("at_landmark_ng_per_mL", "cmax_ng_per_mL", "hours_to_level_below_10",
                "hours_to_level_below_5", "days_with_trough_below_5",
                "trough_share_below_2", "trough_share_above_25", "target_share",
                "days_in_range", "days_in_range_interval", "days_with_target"):
        assert key in r, key
assert s["has_history"] is False and s["drivers"] == []
c = s["comparison"]
assert c["draws"] == 1 and c["why_not"] is None
assert [p["measure"] for p in c["pairs"]] == ["pres", "rejection", "event_free", "days_in_range"]
n = len(s["regimens"])
for p in c["pairs"][:3]:
    for i in range(n):
        assert p["difference"][i][i] == 0 and p["difference_interval"][i] == [None] * n
        for k in range(n):
            assert abs(p["difference"][i][k] + p["difference"][k][i]) < 1e-12
k = c["ranking"]
assert (k["first_outcome"], k["second_outcome"]) == ("pres", "rejection")
assert len(k["weights"]) == 81 and abs(k["weights"][80] - 100) < 1e-9
assert k["highest_mean_utility"][0]["weight_from"] == k["weights"][0]
assert k["highest_mean_utility"][-1]["weight_to"] == k["weights"][80]
for r, b in zip(s["regimens"], k["regimens"]):
    p, q = (x["probability"] for x in r["risks"])
    assert b["label"] == r["label"] and b["frontier_probability"] is None
    assert abs(b["utility"][40] - (1 - (p + q) / 2)) < 1e-12  # the weight 1
' <<<"$output"
}

@test "capsules are counted dose by dose" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --json
    python3 -c '
import json, sys
r = {x["label"]: x for x in json.load(sys.stdin)["summary"]["regimens"]}["continue"]
day = r["days"][1]
assert day["dose_mg"] == 6 and day["capsules"] == {"5 mg": 0, "1 mg": 6, "0.5 mg": 0}, day
' <<<"$output"
}

@test "stdout holds results only, warnings go to stderr" {
    "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr"
    run ! grep -E '(warning|notice): ' "$BATS_TEST_TMPDIR/stdout"
    run ! grep -q $'\r\|\033' "$BATS_TEST_TMPDIR/stdout" "$BATS_TEST_TMPDIR/stderr"
    run ! grep -q 'RISK from' "$BATS_TEST_TMPDIR/stderr"
}

@test "-q leaves out notices, -v adds threads, kernels and time" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out" -q
    [[ "$stderr" != *"notice: "* ]]
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 -o "$out" --force -v --threads 2 --kernels baseline
    [[ "$stderr" == *"2 threads, kernels baseline"*"courses/s"* ]]
}

@test "a sample is checked by the other solver, printed and stored" {
    for s in exact cvode; do
        other=cvode
        [ $s = exact ] || other=exact
        run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 40 -o "$out" --force -q --solver $s
        [[ "$(flat)" == *"SOLVER $s; $other integrated 128 of the courses too"* ]]
        /usr/bin/python3 - "$out" $s <<'PY'
import sys, h5py
with h5py.File(sys.argv[1]) as f:
    assert f.attrs["solver"] == sys.argv[2]
    for name in "level_difference", "hazard_difference":
        d = f["provenance/" + name][:]
        assert d.shape == (4,) and (d > 0).all() and (d < 1e-5).all(), (name, d)
PY
    done
}

@test "--threads comes from OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK" {
    OMP_NUM_THREADS=1 SLURM_CPUS_PER_TASK=2 run -0 --separate-stderr \
        "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" -v
    [[ "$stderr" == *"1 thread, kernels"* ]]
    unset OMP_NUM_THREADS
    SLURM_CPUS_PER_TASK=3 run -0 --separate-stderr \
        "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --force -v
    [[ "$stderr" == *"3 threads, kernels"* ]]
}

@test "an existing file is refused, --force replaces it" {
    echo precious >"$out"
    run -73 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out"
    [ -z "$output" ]
    [[ "$stderr" == *"$out"* ]]
    [ "$(cat "$out")" = precious ]
    # not even with --force what is no result file
    run -73 "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --force
    [ "$(cat "$out")" = precious ]
    rm "$out"
    run -0 "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out"
    run -73 "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out"
    run -0 "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --force
    is_hdf5 "$out"
    holds_only out.h5
}

@test "--dry-run writes nothing and counts the courses" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 50 --dry-run
    [[ "$output" == *"200 courses would be computed"* ]]
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 50 -o "$out" --dry-run --json
    python3 -c 'import json, sys; assert json.load(sys.stdin)["courses"] == 200' <<<"$output"
    holds_only
}

@test "--dry-run says that the result file exists" {
    echo precious >"$out"
    run -73 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --dry-run
    [ -z "$output" ]
    [[ "$stderr" == *"$out exists"* ]]
    run -0 "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out" --dry-run --force
    [ "$(cat "$out")" = precious ]
}

@test "a folder that is not there or not writable ends with 73" {
    run -73 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$work/none/out.h5"
    [ -z "$output" ]
    run -73 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5 -o /proc/out.h5
    [ -z "$output" ]
    holds_only
}

@test "a full disk ends with 74 and leaves no file" {
    run -74 --separate-stderr bash -c 'ulimit -f 16; exec "$0" "$@"' \
        "$TACRO" run "$scenario" --draws 1 --subjects 500 -o "$out"
    [ -z "$output" ]
    [[ "$stderr" == *"tacro: "* ]]
    holds_only
}

# Start a run far too long to end, send a signal, and look at what is left.
stop_by() {
    local rc=0
    # a background job of a script has SIGINT ignored: set it back
    env --default-signal=INT,HUP "$TACRO" run "$scenario" --draws 1 --subjects 5000000 -o "$out" \
        >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
    local pid=$!
    sleep 2
    kill -s "$1" "$pid"
    wait "$pid" || rc=$?
    cat "$BATS_TEST_TMPDIR/stderr"
    [ "$rc" -eq 75 ]
    [ ! -s "$BATS_TEST_TMPDIR/stdout" ]
    grep -q "stopped; no result file was written" "$BATS_TEST_TMPDIR/stderr"
    holds_only
}

@test "SIGINT ends with 75 and leaves no file" {
    stop_by INT
}

@test "SIGTERM ends with 75 and leaves no file" {
    stop_by TERM
}

@test "SIGHUP and SIGXCPU end with 75 and leave no file" {
    stop_by HUP
    stop_by XCPU
}

@test "a first signal restores the default action for a second" {
    env --default-signal=INT "$TACRO" run "$scenario" --draws 1 --subjects 5000000 -o "$out" \
        >/dev/null 2>&1 3>&- &
    local pid=$! caught rc=0
    sleep 1
    caught=$(awk '/^SigCgt/ { print $2 }' "/proc/$pid/status")
    ((0x$caught & 2))
    kill -s INT "$pid"
    for _ in $(seq 100); do
        caught=$(awk '/^SigCgt/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || break
        ((0x${caught:-2} & 2)) || break
        sleep 0.01
    done
    ((!(0x${caught:-0} & 2)))
    wait "$pid" || rc=$?
    [ "$rc" -eq 75 ]
}

@test "one patient: the page is not a population's" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 5000 --subject 4999 -o "$out"
    says "1 simulated (subject 4999 alone, of 5000): 4 courses"
    says "one subject: the bands below are that subject's values"
    run ! grep -Eq 'Average over the patients|simulated patients|spread between patients, not' \
        <<<"$output"
    run ! grep -Eq 'Monte Carlo|number of patients' <<<"$output"
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 1 -o "$work/one.h5"
    says "1 simulated (the typical patient or a single one; no band): 4 courses"
    run -0 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 1 --dry-run
    says "4 courses would be computed"
    run -0 --separate-stderr "$TACRO" run "$scenario" --subject 7 -o "$work/json.h5" --json
    python3 -c '
import json, sys
assert json.load(sys.stdin)["summary"]["subject"] == 7' <<<"$output"
}

# The case with one regimen, "only", of the steps given, and a sed command.
one_regimen() {
    sed -e '/^reference:/,$d' -e "$2" "$scenario" >"$BATS_TEST_TMPDIR/one.yaml"
    printf 'reference: only\nregimens:\n  only:\n    steps:\n' >>"$BATS_TEST_TMPDIR/one.yaml"
    printf '%b' "$1" >>"$BATS_TEST_TMPDIR/one.yaml"
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/one.yaml" --draws 1 --subjects 1 \
        --params params -o "$out" "${@:3}"
}

@test "one patient under one regimen is 1 course" {
    one_regimen '      - {give: 3 mg, every: 12 h}\n' ''
    says "no band): 1 course Window"
}

@test "what is given before the first C0 has no day before the start" {
    one_regimen '      - {give: 3 mg, every: 12 h}\n' 's/^horizon:/trough_at: "14:00"\nhorizon:/'
    grep -Eq '^  only +before +3 +1 x 3 mg +3x1$' <<<"$output"
    grep -Eq '^ +0-12 +6 +2 x 3 mg +6x1$' <<<"$output"
    says "Before: what is given before the first C0"
    run ! grep -Eq '^  only +-1' <<<"$output"
}

@test "doses and capsules do not run together" {
    one_regimen '      - {give: 2 mg, every: 8 h, for: 16 h}\n      - {give: 1 mg, every: 8 h}\n' ''
    grep -Eq ' 2 x 2 mg \+ 1 x 1 mg {2,}5x1$' <<<"$output"
}

@test "doses that repeat are printed once" {
    one_regimen '      - {give: 3 mg, every: 48 h}\n' 's/^horizon:.*/horizon: 60 d/'
    grep -Eq '^  only +0-59: every 2 days the same, namely$' <<<"$output"
    grep -Eq '^ +0 +3 +1 x 3 mg +3x1$' <<<"$output"
    grep -Eq '^ +1 +0 +none$' <<<"$output"
    run ! grep -Eq '^ +2 +3 +1 x 3 mg' <<<"$output"
}

@test "levels beyond 1000 ng/mL say so, and are null in JSON" {
    one_regimen '      - {give: 30 mg, every: 1 h}\n' ''
    grep -q '>1000 (>1000 to >1000)' <<<"$output"
    run ! grep -Eqw 'inf|nan' <<<"$output"
    one_regimen '      - {give: 30 mg, every: 1 h}\n' '' --force --json
    python3 -c '
import json, sys
def no_constant(name): raise ValueError(name)
r = json.load(sys.stdin, parse_constant=no_constant)["summary"]["regimens"][0]
assert r["cmax_ng_per_mL"]["p50"] is None, r["cmax_ng_per_mL"]' <<<"$output"
}

@test "results that cannot be printed end with 74, the result file stays" {
    run -74 --separate-stderr bash -c 'exec "$0" "$@" >/dev/full' \
        "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out"
    [[ "$stderr" == *"standard output"* ]]
    [ -s "$out" ]
}

# The case with a changed risk file: $1 its name, $2 a sed command.
with_risk() {
    mkdir -p "$BATS_TEST_TMPDIR/p/risk"
    cp -r params/pk "$BATS_TEST_TMPDIR/p/"
    cp params/risk/*.yaml params/risk/*.csv "$BATS_TEST_TMPDIR/p/risk/"
    sed -i "$2" "$BATS_TEST_TMPDIR/p/risk/$1.yaml"
    run -1 --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 3 \
        --params "$BATS_TEST_TMPDIR/p" -o "$out" --force
}

@test "a hazard that is not finite is a failure with subject, draw and time" {
    with_risk pres_lung 's|coefficient: -0.05 1/y|coefficient: -60 1/y|'
    grep -qF "subject 0 (draw 0, patient 0), regimen continue: a hazard is not finite at 0 h" <<<"$stderr"
    grep -qF "... and 7 more courses that failed" <<<"$stderr"
    /usr/bin/python3 -c "import h5py
f = h5py.File('$out')
assert (f['status'][()] == 3).all() and (f['diagnostics/failure_time'][()] == 0).all()
assert all((f[n][()] != f[n][()]).all() for n in ('pres_time', 'pres_probability'))"
}

@test "a hazard that turns negative is a failure with subject, draw and time" {
    with_risk rejection_lung '/^  IMAX:/,/from/{s|value: 0.80|value: 1.35|;/uncertainty/d}; /^draws:/d'
    grep -Eq "subject [0-2] \(draw 0, patient [0-2]\), regimen [a-z_]+: a hazard is negative at [0-9.]+ h" <<<"$stderr"
}

@test "in recipients of another organ nothing is weighed, and what changes is told" {
    sed 's/^  bilateral: true/  organ: liver\n  bilateral: true/' "$scenario" >"$BATS_TEST_TMPDIR/liver.yaml"
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/liver.yaml" --params params --draws 1 \
        --subjects 20 -o "$out"
    says "Organ liver: of PRES the incidence alone is changed (factor of the transplanted organ); of rejection nothing is changed"
    says "No frontier, switching ratio or utility: the risk files are not of one organ."
    /usr/bin/python3 -c "import h5py
a = h5py.File('$out').attrs['organ']
assert (a.decode() if isinstance(a, bytes) else a) == 'liver', a"
    sed 's/organ: liver/organ: lung/' "$BATS_TEST_TMPDIR/liver.yaml" >"$BATS_TEST_TMPDIR/lung.yaml"
    run -0 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/lung.yaml" --params params --draws 1 \
        --subjects 20 -o "$out" --force
    [[ "$output" != *"Organ "* ]]
    says "BENEFIT AND RISK for a comparable patient"
}

@test "death competes: every end of a course, and less of each outcome" {
    local more="$BATS_TEST_TMPDIR/death.yaml"
    { cat "$scenario"; echo "death_hazard: 0.05 1/d"; } >"$more"
    run -0 "$TACRO" run "$scenario" --draws 1 --subjects 50 -q -o "$out" --force
    run -0 --separate-stderr "$TACRO" run "$more" --draws 1 --subjects 50 --params params \
        -o "$BATS_TEST_TMPDIR/d.h5"
    says "Death 0.05 1/d from the landmark on, as given; it competes with all events and is not in the utility"
    /usr/bin/python3 -c "import h5py, numpy as np
f, d = h5py.File('$out'), h5py.File('$BATS_TEST_TMPDIR/d.h5')
days = f['day'][()] > 4
ends = sum(d[n][()] for n in ('pres_risk_first', 'rejection_risk_first', 'death_risk', 'event_free_probability'))
assert np.abs(ends[..., days] - 1).max() < 1e-10
for n in ('pres_risk', 'rejection_risk', 'pres_risk_first', 'event_free_probability'):
    assert (d[n][()] < f[n][()])[..., days].all(), n
assert np.array_equal(d['pres_time'][()], f['pres_time'][()], equal_nan=True)
free = f['event_free_horizon'][()] * np.exp(-0.05 * 11)
assert np.abs(d['event_free_horizon'][()] - free).max() < 1e-9
assert abs(d.attrs['death_hazard'] - 0.05 / 24) < 1e-15
once = d['death_risk_horizon'][()]
assert once.shape == (4, 1) and np.abs(once - d['death_risk'][..., -1]).max() < 1e-12
ends = sum(d[n][()] for n in ('pres_risk_first_horizon', 'rejection_risk_first_horizon', 'event_free_horizon'))
assert np.abs(ends + once - 1).max() < 1e-10
assert 'death_risk_horizon' not in f
assert 'alive' in d['event_free_horizon'].attrs['long_name']
assert 'alive' not in f['event_free_horizon'].attrs['long_name']"
}

@test "the result file never gets the number of a closed standard stream" {
    run bash -c 'exec "$0" "$@" <&- >&- 2>&-' "$TACRO" run "$scenario" --draws 1 --subjects 5 -o "$out"
    [ "$status" -eq 74 ]
    run ! grep -qa "Research use; not dosing advice. Regimens" "$out"
    is_hdf5 "$out"
}

@test "a subject beyond the patients is refused" {
    run --separate-stderr "$TACRO" run "$scenario" --draws 1 --subjects 20 --subject 20 -o "$out"
    [ "$status" -eq 64 ] || [ "$status" -eq 65 ]
    [[ "$stderr" == *"20"* ]]
    holds_only
}

@test "both shipped scenarios run" {
    for name in pres_lung_transplant pres_lung_transplant_low_clearance; do
        run -0 "$TACRO" run "params/scenario/$name.yaml" --draws 1 --subjects 5 -o "$work/$name.h5"
    done
}

@test "--params and TACRO_PARAMS name the folder of the models" {
    cp "$scenario" "$BATS_TEST_TMPDIR/case.yaml"
    run -0 "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --draws 1 --subjects 5 -o "$out" --params params
    TACRO_PARAMS=$PWD/params run -0 "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --draws 1 --subjects 5 -o "$out" --force
    mkdir "$BATS_TEST_TMPDIR/empty"
    run --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --draws 1 --subjects 5 \
        -o "$work/other.h5" --params "$BATS_TEST_TMPDIR/empty"
    [ "$status" -eq 65 ] || [ "$status" -eq 66 ]
    [ ! -e "$work/other.h5" ]
}
