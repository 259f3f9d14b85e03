#!/usr/bin/env bats
# Troughs observed with the residual error of the PK model. $TACRO is the program.

setup() {
    : "${TACRO:?path of the program}"
    cd "$BATS_TEST_TMPDIR"
    params="$BATS_TEST_DIRNAME/../../params"
}

# $1: the PK file, $2: lines at the root
write_scenario() {
    cat >s.yaml <<END
title: observed troughs
pk: $1
start: {day: 1, clock: "08:00"}
horizon: 5 d
output: {every: 6 h}
seed: 7
before: none
patients: {n: 1500, weight: 70 kg, hematocrit: 0.3, bilateral: false, cyp3a5_expresser: false,
           voriconazole: false, amiodarone: false}
unused: allow
target: [{from: 0 d, trough: 9-15 ng/mL}]
$2
regimens:
  high: {steps: [{give: 5 mg, every: 12 h}]}
  low: {steps: [{give: 3 mg, every: 12 h}]}
END
}

run_it() {
    "$TACRO" run s.yaml --params "$params" -q --force "$@"
}

@test "observations open in xarray and are the troughs with the published error" {
    write_scenario sikma2020_thoracic_icu "observe: true"
    run_it -o x.h5 >summary
    grep -q "^Observed    C0 with residual error by" summary
    tr -s ' \n' ' ' <summary | grep -q "outside target: high [0-9]* % (true [0-9]* %), low"
    /usr/bin/python3 - <<'END'
import numpy as np, xarray
d = xarray.open_dataset("x.h5")
for name, true, cv, units in (("observation", "trough", 0.167, "ng/mL"),
                              ("observation_unbound", "trough_unbound", 0.363, "pg/mL"),
                              ("observation_plasma", "trough_plasma", 0.316, "ng/mL")):
    y, t = d[name], d[true]
    assert y.dims == ("regimen", "subject", "day") and y.dtype == "float64", y
    assert y.attrs["units"] == units == t.attrs["units"], (y.attrs, t.attrs)
    assert y.attrs["long_name"] and "residual error" in y.attrs["description"]
    assert (np.isnan(y) == np.isnan(t)).all() and np.isnan(t).any()
    e = (y / t - 1).values
    n = np.isfinite(e[0]).sum()
    assert abs(np.nanmean(e[0])) < 5 * cv / n**0.5, np.nanmean(e[0])
    assert abs(np.nanstd(e[0]) / cv - 1) < 5 / (2 * n)**0.5, np.nanstd(e[0])
    assert np.nanmax(abs(e[0] - e[1])) < 1e-12  # the same in every regimen
END
}

@test "threads, kernels and one subject alone give the same observations" {
    write_scenario sikma2020_thoracic_icu "observe: true"
    run_it --threads 1 -o a.h5 >/dev/null
    run_it --threads 2 --kernels baseline -o b.h5 >/dev/null
    run_it --subject 700 -o c.h5 >/dev/null
    /usr/bin/python3 - <<'END'
import h5py
a, b, c = (h5py.File(x)["observation"][...] for x in ("a.h5", "b.h5", "c.h5"))
assert a.tobytes() == b.tobytes()
assert a[:, 700].tobytes() == c[:, 0].tobytes()
END
}

@test "observing changes no other dataset" {
    write_scenario sikma2020_thoracic_icu "observe: false"
    run_it -o without.h5 >summary
    ! grep -q "^Observed" summary
    write_scenario sikma2020_thoracic_icu "observe: true"
    run_it -o with.h5 >/dev/null
    /usr/bin/python3 - <<'END'
import h5py
a, b = h5py.File("without.h5"), h5py.File("with.h5")
new = {"observation", "observation_unbound", "observation_plasma"}
assert set(b) - set(a) == new and not set(a) - set(b), set(a) ^ set(b)
for name in a:
    if isinstance(a[name], h5py.Dataset) and a[name].dtype.kind in "fiu":
        assert a[name][...].tobytes() == b[name][...].tobytes(), name
END
}

@test "an assay that a model lacks is a fault that lists what there is" {
    mkdir pk
    sed -e 's/^name: .*/name: two/' -e 's/  conc: {proportional: 16.7 %, ci: 15.8-17.6 %,/  conc: {assay: lcms, proportional: 16.7 %,/' \
        "$params/pk/sikma2020_thoracic_icu.yaml" >pk/two.yaml
    params="$PWD"
    write_scenario two "observe: {assay: immunoassay}"
    run run_it -o x.h5
    [ "$status" -eq 65 ]
    [[ "$output" == *"observe: two has no residual error of conc by immunoassay, expected an assay of: conc by lcms, unbound by any, plasma by any"* ]]
    write_scenario two "observe: {assay: lcms}"
    sed -i '/  unbound: {proportional/s/mark: T/mark: UNVERIFIED/' pk/two.yaml
    run_it -o x.h5 >summary
    grep -q "residual error by lcms" summary
    grep -q "two: residual error of unbound (UNVERIFIED)" summary
}

@test "a model without sigma cannot be observed" {
    mkdir pk
    sed -e 's/^name: .*/name: none/' -e '/^sigma:/,/^checks:/{/^checks:/!d}' \
        "$params/pk/sikma2020_thoracic_icu.yaml" >pk/none.yaml
    params="$PWD"
    write_scenario none "observe: true"
    run run_it -o x.h5
    [ "$status" -eq 65 ]
    [[ "$output" == *"observe: none has no \`sigma\`: it has no residual error to observe with"* ]]
}

# -- IV doses under a model that does not say its absolute bioavailability ---------------

@test "without FABS an IV dose takes 0.23, which is said, and a scenario can set it" {
    write_scenario miano2024_lung_pod14 ""
    run_it -o oral.h5 >summary
    ! grep -q FABS summary
    sed -i 's/  low: .*/  low: {steps: [{give: 0.5 mg, every: 12 h, route: iv, over: 12 h}]}/' s.yaml
    run_it -o x.h5 >summary
    tr -s ' \n' ' ' <summary | grep -q "FABS not in miano2024_lung_pod14: 0.23 assumed, published 0.05 to 0.93"
    sed -i 's/^regimens:/parameters: {FABS: 0.46}\nregimens:/' s.yaml
    run_it -o y.h5 >summary
    ! grep -q "FABS not in" summary
    grep -q "FABS = 0.46" summary
    /usr/bin/python3 - <<'END'
import h5py, numpy as np
o, x, y = (h5py.File(n)["trough"][...] for n in ("oral.h5", "x.h5", "y.h5"))
assert x[0].tobytes() == o[0].tobytes() == y[0].tobytes()  # the oral regimen
assert np.nanmax(abs(x[1] / y[1] - 2)) < 1e-12
END
}
