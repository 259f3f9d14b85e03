#!/usr/bin/env bats
# tacro calibrate: the draw tables of the risk files, byte by byte, and what it refuses.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    scenario=params/scenario/reference_cohort.yaml
    work=$BATS_TEST_TMPDIR/work
    mkdir -p "$work/out"
}

# A small calibration into a folder of its own; further options behind its name.
calibrate() {
    local out=$work/$1
    shift
    mkdir -p "$out"
    "$TACRO" calibrate "$scenario" -o "$out" --draws 20 --subjects 500 -q "$@" >/dev/null
}

# Copies of the models and the cohort, to be changed.
copy_params() {
    mkdir -p "$work/params"
    cp -R params/pk params/risk params/scenario "$work/params"
    # a table is of the file as it was
    sed -i '/^draws: /d' "$work"/params/risk/*_lung.yaml
    rm -f "$work"/params/risk/*.draws.csv
    copied=$work/params/scenario/reference_cohort.yaml
}

refuses() { # exit code, text, then the options
    local code=$1 text=$2
    shift 2
    run "-$code" --separate-stderr "$TACRO" calibrate "$@"
    [ -z "$(ls -A "$work/out")" ] || { echo "a file was written"; false; }
    [[ "$stderr" == *"$text"* ]] || { echo "missing: $text"; echo "$stderr"; false; }
}

@test "the tables are those of the source tree, byte by byte" {
    calibrate tables
    for name in pres_lung rejection_lung; do
        cmp "$work/tables/$name.draws.csv" "tests/params/calibrate/$name.draws.csv"
    done
}

@test "threads and kernel builds give the same bytes" {
    calibrate one --threads 1
    for n in 2 3; do
        calibrate "threads_$n" --threads $n
        diff -r "$work/one" "$work/threads_$n"
    done
    for k in baseline v3 v4; do
        if calibrate "kernels_$k" --kernels $k 2>"$work/err"; then
            diff -r "$work/one" "$work/kernels_$k"
        else
            grep -q "kernels $k" "$work/err"
        fi
    done
}

@test "more draws keep the first ones" {
    calibrate few
    calibrate more --draws 30
    for name in pres_lung rejection_lung; do
        diff <(sed '/^#/d' "$work/few/$name.draws.csv") \
            <(sed '/^#/d' "$work/more/$name.draws.csv" | head -n 21)
        [ "$(sed '/^#/d' "$work/more/$name.draws.csv" | wc -l)" -eq 31 ]
    done
}

@test "the shipped tables are of the files as they are, made by the command they name" {
    for name in pres_lung rejection_lung; do
        table=params/risk/$name.draws.csv
        grep -q "^draws: $name.draws.csv" "params/risk/$name.yaml"
        grep -q "^# command: tacro calibrate reference_cohort.yaml --draws 1000 " "$table"
        [ "$(sed -n 's/^# sha256: //p' "$table")" = \
            "$(sed '/^#/d' "$table" | sha256sum | cut -d ' ' -f 1)" ]
        # the checksum of its inputs is that of any calibration of them
        diff <(grep -E '^# (inputs|risk):' "$table") \
            <(grep -E '^# (inputs|risk):' "tests/params/calibrate/$name.draws.csv")
        [ "$(stat -c %s "$table")" -lt 1000000 ]
    done
}

@test "comments and explanations do not change the checksum of the inputs, numbers do" {
    copy_params
    calibrate before --params "$work/params"
    sed -i 's/^parts: .*/& # a comment/; s/^title: .*/title: another/' \
        "$work/params/risk/pres_lung.yaml"
    calibrate comment --params "$work/params"
    diff -r "$work/before" "$work/comment"
    sed -i 's/value: 1.8$/value: 1.9/' "$work/params/risk/pres_lung.yaml"
    calibrate number --params "$work/params"
    for key in inputs risk; do
        run -1 diff <(grep "^# $key: " "$work/before/pres_lung.draws.csv") \
            <(grep "^# $key: " "$work/number/pres_lung.draws.csv")
    done
    diff "$work/before/rejection_lung.draws.csv" "$work/number/rejection_lung.draws.csv"
}

