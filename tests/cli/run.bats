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
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 -o "$out"
    says "sikma2020_thoracic_icu, valid on days"
    says "band = 90 % of simulated patients; no measured level of a patient was used"
    says "Research use; not dosing advice."
    says "from day 3 08:00 to day 14 08:00"
    says "(central values, interval not computed)"
    says "event-free: none of"
    says "HOW SOON THE LEVEL FALLS"
    says "capsules"
    says "ASSUMED in the scenario"
    says "ASSUMED or UNVERIFIED in the models"
    says "DRAWN per patient"
    says "extrapolation: this day is outside the days on which the PK model was calibrated"
    says "A normal level does not exclude PRES"
    says "Targets are settings of the scenario"
    says "nothing is ranked"
    says "$out"
    [ -s "$out" ]
    holds_only out.h5
}

@test "the PRES column says that it is about another patient" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 -o "$out" --json
    python3 -c '
import json, sys
names = {o["name"]: o["endpoint"] for o in json.load(sys.stdin)["summary"]["outcomes"]}
assert names["pres"] == "new PRES in a comparable patient who has not had it", names
' <<<"$output"
}

@test "the summary names every regimen and every day, in 100 columns" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 -o "$out"
    LC_ALL=C.UTF-8 awk 'length > 100 { print "too wide: " $0; bad = 1 } END { exit bad }' <<<"$output"
    [ "$(grep -c '(reference)' <<<"$output")" -eq 1 ]
    grep -Eq '^ +14\* ' <<<"$output"
}

@test "printed risks have two significant figures at most" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 50 -o "$out"
    python3 -c '
import re, sys
text = sys.stdin.read()
table = text[text.index("\nRISK"):text.index("\nDAY BY DAY")]
cells = re.findall(r"([0-9.]+) (?:%|points)", table)
assert len(cells) >= 9, table
for cell in cells:
    digits = cell.replace(".", "").lstrip("0")
    assert len(digits) <= 2 or cell == "100" or cell == "0.001", cell
' <<<"$output"
}

@test "--json parses and holds the summary unrounded" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 --seed 7 -o "$out" --json
    OUT=$out python3 -c '
import json, os, sys
run = json.load(sys.stdin)
assert run["status"] == "ok" and run["exit_code"] == 0 and run["error"] is None
assert run["output"] == os.environ["OUT"]
assert all(n["severity"] in ("warning", "notice") for n in run["notes"])
s = run["summary"]
assert s["subjects"] == 20 and s["draws"] == 1 and s["failed"] == 0
assert s["courses"] == 20 * len(s["regimens"])
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
        if r["is_reference"]:
            assert abs(risk["difference"]) < 1e-12
    days = r["days"]
    assert [d["day"] for d in days] == list(range(days[0]["day"], days[0]["day"] + len(days)))
    assert days[0]["trough_ng_per_mL"]["median"] is None
    for d in days[1:]:
        band = d["trough_ng_per_mL"]
        assert band["p05"] <= band["median"] <= band["p95"]
        assert abs(sum(d["target_share"].values()) - 1) < 1e-9
    assert any(d["is_outside_calibration"] for d in days)
    assert not days[3]["is_outside_calibration"]
    for key in ("at_landmark_ng_per_mL", "cmax_ng_per_mL", "hours_to_level_below_10",
                "hours_to_level_below_5", "days_with_trough_below_5",
                "trough_share_below_2", "trough_share_above_25", "target_share"):
        assert key in r, key
' <<<"$output"
}

@test "capsules are counted dose by dose" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 5 -o "$out" --json
    python3 -c '
import json, sys
r = {x["label"]: x for x in json.load(sys.stdin)["summary"]["regimens"]}["continue"]
day = r["days"][1]
assert day["dose_mg"] == 6 and day["capsules"] == {"5 mg": 0, "1 mg": 6, "0.5 mg": 0}, day
' <<<"$output"
}

@test "stdout holds results only, warnings go to stderr" {
    "$TACRO" run "$scenario" --subjects 20 -o "$out" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr"
    run ! grep -E '(warning|notice): ' "$BATS_TEST_TMPDIR/stdout"
    run ! grep -q $'\r\|\033' "$BATS_TEST_TMPDIR/stdout" "$BATS_TEST_TMPDIR/stderr"
    run ! grep -q 'RISK from' "$BATS_TEST_TMPDIR/stderr"
}

