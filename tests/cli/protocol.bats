#!/usr/bin/env bats
# Regimens whose patients have courses of their own, from the file to the result.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    work=$BATS_TEST_TMPDIR
}

compare() { /usr/bin/python3 tests/cli/compare_results.py "$@"; }

run_case() { # scenario, name of the result, then options
    local case=params/scenario/$1.yaml out=$work/$2.h5
    shift 2
    "$TACRO" run "$case" -o "$out" -q "$@" >/dev/null
}

# Two patients: five further doses and a reset, then an infusion; two infusions, then a
# reset with a dose. ID 1 steps its hematocrit.
write_table() {
    cat >"$work/events.csv" <<'CSV'
ID,TIME,EVID,AMT,CMT,RATE,II,ADDL,HCT
1,0,1,3,1,0,12,5,0.31
1,72,3,.,.,.,.,.,0.27
1,80,1,2,2,0.5,.,.,.
2,0,1,1,CENTRAL,0.25,24,1,0.35
2,60,4,4,1,.,.,.,.
CSV
}

# $1: the line of the patients
write_scenario() {
    cat >"$work/table.yaml" <<YAML
title: an event table
pk: sikma2020_thoracic_icu
horizon: 5 d
output: {every: 6 h}
seed: 3
patients: $1
regimens: {file: events.csv}
YAML
}

# A thread that is done early must wait for the ledgers of the others.
@test "the other solver replays courses that are complete" {
    cat >"$work/short.yaml" <<'YAML'
title: one regimen, one block
pk: sikma2020_thoracic_icu
risk: pres_lung
horizon: 9 d
seed: 3
patients: {n: 64, hematocrit: 0.3}
regimens:
  a:
    steps: [{give: 3 mg, every: 12 h}]
    when: {pres: [{hold: 1 d}, {give: 1 mg, every: 12 h}]}
YAML
    for _ in 1 2 3; do
        "$TACRO" run "$work/short.yaml" --params params -o "$work/short.h5" --force --threads 2 --json -q \
            >"$work/short.json" 2>/dev/null
        sed -n 's/.*"level_difference": \(.*\),/\1/p' "$work/short.json" |
            awk '{ n++; if ($1 >= 1e-4) bad = 1 } END { exit n != 1 || bad }'
    done
}

