#!/usr/bin/env bash
# Instructions a subject costs, counted by callgrind: instructions.sh [--update] [TACRO_BENCH].
# Compares with instructions.csv and fails when one differs by more than 3 %; --update rewrites it.
set -euo pipefail
cd "$(dirname "$0")/.."

stored=benchmarks/instructions.csv
limit=3 # %
few=512  # whole groups, so that blocks are sorted as in a long run
many=1024

update=
[ "${1:-}" != --update ] || { update=yes; shift; }
bench=${1:-build/release/tacro_bench}
command -v valgrind >/dev/null || { echo "instructions.sh: valgrind is not installed (scripts/setup test)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# glibc picks variants of memcpy and the like by processor, up to 8 % of a count; the oldest are everywhere.
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-ERMS,-FSRM,-FMA,-SSSE3,-SSE4_1,-SSE4_2
export OMP_NUM_THREADS=1

# Instructions of a whole process that solves W for N subjects once. v3: valgrind knows no AVX-512.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$work/out" \
        "$bench" --workload "$1" --scope solve --solver "$2" --threads 1 --kernels v3 --once --subjects "$3" \
        >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    awk '/^(summary|totals):/ { print $2; exit }' "$work/out"
}

echo workload,solver,instructions_per_subject >"$work/counts"
for workload in W1 W2; do
    for solver in exact cvode; do
        a=$(count "$workload" "$solver" "$few")
        b=$(count "$workload" "$solver" "$many")
        echo "$workload,$solver,$(((b - a) / (many - few)))" | tee -a "$work/counts" >&2
    done
done

if [ -n "$update" ]; then
    cp "$work/counts" "$stored"
    exit 0
fi
awk -F, -v limit="$limit" '
    FNR == 1 { next }
    NR == FNR { want[$1 "," $2] = $3; next }
    {
        if (!(($1 "," $2) in want)) { print $1, $2 ": no stored count"; bad = 1; next }
        change = 100 * ($3 / want[$1 "," $2] - 1)
        printf "%s %-5s %9d instructions a subject, stored %9d: %+.2f %%\n", $1, $2, $3, want[$1 "," $2], change
        if (change > limit || change < -limit) { bad = 1; far = 1 }
    }
    END {
        if (far) print "more than " limit " % off: mend it, or keep it with benchmarks/instructions.sh --update"
        exit bad
    }' "$stored" "$work/counts"
