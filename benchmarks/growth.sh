#!/usr/bin/env bash
# How the cost of a subject grows: growth.sh TACRO_BENCH. CSV on stdout; scenarios made on the fly from W1 and W2.
# The fastest repetition counts: these runs are short, and a neighbour's work would hide the trend.
set -euo pipefail
cd "$(dirname "$0")/.."

bench=$(realpath "$1")
here=$PWD/benchmarks
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# scenario NAME DAYS DOSE_EVERY_H OUTPUT_EVERY_H PK [RISK]: 4 mg a day in equal doses.
scenario() {
    cat >"$work/$1.yaml" <<YAML
title: "Growth: $1"
pk: $5
${6:+risk: [$6]}
start: {day: 0, clock: "00:00"}
horizon: $2 d
output: {every: $4 h}
seed: 20260101
patients: {n: 1000}
regimens:
  steady: {steps: [{give: $(awk -v every="$3" 'BEGIN { print 4 * every / 24 }') mg, every: $3 h}]}
YAML
}

# measure AXIS X NAME [SUBJECTS]: one row for each solver.
measure() {
    local solver n reps
    for solver in exact cvode; do
        n=${4:-}
        [ "$solver" = exact ] && reps=15 || reps=3
        [ -n "$n" ] || { [ "$solver" = exact ] && n=4096 || n=512; }
        "$bench" --workload "$work/$3.yaml" --scope solve --solver "$solver" --threads 1 --subjects "$n" --reps "$reps" --no-header |
            awk -F, -v axis="$1" -v x="$2" '{ printf "%s,%s,%s,%d,%.6g,%.6g\n", axis, x, $3, $5, $5 / $8, 1e6 * $8 / $5 }'
    done
}

w1=$here/params/pk/w1.yaml
w2=$here/params/pk/w2.yaml
toxicity=$here/params/risk/w2_toxicity.yaml
failure=$here/params/risk/w2_failure.yaml

echo axis,x,solver,subjects,subjects_per_s,us_per_subject

scenario subjects 28 12 1 "$w1"
for n in 64 512 2048 8192; do measure subjects "$n" subjects "$n"; done

for days in 7 14 28 56 112; do
    scenario "days$days" "$days" 12 1 "$w1"
    measure days "$days" "days$days"
done

for every in 24 12 8 6 4 3; do
    scenario "every$every" 28 "$every" 24 "$w1"
    measure doses "$((28 * 24 / every))" "every$every"
done

# 4 states: one depot instead of the chain; then W1; effect site; one hazard; two.
sed -e 's/^name: .*/name: depot/; s/erlang_4/first_order/; s/KTR/KA/' "$w1" >"$work/depot.yaml"
scenario states4 28 12 24 ./depot.yaml
scenario states7 28 12 24 "$w1"
scenario states8 28 12 24 "$w2"
scenario states9 28 12 24 "$w2" "$toxicity"
scenario states10 28 12 24 "$w2" "$toxicity, $failure"
for n in 4 7 8 9 10; do measure states "$n" "states$n"; done

for every in 24 6 3 1 0.5 0.25; do
    scenario "out$every" 28 12 "$every" "$w1"
    measure outputs "$(awk -v every="$every" 'BEGIN { print 672 / every + 1 }')" "out$every"
done
