#!/usr/bin/env bats
# The same science, byte by byte, whatever computes it; and memory that does not grow.

CASE=params/scenario/pres_lung_transplant.yaml

run_case() { # name, then options
    local out=$BATS_TEST_TMPDIR/$1.h5
    shift
    "$TACRO" run "$CASE" -o "$out" --draws 1 --subjects 600 -q "$@" >/dev/null
}

compare() { /usr/bin/python3 tests/cli/compare_results.py "$@"; }

# Each solver must keep the bytes on its own.
SOLVERS="exact cvode"

@test "1, 2, 3 and 4 threads give the same bytes" {
    for s in $SOLVERS; do
        for n in 1 2 3 4; do run_case "t_${s}_$n" --solver $s --threads $n; done
        compare all "$BATS_TEST_TMPDIR"/t_${s}_?.h5
    done
}

@test "every kernel build that this processor has gives the same bytes" {
    for s in $SOLVERS; do
        run_case "k_${s}_baseline" --solver $s --kernels baseline --threads 2
        for k in v3 v4; do
            run_case "k_${s}_$k" --solver $s --kernels $k --threads 2 \
                2>"$BATS_TEST_TMPDIR/err" || grep -q "kernels $k" "$BATS_TEST_TMPDIR/err"
        done
        run_case "k_${s}_best" --solver $s --threads 2
        compare all "$BATS_TEST_TMPDIR"/k_${s}_*.h5
    done
}

@test "glibc without its FMA, AVX2 and AVX-512 paths gives the same bytes" {
    for s in $SOLVERS; do
        run_case "plain_$s" --solver $s --threads 2
        GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-AVX512F,-FMA_Usable,-AVX2_Usable \
            run_case "tuned_$s" --solver $s --threads 2
        compare all "$BATS_TEST_TMPDIR"/plain_$s.h5 "$BATS_TEST_TMPDIR"/tuned_$s.h5
    done
}

@test "--subject gives that subject's bytes, also in the last group" {
    for s in $SOLVERS; do
        run_case "full_$s" --solver $s --threads 2
        for i in 0 77 511 512 599; do
            run_case "s_${s}_$i" --solver $s --subject $i
            compare subject "$BATS_TEST_TMPDIR/full_$s.h5" "$BATS_TEST_TMPDIR/s_${s}_$i.h5"
        done
    done
}

@test "ten times the subjects take less than 1 kB more memory for each" {
    # a build with AddressSanitizer keeps freed memory back, 256 MB unless told otherwise
    ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=64 \
        /usr/bin/python3 - "$TACRO" "$CASE" "$BATS_TEST_TMPDIR" <<'PY'
import resource, subprocess, sys

program, case, folder = sys.argv[1:]
short = folder + "/short.yaml"
text = open(case).read().replace("horizon: 14 d", "horizon: 4 d")
text = text.replace("      - {hold: 1 d}\n", "      - {hold: 12 h}\n")
head, tail = text.split("regimens:")
text = head.replace("reference: continue\n", "") + (
    "regimens:\n  plan: {steps: [{give: 3 mg, every: 12 h}]}\n")
open(short, "w").write(text)


def peak_kb(subjects):
    """Of the largest child so far: call with growing numbers."""
    subprocess.run([program, "run", short, "-o", folder + "/m.h5", "--force", "-q",
                    "--params", "params", "--threads", "2", "--subjects", str(subjects)],
                   check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


few, many = 3000, 30000
growth = peak_kb(few), peak_kb(many)
slope = (growth[1] - growth[0]) / (many - few)
print(f"{growth[0]} kB at {few}, {growth[1]} kB at {many}: {slope:.3f} kB per subject")
assert slope < 1.0
PY
}