@test "every scenario of the source tree is checked and runs" {
    local n=0 subjects
    for case in params/scenario/*.yaml; do
        run -0 "$TACRO" check "$case"
        subjects=64
        ! grep -q 'typical: true' "$case" || subjects=1
        run -0 "$TACRO" run "$case" --draws 1 --subjects "$subjects" -q -o "$work/x.h5" --force
        n=$((n + 1))
    done
    [ "$n" -ge 8 ]
}

# Three draws are no 95 % interval, and rules that come after PRES are not weighed.
says_paired() {
    local text
    text=$("$TACRO" run params/scenario/pres_protocol.yaml --draws 3 --subjects 300 --force \
        -o "$work/paired.h5" 2>/dev/null)
    ! grep -Ev '^.{0,100}$' <<<"$text" || { echo "a line runs over the page"; false; }
    text=$(tr -s ' \n' ' ' <<<"$text")
    [[ "$text" == *"RISK from day 1 08:00 to day 14 08:00 (range over 3 parameter draws, too few for a 95 % interval)"* ]]
    [[ "$text" == *"suspend_and_taper the same until it happens"* ]]
    [[ "$text" == *"rules of a regimen act after an event: what they change is not in its risk"* ]]
    [[ "$text" != *"too few patients"* ]]
}

@test "before PRES its rules change nothing: paired with the reference, its risk is the same" {
    run_case pres_protocol paired --draws 3 --subjects 300
    /usr/bin/python3 - "$work/paired.h5" <<'PY'
import sys
import h5py, numpy as np
with h5py.File(sys.argv[1]) as f:
    pres, rejection = f["pres_risk"][()], f["rejection_risk_horizon"][()]
    times = f["pres_time"][()]
    assert np.isfinite(times[0]).sum() >= 5, "events, so that chance could show"
    assert np.nanmax(np.abs(pres - pres[0])) < 1e-9
    exact = f["pres_probability"][0].reshape(3, 300).mean(axis=1)
    assert np.allclose(f["pres_risk_horizon"][1], exact, atol=1e-9)
    assert set(np.unique(f["pres_probability"][1])) == {0.0, 1.0}
    assert (rejection[1:] > rejection[0]).any(), "the rules act after it"
    error = f["comparison/monte_carlo_error_pres"][()]
    p = f["pres_probability"][0].reshape(3, 300)
    mine = np.sqrt(np.mean(p.var(axis=1) / 300))  # the same as the reference's: no one differs
    assert np.allclose(error, mine, rtol=1e-6), (error, mine)
PY
    says_paired
}

@test "threads and kernel builds give the same bytes" {
    for case in pres_protocol lung_tdm; do
        run_case $case ${case}_1 --draws 1 --subjects 600 --threads 1
        run_case $case ${case}_2 --draws 1 --subjects 600 --threads 2
        run_case $case ${case}_baseline --draws 1 --subjects 600 --threads 2 --kernels baseline
        for k in v3 v4; do
            run_case $case ${case}_$k --draws 1 --subjects 600 --threads 2 --kernels $k \
                2>"$work/err" || grep -q "kernels $k" "$work/err"
        done
        compare all "$work"/${case}_*.h5
    done
}

@test "CVODE too gives the same bytes for any number of threads" {
    for n in 1 2; do
        run_case pres_protocol cvode_$n --draws 1 --subjects 200 --solver cvode --threads $n
    done
    compare all "$work"/cvode_?.h5
}

@test "--subject gives the levels and the ledger of that row" {
    for case in pres_protocol lung_tdm missed_at_home; do
        run_case $case full --draws 1 --subjects 600 --threads 2 --force
        for i in 0 77 511 512 599; do
            run_case $case one --draws 1 --subjects 600 --subject $i --force
            compare course "$work/full.h5" "$work/one.h5"
        done
    done
}

# What the table gives, in the result's ledger: $1 subjects, of whom each second is ID 2.
holds_the_table() {
    /usr/bin/python3 - "$work/x.h5" "$1" <<'PY'
import sys

import h5py
import numpy as np

file = h5py.File(sys.argv[1], "r")
ledger = {name: file["ledger"][name][()] for name in file["ledger"]}
assert file["concentration"].shape[:2] == (1, int(sys.argv[2]))
assert file["regimen"].asstr()[0] == "events"
first = [(12.0 * k, 0, 3.0, 0.0, 0) for k in range(6)]  # time, kind, amount, rate, route
first += [(72.0, 2, 0.0, 0.0, 0), (80.0, 0, 2.0, 0.5, 1)]
second = [(0.0, 0, 1.0, 0.25, 1), (24.0, 0, 1.0, 0.25, 1)]
second += [(60.0, 2, 0.0, 0.0, 0), (60.0, 0, 4.0, 0.0, 0)]
for subject in range(int(sys.argv[2])):
    start = ledger["row_start"][0, subject]
    rows = slice(start, start + ledger["row_size"][0, subject])
    found = list(zip(*(ledger[n][rows] for n in ("time", "kind", "amount", "rate", "route"))))
    found = [row for row in found if row[1] != 9]
    assert found == (first, second)[subject % 2], (subject, found)
    # a reset empties the compartments: no drug from 72 h to the dose at 80 h
    hours = file["time"][()]
    level = file["concentration"][0, subject]
    if subject % 2 == 0:
        assert level[hours == 72] > 0.1 and level[hours == 78] == 0.0
        assert level[hours == 84] > 0.1
    else:
        assert level[hours == 60] > 0.1 and np.isfinite(level).all()
PY
}

@test "one table gives the patients and their events" {
    write_table
    write_scenario "{file: events.csv}"
    run -0 --separate-stderr "$TACRO" check "$work/table.yaml" --params params
    [[ "$output" == *"events of each patient from events.csv, 2 IDs"* ]]
    "$TACRO" run "$work/table.yaml" --params params -q -o "$work/x.h5" >/dev/null
    holds_the_table 2
}

@test "a table of events serves patients of the scenario in turn" {
    write_table
    write_scenario "{n: 5, hematocrit: 0.3}"
    "$TACRO" run "$work/table.yaml" --params params -q -o "$work/x.h5" >/dev/null
    holds_the_table 5
}

@test "a bad table is refused with all its faults, each once" {
    write_scenario "{file: events.csv}"
    cat >"$work/events.csv" <<'CSV'
ID,TIME,AMT,CMT,II,ADDL,HCT
1,0,3,1,12,x,0.3
1,6,99,1,.,.,.
1,4,3,9,.,.,.
CSV
    run -65 --separate-stderr "$TACRO" run "$work/table.yaml" --params params \
        -o "$work/x.h5"
    [ -z "$output" ]
    [ ! -e "$work/x.h5" ]
    [ "$(grep -c 'events.csv:[0-9]*:[0-9]*: ' <<<"$stderr")" -eq 4 ]
    [[ "$stderr" == *"events.csv:2:12: ADDL: x: expected a whole number from 0 to 10000"* ]]
    [[ "$stderr" == *"events.csv:3:5: AMT: 99: expected 0 to 30 mg"* ]]
    [[ "$stderr" == *"events.csv:4:3: TIME: 4 h after 6 h of ID 1"* ]]
    [[ "$stderr" == *"events.csv:4:7: CMT: 9: expected 1 (DEPOT), 2 (CENTRAL)"* ]]
    [[ "$stderr" == *"4 faults in "* ]]
}

@test "check prints the rules of a regimen" {
    run -0 --separate-stderr "$TACRO" check params/scenario/lung_tdm.yaml
    grep -Eq '^  - measures the trough every 24 h from 2 d on; known 6 h later' <<<"$output"
    grep -Eq '^  - adjusts the dose by the rule `proportional`' <<<"$output"
    [ "$(grep -c '^  - ' <<<"$output")" -eq 2 ]
    run -0 --separate-stderr "$TACRO" check params/scenario/pres_protocol.yaml
    [ "$(grep -c '^  - .*pres' <<<"$output")" -ge 2 ]
}

@test "check says what is missed and late, and where a rule runs out of doses" {
    cat >"$work/words.yaml" <<'YAML'
title: words
pk: sikma2020_thoracic_icu
risk: pres_lung
horizon: 10 d
patients: {n: 1, hematocrit: 0.3}
regimens:
  alike:
    steps: [{give: 3 mg, every: 12 h, missed: 5 %, late: {sd: 1 h}}]
  step_by_step:
    steps: [{give: 3 mg, every: 12 h, for: 3 d}, {give: 2 mg, every: 24 h, missed: 10 %}]
  ends:
    steps: [{give: 3 mg, every: 12 h}]
    when: {pres: [{hold: 1 d}, {give: 1 mg, every: 12 h, late: {sd: 30 min}, for: 2 d}]}
YAML
    run -0 --separate-stderr "$TACRO" check "$work/words.yaml"
    words=$(tr -s ' \n' ' ' <<<"$output")
    [[ "$words" == *"- doses: missed 5 %, late by the absolute value of a normal of SD 1 h "* ]]
    [[ "$words" == *"- doses: 2 mg every 24 h (missed 10 %) "* ]]
    [[ "$words" == *"later: hold for 24 h; 1 mg every 12 h for 2 d (late by the absolute value of a normal of SD 0.5 h); then no dose "* ]]
    [[ "$stderr" == *"its steps end 72 h after the switch: no dose after that"* ]]
}

@test "a table that starts at steady state has a level at the start" {
    cat >"$work/steady.csv" <<'CSV'
ID,TIME,EVID,AMT,CMT,II,ADDL,SS
1,0,1,3,1,12,9,1
CSV
    cat >"$work/steady.yaml" <<'YAML'
title: steady
pk: sikma2020_thoracic_icu
horizon: 5 d
patients: {typical: true, hematocrit: 0.3}
regimens: {file: steady.csv}
YAML
    "$TACRO" run "$work/steady.yaml" -o "$work/steady.h5" -q --json >"$work/steady.json"
    python3 -c '
import json, sys
regimen = json.load(open(sys.argv[1]))["summary"]["regimens"][0]
first, second = (d["trough_ng_per_mL"]["p50"] for d in regimen["days"][:2])
assert first is not None and abs(first - second) < 0.02 * second, (first, second)
' "$work/steady.json"
}

@test "a modelled duration without D1 is a fault of its row" {
    printf 'ID,TIME,EVID,AMT,CMT,RATE\n1,0,1,3,1,0\n1,12,1,3,1,-2\n1,24,1,3,1,-2\n' \
        >"$work/events.csv"
    write_scenario "{n: 1, hematocrit: 0.3}"
    run -65 --separate-stderr "$TACRO" check "$work/table.yaml"
    [[ "$stderr" == *"events.csv:3:1: RATE: -2: sikma2020_thoracic_icu has no D1, which this row needs"* ]]
    [[ "$stderr" == *"1 fault"* ]]
}

@test "--json of check has the rules" {
    run -0 --separate-stderr "$TACRO" check params/scenario/lung_tdm.yaml --json
    python3 -c '
import json, sys
regimens = {r["label"]: r for r in json.load(sys.stdin)["regimens"]}
assert "rules" not in regimens["fixed"], regimens["fixed"]
measures, adjusts = regimens["titrated"]["rules"]
assert measures.startswith("measures the trough every 24 h"), measures
assert adjusts.startswith("adjusts the dose"), adjusts
' <<<"$output"
}

@test "check counts the capsules of a formulation by its own strengths" {
    run -0 --separate-stderr "$TACRO" check params/scenario/conversion_ir_lcp.yaml
    grep -Eq '^ +days 30-43 +4 +08:00 +4 mg LCP +LCP 1x4$' <<<"$output"
    grep -Eq '^ +days 30-43 +3\.5 +08:00 +3\.5 mg LCP +LCP 2x1 \+ 2x0\.75$' <<<"$output"
    grep -Eq '^ +days 30-43 +5 +08:00 +5 mg LCP +LCP 1x4 \+ 1x1$' <<<"$output"
}