@test "a constant hazard is solved in closed form" {
    mkdir -p "$work/params/risk" "$work/params/pk"
    sed "s/2cmt\]/2cmt, effect_site]/; s/^theta:/&\n  KE0: {value: 0.1 1\/h, mark: ASSUMED, from: test}/" \
        params/pk/reference_lung.yaml >"$work/params/pk/reference_lung.yaml"
    cat >"$work/params/risk/plain.yaml" <<'YAML'
name: plain
kind: risk
title: a hazard that does not depend on the level
population: nobody
days: {from: 0 d, to: 365 d}
source: {author: tests}
parts: [exponential]
outcome: plain
endpoint: an event
anchor:
  {incidence: 10 %, uncertainty: {logit_sd: 0.5}, within: 10 d, solves: H0, mark: ASSUMED, from: test}
theta:
  H0: {value: 1e-4 1/h, mark: ASSUMED, from: test}
  BETA: {value: 1e-12 mL/ng, mark: ASSUMED, from: test}
YAML
    mkdir "$work/params/scenario"
    sed 's/^risk: .*/risk: plain/; s/^horizon: .*/horizon: 10 d/' "$scenario" \
        >"$work/params/scenario/plain.yaml"
    run -0 "$TACRO" calibrate "$work/params/scenario/plain.yaml" --params "$work/params" \
        -o "$work/out" --draws 3 --subjects 70 -q
    # the hazard runs from 08:00 of day 0 to the end of day 10: 232 h
    sed '/^#/d; /^draw/d' "$work/out/plain.draws.csv" |
        awk -F, '{ n++; x = -log(1 - $2) / 232; if ($3 < x * (1 - 1e-7) || $3 > x * (1 + 1e-7)) bad = 1 }
            END { exit n != 3 || bad }'
}

@test "it says what it solved, as text and as JSON" {
    run -0 "$TACRO" calibrate "$scenario" -o "$work/out" --draws 5 --subjects 70 -q
    [[ "$output" == *"70 patients over 8752 h with reference_lung"* ]]
    [[ "$output" == *"1.3 % within 365 d of transplantation"* ]]
    [[ "$output" == *"the file has 0.00016 1/d"* ]]
    [[ "$output" == *"$work/out/pres_lung.draws.csv"* ]]
    run -0 "$TACRO" calibrate "$scenario" -o "$work/out" --draws 5 --subjects 70 -q --force --json
    /usr/bin/python3 -c '
import json, sys
answer = json.loads(sys.argv[1])
assert answer["status"] == "ok" and answer["patients"] == 70 and answer["ndraws"] == 5
pres, rejection = answer["risks"]
assert pres["solved"] == "H0" and rejection["solved"] == "LAM"
for risk in answer["risks"]:
    draws = risk["draws"]
    assert draws["p025"] < draws["p50"] < draws["p975"]
    assert 0.2 < risk["central"] / risk["before"] < 5
' "$output"
}

@test "tables are replaced with --force only, and nothing is left behind" {
    calibrate same
    run -73 --separate-stderr "$TACRO" calibrate "$scenario" -o "$work/same" --draws 2 \
        --subjects 70 -q
    [[ "$stderr" == *"pres_lung.draws.csv exists; --force replaces a draw table"* ]]
    cmp "$work/same/pres_lung.draws.csv" tests/params/calibrate/pres_lung.draws.csv
    calibrate same --force --draws 2
    [ "$(ls -A "$work/same" | tr '\n' ' ')" = "pres_lung.draws.csv rejection_lung.draws.csv " ]
    [ "$(sed '/^#/d' "$work/same/pres_lung.draws.csv" | wc -l)" -eq 3 ]
}

