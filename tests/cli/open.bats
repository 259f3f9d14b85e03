#!/usr/bin/env bats
# A result opens unmodified where researchers work. $TACRO is the program.

setup_file() {
    : "${TACRO:?path of the program}"
    export RESULT="$BATS_FILE_TMPDIR/x.h5"
    cd "$BATS_TEST_DIRNAME/../.."
    "$TACRO" run params/scenario/pres_lung_transplant.yaml --subjects 20 -o "$RESULT"
}

@test "xarray.open_dataset(path) opens a result" {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/open_xarray.py" "$RESULT"
}

@test "R hdf5r opens a result" {
    Rscript "$BATS_TEST_DIRNAME/open_hdf5r.R" "$RESULT"
}

@test "scripts/plot.py draws a result" {
    "$BATS_TEST_DIRNAME/../../scripts/plot.py" "$RESULT" -o "$BATS_TEST_TMPDIR/x.png"
    [ "$(head -c 8 "$BATS_TEST_TMPDIR/x.png" | tail -c 7 | head -c 3)" = PNG ]
}

@test "a run leaves its result and nothing else" {
    [ "$(ls "$BATS_FILE_TMPDIR")" = x.h5 ]
}
