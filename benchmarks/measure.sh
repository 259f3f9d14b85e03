#!/usr/bin/env bash
# Measures everything the README tells: measure.sh [--update]. Tables in build/bench, under 10 minutes.
# --update also puts the tables and the picture into benchmarks/README.md and benchmarks/growth.png.
set -euo pipefail
cd "$(dirname "$0")/.."

out=build/bench
bench=build/release/tacro_bench
tacro=build/release/tacro
fast=10000 # subjects of the exact propagator
slow=2048  # and of CVODE, which is as fast per subject with fewer
mkdir -p "$out"

step() { printf '%s  %s\n' "$(date +%T)" "$*" >&2; }

step "build"
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" --target bench tacro-cli >/dev/null

step "workloads by solver and threads"
{
    "$bench" --scope solve --solver exact --subjects "$fast" --reps 15
    "$bench" --scope solve --solver cvode --subjects "$slow" --no-header
    for workload in W1 W2; do
        "$bench" --scope run --workload "$workload" --solver exact --subjects "$fast" --no-header
        "$bench" --scope run --workload "$workload" --solver cvode --subjects "$slow" --no-header
    done
    "$bench" --scope run --workload case --solver exact --subjects 5000 --no-header
    "$bench" --scope run --workload case --solver cvode --subjects 512 --reps 3 --no-header
} >"$out/workloads.csv"

step "kernels"
{
    echo kernels,"$("$bench" --once --subjects 1 --scope solve --workload W1 --solver exact --threads 1 | head -n 1)"
    for kernels in baseline v3 v4; do
        for workload in W1 W2; do
            for choice in "exact $fast" "cvode 1024"; do
                read -r solver n <<<"$choice"
                "$bench" --scope solve --workload "$workload" --solver "$solver" --threads 1 --subjects "$n" \
                    --kernels "$kernels" --no-header 2>/dev/null | sed "s/^/$kernels,/" || true # not on this processor
            done
        done
    done
} >"$out/kernels.csv"

step "memory"
{
    echo workload,subjects,rss_mib
    for workload in W1 W2; do
        for n in 1000 10000 100000; do
            "$bench" --scope run --workload "$workload" --solver exact --threads 1 --subjects "$n" --once --no-header |
                awk -F, '{ print $1 "," $5 "," $11 }'
        done
    done
} >"$out/memory.csv"

step "start-up"
benchmarks/startup.py "$tacro" >"$out/startup.csv"

step "growth"
benchmarks/growth.sh "$bench" >"$out/growth.csv"

benchmarks/tables.py "$out" "$@"
step "done: $out/measured.md, $out/growth.png"
