#!/usr/bin/env bats
# The benchmark's driver: rows that a program can read. No times are judged.

header=workload,scope,solver,threads,subjects,subjects_per_s,median_s,min_s,max_s,max_rel_error,rss_mib,commit,cpu

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
}

bench() { "$TACRO_BENCH" --subjects 128 --reps 1 "$@"; }

@test "one row a measurement, with the columns of the contract" {
    run bench
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "$header" ]
    python3 -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
kinds = {(r["workload"], r["scope"], r["solver"]) for r in rows}
assert len(kinds) == 10, kinds
for r in rows:
    assert int(r["threads"]) >= 1 and int(r["subjects"]) in (128, 512), r
    assert float(r["subjects_per_s"]) > 0 and float(r["rss_mib"]) > 1, r
    assert float(r["min_s"]) <= float(r["median_s"]) <= float(r["max_s"]), r
    if r["scope"] == "solve":
        assert float(r["max_rel_error"]) < 1e-4, r
    else:
        assert r["max_rel_error"] == "", r
' <<<"$output"
}

@test "options choose rows" {
    run bench --workload W1 --scope solve --solver exact --threads 1 --kernels baseline
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[1]}" == W1,solve,exact,1,128,* ]]
}

@test "a scenario of one's own is a workload" {
    run bench --workload params/scenario/pres_lung_transplant.yaml --solver exact --threads 1 --scope solve --no-header
    [ "$status" -eq 0 ]
    [[ "$output" == params/scenario/pres_lung_transplant.yaml,solve,exact,1,512,* ]]
}

@test "parameters are dumped for other programs, subjects of W1 and W2 alike" {
    run bench --dump-parameters
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 129 ]
    [ "${lines[0]}" = ID,CL,V1,Q,V2,KTR,F1 ]
    [[ "${lines[1]}" =~ ^1,[0-9.]+,[0-9.]+,60,521,[0-9.]+,[0-9.]+$ ]]
    [ "$output" = "$(bench --dump-parameters --workload W2)" ]
}

@test "wrong options are refused" {
    run bench --solver magic
    [ "$status" -eq 64 ]
    run bench --subjects 0
    [ "$status" -eq 64 ]
    run bench --kernels v9 --workload W1 --scope solve --threads 1 --solver exact
    [ "$status" -eq 64 ]
}