@test "-q leaves out notices, -v adds threads, kernels and time" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 -o "$out" -q
    [[ "$stderr" != *"notice: "* ]]
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 20 -o "$out" --force -v --threads 2 --kernels baseline
    [[ "$stderr" == *"2 threads, kernels baseline"*"courses/s"* ]]
}

@test "--threads comes from OMP_NUM_THREADS, then SLURM_CPUS_PER_TASK" {
    OMP_NUM_THREADS=1 SLURM_CPUS_PER_TASK=2 run -0 --separate-stderr \
        "$TACRO" run "$scenario" --subjects 5 -o "$out" -v
    [[ "$stderr" == *"1 thread, kernels"* ]]
    unset OMP_NUM_THREADS
    SLURM_CPUS_PER_TASK=3 run -0 --separate-stderr \
        "$TACRO" run "$scenario" --subjects 5 -o "$out" --force -v
    [[ "$stderr" == *"3 threads, kernels"* ]]
}

@test "an existing file is refused, --force replaces it" {
    echo precious >"$out"
    run -73 --separate-stderr "$TACRO" run "$scenario" --subjects 5 -o "$out"
    [ -z "$output" ]
    [[ "$stderr" == *"$out"* ]]
    [ "$(cat "$out")" = precious ]
    run -0 "$TACRO" run "$scenario" --subjects 5 -o "$out" --force
    is_hdf5 "$out"
    holds_only out.h5
}

@test "--dry-run writes nothing and counts the courses" {
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 50 --dry-run
    [[ "$output" == *"200 courses would be computed"* ]]
    run -0 --separate-stderr "$TACRO" run "$scenario" --subjects 50 -o "$out" --dry-run --json
    python3 -c 'import json, sys; assert json.load(sys.stdin)["courses"] == 200' <<<"$output"
    holds_only
}

@test "a folder that is not there or not writable ends with 73" {
    run -73 --separate-stderr "$TACRO" run "$scenario" --subjects 5 -o "$work/none/out.h5"
    [ -z "$output" ]
    run -73 --separate-stderr "$TACRO" run "$scenario" --subjects 5 -o /proc/out.h5
    [ -z "$output" ]
    holds_only
}

@test "a full disk ends with 74 and leaves no file" {
    run -74 --separate-stderr bash -c 'ulimit -f 16; exec "$0" "$@"' \
        "$TACRO" run "$scenario" --subjects 500 -o "$out"
    [ -z "$output" ]
    [[ "$stderr" == *"tacro: "* ]]
    holds_only
}

# Start a run far too long to end, send a signal, and look at what is left.
stop_by() {
    local rc=0
    # a background job of a script has SIGINT ignored: set it back
    env --default-signal=INT "$TACRO" run "$scenario" --subjects 5000000 -o "$out" \
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

@test "results that cannot be printed end with 74, the result file stays" {
    run -74 --separate-stderr bash -c 'exec "$0" "$@" >/dev/full' \
        "$TACRO" run "$scenario" --subjects 5 -o "$out"
    [[ "$stderr" == *"standard output"* ]]
    [ -s "$out" ]
}

@test "the result file never gets the number of a closed standard stream" {
    run bash -c 'exec "$0" "$@" <&- >&- 2>&-' "$TACRO" run "$scenario" --subjects 5 -o "$out"
    [ "$status" -eq 74 ]
    run ! grep -qa "Research use; not dosing advice. Regimens" "$out"
    is_hdf5 "$out"
}

@test "a subject beyond the patients is refused" {
    run --separate-stderr "$TACRO" run "$scenario" --subjects 20 --subject 20 -o "$out"
    [ "$status" -eq 64 ] || [ "$status" -eq 65 ]
    [[ "$stderr" == *"20"* ]]
    holds_only
}

@test "both shipped scenarios run" {
    for name in pres_lung_transplant pres_lung_transplant_low_clearance; do
        run -0 "$TACRO" run "params/scenario/$name.yaml" --subjects 5 -o "$work/$name.h5"
    done
}

@test "--params and TACRO_PARAMS name the folder of the models" {
    cp "$scenario" "$BATS_TEST_TMPDIR/case.yaml"
    run -0 "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --subjects 5 -o "$out" --params params
    TACRO_PARAMS=$PWD/params run -0 "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --subjects 5 -o "$out" --force
    mkdir "$BATS_TEST_TMPDIR/empty"
    run --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/case.yaml" --subjects 5 \
        -o "$work/other.h5" --params "$BATS_TEST_TMPDIR/empty"
    [ "$status" -eq 65 ] || [ "$status" -eq 66 ]
    [ ! -e "$work/other.h5" ]
}
