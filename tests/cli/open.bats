#!/usr/bin/env bats
# A result opens unmodified where researchers work. $TACRO is the program.

setup_file() {
    : "${TACRO:?path of the program}"
    export RESULT="$BATS_FILE_TMPDIR/x.h5"
    cd "$BATS_TEST_DIRNAME/../.."
    "$TACRO" run params/scenario/pres_lung_transplant.yaml --draws 1 --subjects 20 -o "$RESULT"
}

@test "xarray.open_dataset(path) opens a result" {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/open_xarray.py" "$RESULT"
}

@test "R hdf5r opens a result" {
    Rscript "$BATS_TEST_DIRNAME/open_hdf5r.R" "$RESULT"
}

# Courses of their own beside shared ones: by rules, by chance and with drug before the start.
run_protocols() {
    local case
    for case in pres_protocol missed_at_home; do
        "$TACRO" run "$BATS_TEST_DIRNAME/../../params/scenario/$case.yaml" --draws 1 --subjects 20 -q \
            -o "$BATS_TEST_TMPDIR/$case.h5" >/dev/null
        "$@" "$BATS_TEST_TMPDIR/$case.h5"
    done
}

@test "xarray.open_dataset(path, group=\"ledger\") opens the doses of each patient" {
    run_protocols /usr/bin/python3 "$BATS_TEST_DIRNAME/open_xarray.py" ledger
}

@test "R hdf5r opens the doses of each patient" {
    run_protocols Rscript "$BATS_TEST_DIRNAME/open_hdf5r.R" ledger
}

@test "scripts/plot.py draws a result" {
    "$BATS_TEST_DIRNAME/../../scripts/plot.py" "$RESULT" -o "$BATS_TEST_TMPDIR/x.png"
    is_png "$BATS_TEST_TMPDIR/x.png"
}

is_png() {
    [ "$(head -c 8 "$1" | tail -c 7 | head -c 3)" = PNG ]
}

# $1: Python statements on the open file f
draw_changed() {
    cp "$RESULT" "$BATS_TEST_TMPDIR/y.h5"
    /usr/bin/python3 -c "import h5py, numpy as np
with h5py.File('$BATS_TEST_TMPDIR/y.h5', 'a') as f:
    $1"
    "$BATS_TEST_DIRNAME/../../scripts/plot.py" "$BATS_TEST_TMPDIR/y.h5" -o "$BATS_TEST_TMPDIR/y.png"
    is_png "$BATS_TEST_TMPDIR/y.png"
}

@test "scripts/plot.py draws infinite quantiles and results without any number" {
    draw_changed "f['concentration_quantile'][0, 3:] = np.inf"
    draw_changed "f['concentration_quantile'][...] = np.inf"
    draw_changed "[f[n].write_direct(np.full(f[n].shape, np.nan, f[n].dtype)) for n in f
        if n not in ('time', 'quantile') and isinstance(f[n], h5py.Dataset) and f[n].dtype.kind == 'f']"
}

@test "scripts/plot.py draws a horizon below one day" {
    sed -e '/^  hold_resume:/,$d' -e 's/^horizon: .*/horizon: 20 h/' \
        -e 's/^landmark: .*/landmark: 1 h/' \
        "$BATS_TEST_DIRNAME/../../params/scenario/pres_lung_transplant.yaml" >"$BATS_TEST_TMPDIR/short.yaml"
    TACRO_PARAMS="$BATS_TEST_DIRNAME/../../params" \
        "$TACRO" run "$BATS_TEST_TMPDIR/short.yaml" --draws 1 --subjects 5 -o "$BATS_TEST_TMPDIR/short.h5"
    "$BATS_TEST_DIRNAME/../../scripts/plot.py" "$BATS_TEST_TMPDIR/short.h5"
    is_png "$BATS_TEST_TMPDIR/short.png"
}

@test "scripts/plot.py names a file that is not there" {
    run "$BATS_TEST_DIRNAME/../../scripts/plot.py" "$BATS_TEST_TMPDIR/none.h5"
    [ "$status" -eq 1 ]
    [ "$output" = "$BATS_TEST_TMPDIR/none.h5: no such file" ]
}

@test "a run leaves its result and nothing else" {
    [ "$(ls "$BATS_FILE_TMPDIR")" = x.h5 ]
}
