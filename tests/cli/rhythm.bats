#!/usr/bin/env bats
# A PK file with rhythms and doses that arrive over time, from the file to the result.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p params/pk params/risk
    cat >params/pk/made_up.yaml <<'EOF'
name: made_up
kind: pk
title: made up for a test
population: nobody
source: {author: tests}
parts: [first_order, savic@LCP, 2cmt]
theta:
  KA: {value: 2.04 1/h, mark: C, from: test}
  CL: {value: 11.9 L/h, mark: C, from: test}
  V1: {value: 78 L, mark: C, from: test}
  Q: {value: 25.8 L/h, mark: C, from: test}
  V2: {value: 500 L, mark: C, from: test}
  F1: {value: 0.745, mark: C, from: test}
  KA_LCP: {value: 2.97 1/h, mark: C, from: test}
  MTT_LCP: {value: 3.39 h, mark: C, from: test}
  NTR_LCP: {value: 1.58, mark: C, from: test}
  FREL_LCP: {value: 1.34, mark: C, from: test}
omega:
  CL: {cv: 26 %, mark: C, from: test}
  MTT_LCP: {cv: 50 %, mark: C, from: test}
rhythm:
  CL: {amplitude: 3.42 L/h, peak: "17:00", ci: 2.3-4.6 L/h, mark: ASSUMED, from: test}
  KA: {amplitude: 76 %, peak: "03:08", rse: 44.5 %, mark: T, from: test}
EOF
    cat >two.yaml <<'EOF'
title: two formulations
pk: made_up
start: {day: 10, clock: "08:00"}
horizon: 3 d
output: {every: 1 h}
seed: 1
draws: 1
before: {give: 3 mg, every: 24 h, steady_state: true}
patients: {n: 100}
reference: ir
regimens:
  ir: {steps: [{give: 3 mg, every: 24 h}]}
  lcp: {steps: [{give: 2 mg, every: 24 h, formulation: LCP}]}
EOF
}

hash_of() {
    "$TACRO" run two.yaml --params params --quiet --json --force -o out.h5 "$@" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["summary"]["content_hash"])'
}

@test "the run says that CVODE checked itself, and what is assumed" {
    run -0 --separate-stderr "$TACRO" run two.yaml --params params -o out.h5
    [[ "$output" == *"cvode; cvode at 1/100 of the tolerance integrated 64"* ]]
    [[ "$output" != *"WARNING"* ]]
    [[ "$output" == *"made_up: rhythm of CL, 28.74 % at 17:00 (ASSUMED)"* ]]
    [[ "$output" != *"rhythm of KA"* ]]
}

@test "the result names the solver and how far it is from itself" {
    run -0 --separate-stderr "$TACRO" run two.yaml --params params -o out.h5 --json
    python3 -c '
import json, sys
summary = json.loads(sys.argv[1])["summary"]
assert summary["solver"] == "cvode", summary["solver"]
assert summary["level_difference"] < 2e-5, summary["level_difference"]
assert summary["checked_courses"] == 64
' "$output"
}

@test "threads and kernels change no bit" {
    want=$(hash_of --threads 1 --kernels baseline)
    [ "$(hash_of --threads 2)" = "$want" ]
    [ "$(hash_of --threads 1)" = "$want" ]
}

@test "the exact solver says why it does not take the model" {
    run -64 "$TACRO" run two.yaml --params params -o out.h5 --solver exact
    [[ "$output" == *"its parameters follow the clock"* ]]
    [ ! -e out.h5 ]
    sed -i '/^rhythm:/,$d' params/pk/made_up.yaml
    run -64 "$TACRO" run two.yaml --params params -o out.h5 --solver exact
    [[ "$output" == *"its doses arrive over time"* ]]
    sed -i '/lcp:/d' two.yaml # a formulation that nobody gets is no part of the equations
    run -0 "$TACRO" run two.yaml --params params -o out.h5 --solver exact
}

@test "a steady state needs an interval that fits into the day" {
    sed -i 's/every: 24 h, steady/every: 10 h, steady/' two.yaml
    run -65 "$TACRO" run two.yaml --params params -o out.h5
    [[ "$output" == *"steady state every 10 h"*"divides 24 h or is a multiple of it"* ]]
    sed -i '/^rhythm:/,$d' params/pk/made_up.yaml
    run -0 "$TACRO" run two.yaml --params params -o out.h5
}

@test "no dose runs into a port whose doses arrive over time" {
    cat >events.csv <<'EOF'
ID,TIME,EVID,AMT,CMT,RATE
1,0,1,2,DEPOT_LCP,1
EOF
    sed -i '/^  ir:/,$d; s/^reference: ir/reference: table/' two.yaml
    echo '  table: {file: events.csv}' >>two.yaml
    sed -i 's/^before.*/before: none/' two.yaml
    run -65 "$TACRO" run two.yaml --params params -o out.h5
    [[ "$output" == *"a dose runs into DEPOT"*"expected doses at once"* ]]
}

@test "the page of the model shows its rhythms" {
    run -0 --separate-stderr "$TACRO" models made_up --params params
    grep -Eq '^  rhythm of CL +28.74 % at 17:00' <<<"$output"
    [[ "$output" == *"LCP: INPUT = sum over doses of"* ]]
}
