#!/usr/bin/env bats
# Help, version and wrong usage.

bats_require_minimum_version 1.5.0

setup() {
    scenario=params/scenario/pres_lung_transplant.yaml
    cd "$BATS_TEST_DIRNAME/../.."
}

# The command ends with 64, says why on stderr, and prints nothing on stdout.
refuses() {
    local expected=$1
    shift
    run -64 --separate-stderr "$TACRO" "$@"
    [ -z "$output" ]
    [[ "$stderr" == *"$expected"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/out.h5" ]
}

@test "--help lists every verb and says research use" {
    run -0 --separate-stderr "$TACRO" --help
    [[ "$output" == *"run SCENARIO"* ]]
    [[ "$output" == *"check FILE"* ]]
    [[ "$output" == *"models [NAME]"* ]]
    [[ "$output" == *"not dosing"* ]]
    [ -z "$stderr" ]
}

@test "run --help lists its options" {
    run -0 --separate-stderr "$TACRO" run --help
    for option in --output --force --subjects --draws --seed --subject= --threads \
        --max-failed --kernels --solver --rtol --params --dry-run --json --quiet --verbose; do
        [[ "$output" == *"$option"* ]] || { echo "no $option"; false; }
    done
}

@test "check --help and models --help work" {
    run -0 "$TACRO" check --help
    [[ "$output" == *"tacro check"*"--params"*"Exit codes: 0 "*"65 bad data"* ]]
    run -0 "$TACRO" models --help
    [[ "$output" == *"tacro models"*"[NAME]"*"Exit codes: 0 "*"66 no such model"* ]]
}

@test "--version prints name and version" {
    run -0 "$TACRO" --version
    [[ "$output" =~ ^tacro\ [0-9]+\.[0-9]+ ]]
    run -0 "$TACRO" run --version
    [[ "$output" =~ ^tacro\ [0-9]+\.[0-9]+ ]]
}

@test "no verb is wrong usage" {
    refuses "a verb is missing"
}

@test "a misspelt verb gets the nearest one" {
    refuses "did you mean 'run'?" rnu "$scenario"
    refuses "did you mean 'check'?" chekc "$scenario"
    refuses "did you mean 'models'?" model
}

@test "a verb like no other gets no suggestion" {
    refuses "unknown verb 'gastronomy'" gastronomy
    [[ "$stderr" != *"did you mean"* ]]
}

@test "a missing scenario is wrong usage" {
    refuses "SCENARIO is missing" run -o "$BATS_TEST_TMPDIR/out.h5"
    refuses "FILE is missing" check
}

@test "a second scenario is wrong usage" {
    refuses "one FILE at a time" check "$scenario" "$scenario"
}

@test "run without -o is wrong usage" {
    refuses "-o OUT.h5 is missing" run "$scenario"
}

@test "an empty name of the result file is wrong usage" {
    refuses "-o: the name is empty" run "$scenario" -o ''
    refuses "-o: the name is empty" run "$scenario" -o '' --dry-run
}

@test "a solver that does not exist is wrong usage" {
    refuses "--solver: 'rk4' is not auto, cvode or exact" \
        run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" --solver=rk4
}

@test "options that do not exist are wrong usage" {
    for option in --shard=1/2 --resume --nonsense; do
        refuses "unrecognized option" run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" "$option"
    done
}

@test "counts are whole numbers in digits and nothing else" {
    for option in --subjects --draws --seed --subject --threads --max-failed; do
        for value in -1 +1 1.5 1e3 0x10 12abc "1 000" " 7" "" abc 18446744073709551616; do
            refuses "$option: '$value' is not a whole number" \
                run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" "$option=$value"
        done
    done
}

@test "no patients, no draws and no threads are refused" {
    for option in --subjects --draws --threads; do
        refuses "$option: '0'" run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" "$option=0"
    done
    refuses "from 1 to 4096" run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" --threads=5000
}

@test "the tolerance is a number between 0 and 1" {
    for value in 0 1 -1e-6 nan inf 1e-6x "" 0x1p-3 1e-999; do
        refuses "--rtol: '$value'" run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" --rtol="$value"
    done
}

@test "unknown kernels are refused" {
    refuses "is not baseline, v3 or v4" \
        run "$scenario" -o "$BATS_TEST_TMPDIR/out.h5" --kernels=v9
}

@test "a scenario that is not there ends with 66" {
    run -66 --separate-stderr "$TACRO" check "$BATS_TEST_TMPDIR/none.yaml"
    [ -z "$output" ]
    [[ "$stderr" == *"none.yaml"* ]]
    run -66 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/none.yaml" -o "$BATS_TEST_TMPDIR/out.h5"
    [ ! -e "$BATS_TEST_TMPDIR/out.h5" ]
}

@test "a params folder that is not there ends with 66" {
    run -66 --separate-stderr "$TACRO" models --params "$BATS_TEST_TMPDIR/none"
    [[ "$stderr" == *"--params: $BATS_TEST_TMPDIR/none: no such folder"* ]]
    TACRO_PARAMS=$BATS_TEST_TMPDIR/none run -66 --separate-stderr "$TACRO" models
    [[ "$stderr" == *"TACRO_PARAMS"* ]]
}

@test "results that cannot be printed end with 74" {
    run -74 --separate-stderr bash -c '"$TACRO" --help >/dev/full'
    [[ "$stderr" == *"standard output"* ]]
    run -74 bash -c '"$TACRO" models >/dev/full'
    run -74 bash -c '"$TACRO" models >&-'
}

@test "a reader that stops reading gets no message" {
    run -74 --separate-stderr bash -o pipefail -c '"$TACRO" check "$0" | true' "$scenario"
    [[ "$stderr" != *"pipe"* && "$stderr" != *"standard output"* ]]
    run --separate-stderr bash -c '"$TACRO" check "$0" --json | head -1' "$scenario"
    [ "$output" = "{" ]
    [[ "$stderr" != *"pipe"* && "$stderr" != *"standard output"* ]]
}

@test "the true limits of --draws and --subjects are named" {
    run -64 --separate-stderr "$TACRO" run params/scenario/pres_lung_transplant.yaml --draws 0 --dry-run
    [[ "$stderr" == *"--draws: '0' is not a whole number from 1 to 1000000"* ]]
    run -64 --separate-stderr "$TACRO" run params/scenario/pres_lung_transplant.yaml --subjects 16000001 --dry-run
    [[ "$stderr" == *"--subjects: '16000001' is not a whole number from 1 to 16000000"* ]]
}

@test "too many subjects for the typical patient are those of --subjects" {
    sed 's/^  n: .*/  typical: true/' params/scenario/pres_lung_transplant.yaml >"$BATS_TEST_TMPDIR/typical.yaml"
    grep -q 'typical: true' "$BATS_TEST_TMPDIR/typical.yaml"
    run -65 --separate-stderr "$TACRO" run "$BATS_TEST_TMPDIR/typical.yaml" --params params --subjects 200 --dry-run
    [[ "$stderr" == *"--subjects: 200 asked for, expected at most 1, the typical patient"* ]]
    [[ "$stderr" != *"patients.n"* ]]
}