@test "what cannot be calibrated is refused before anything is written" {
    refuses 73 "$work/nowhere: no such folder" "$scenario" -o "$work/nowhere" --draws 2 -q
    refuses 66 "no_such.yaml" "$work/no_such.yaml" -o "$work/out"
    refuses 64 "-o DIR is missing" "$scenario"
    copy_params
    sed -i '/^anchor:/,/^$/d' "$work/params/risk/pres_lung.yaml"
    sed -i '/^risk:/s/.*/risk: pres_lung/' "$copied"
    refuses 65 'no `anchor`: there is nothing to solve' "$copied" --params "$work/params" -o "$work/out" --subjects 70
    sed -i '/^risk:/d' "$copied"
    refuses 65 'no `risk`: there is nothing to calibrate' "$copied" --params "$work/params" -o "$work/out" --subjects 70
}

@test "files that give the same draws, or covariates that change, are refused" {
    copy_params
    sed -i '/^ *uncertainty: /d; s/uncertainty: {[^}]*}, //; /^ *replaces: /d' \
        "$work"/params/risk/*_lung.yaml
    refuses 65 'no number has an `uncertainty`' "$copied" --params "$work/params" -o "$work/out" --subjects 70
    copy_params
    sed -i 's/^  n: 3000/&\n  map: [{from: 0 d, value: 105 mmHg}, {from: 3 d, value: 95 mmHg}]/' "$copied"
    refuses 65 "changes with the time" "$copied" --params "$work/params" -o "$work/out" --subjects 70
}

@test "anchors that the cohort cannot reach are refused" {
    copy_params
    sed -i 's/^horizon: .*/horizon: 300 d/' "$copied"
    refuses 65 "expected a multiple of 1 h within the horizon of 7200 h" "$copied" --params "$work/params" -o "$work/out" --subjects 70
    copy_params
    sed -i 's/solves: H0/solves: G/' "$work/params/risk/pres_lung.yaml"
    sed -i '/^  G:/,/uncertainty/{/uncertainty/d}' "$work/params/risk/pres_lung.yaml"
    refuses 65 "the hazard is not proportional to G" "$copied" --params "$work/params" -o "$work/out" --subjects 70 --draws 2
    copy_params
    sed -i 's/give: 2.5 mg, every: 12 h/hold: 365 d/; /adjust:/,$d' "$copied"
    refuses 65 "times the value of the file, expected 1000 times at most" "$copied" --params "$work/params" -o "$work/out" --subjects 70 --draws 2
}

@test "a run whose draw table is of other values of its risk file says so" {
    mkdir -p "$work/params"
    cp -R params/pk params/risk params/scenario "$work/params"
    local check=$work/params/scenario/check_risk_5_5.yaml
    local warning="pres_lung.draws.csv was made from other values of pres_lung.yaml: run tacro calibrate"
    run -0 --separate-stderr "$TACRO" run "$check" --params "$work/params" --draws 3 -o "$work/as_it_is.h5" -q
    [[ "$output $stderr" != *"other values"* ]]
    sed -i 's/value: 1.8$/value: 1.9/' "$work/params/risk/pres_lung.yaml"
    run -0 --separate-stderr "$TACRO" run "$check" --params "$work/params" --draws 3 -o "$work/varied.h5" -q
    [[ "$stderr" == *"pres_lung.yaml:"*"warning: $warning"* ]]
    [[ "$(tr -s ' \n' ' ' <<<"$output")" == *"WARNINGS about the input ("*"$warning"* ]]
    # draws of the central values alone are those of the file
    run -0 --separate-stderr "$TACRO" run "$check" --params "$work/params" --draws 1 -o "$work/central.h5" -q
    [[ "$output $stderr" != *"other values"* ]]
    # and the table made anew is of the file as it is
    "$TACRO" calibrate "$work/params/scenario/reference_cohort.yaml" --params "$work/params" \
        -o "$work/params/risk" --draws 3 --subjects 70 --force -q >/dev/null
    run -0 --separate-stderr "$TACRO" run "$check" --params "$work/params" --draws 3 -o "$work/anew.h5" -q
    [[ "$output $stderr" != *"other values"* ]]
}
