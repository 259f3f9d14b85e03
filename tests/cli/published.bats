#!/usr/bin/env bats
# Every published figure of every PK file (tacro qualify).

bats_require_minimum_version 1.5.0

@test "every model reproduces its published figures, or says why not" {
    cd "$BATS_TEST_DIRNAME/../.."
    run -0 --separate-stderr "$TACRO" qualify --params params
    echo "$output"
    for file in params/pk/*.yaml; do
        grep -qx "$(basename "$file" .yaml)" <<<"$output"
    done
    [[ "$output" == *" 0 do not match, 0 not computed"* ]]
}
