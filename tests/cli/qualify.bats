#!/usr/bin/env bats
# tacro qualify; tacro check and tacro models of a params file: a model is one YAML file.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    mkdir -p "$BATS_TEST_TMPDIR/pk"
    model=$BATS_TEST_TMPDIR/pk/made2024_up.yaml
    # One compartment, CL 10 L/h at 70 kg, V 100 L, dose over 24 h into a vein: closed forms.
    cat >"$model" <<'YAML'
name: made2024_up
kind: pk
title: A model made up for this test
population: nobody
days: {from: 1 d, to: 10 d}
source: {author: Nobody, year: 2024, doi: 10.1000/made, table: "Table 1", read: this test}
parts: [first_order, 1cmt]
theta:
  CL: {value: 10 L/h, ci: 8-12.5 L/h, mark: P, from: "Table 1"}
  V1: {value: 100 L, mark: P, from: "Table 1"}
  KA: {value: 1 1/h, mark: P, from: "Table 1"}
  F1: {value: 0.5, mark: P, from: "Table 1"}
  FABS: {value: 1, mark: P, from: "true values"}
omega:
  CL: {cv: 30 %, ci: 20-40 %, mark: P, from: "Table 1"}
kappa:
  F1: {cv: 20 %, mark: P, from: "Table 1"}
covariates:
  - {parameter: CL, covariate: weight, kind: power, exponent: 0.75, ref: 70 kg, mark: P, from: "Table 1"}
sigma:
  conc: {proportional: 15 %, mark: P, from: "Table 1"}
ranges: {weight: 50-90 kg}
checks:
  - figure: "AUC at steady state, 2 mg q12h: F * dose / CL = 100"
    patient: {weight: 70 kg}
    before: {give: 2 mg, every: 12 h, steady_state: true}
    steps: [{give: 2 mg, every: 12 h}]
    quantity: auc
    to: 12 h
    value: 100.00 ng*h/mL
    mark: C
    from: closed form
  - figure: "level after 10 h of 1 mg/h: 100 * (1 - exp(-1))"
    patient: {weight: 70 kg}
    steps: [{give: 10 mg, every: 24 h, route: iv, over: 10 h}]
    quantity: conc
    at: 10 h
    value: 63.212 ng/mL
    mark: C
    from: closed form
  - figure: "highest level of that infusion, at its end"
    patient: {weight: 70 kg}
    steps: [{give: 10 mg, every: 24 h, route: iv, over: 10 h}]
    quantity: cmax
    to: 24 h
    value: 63.212 ng/mL
    mark: C
    from: closed form
  - figure: "time of the highest level by mouth: ln(KA / k) / (KA - k)"
    patient: {weight: 70 kg}
    steps: [{give: 2 mg, every: 48 h}]
    quantity: tmax
    to: 24 h
    value: 2.55843 h
    mark: C
    from: closed form
  - figure: "CL of 140 kg: 10 * 2^0.75"
    patient: {weight: 140 kg}
    quantity: CL
    value: 16.818 L/h
    mark: C
    from: closed form
  - figure: "AUC of 35 kg over that of 70 kg: 2^0.75"
    patient: {weight: 35 kg}
    before: {give: 2 mg, every: 12 h, steady_state: true}
    steps: [{give: 2 mg, every: 12 h}]
    quantity: auc
    to: 12 h
    over: {patient: {weight: 70 kg}}
    value: 1.6818
    mark: C
    from: closed form
  - figure: geometric mean of CL in 1,000 patients
    patient: {weight: 70 kg}
    quantity: CL
    subjects: 1000
    statistic: geometric_mean
    value: 10 L/h
    within: 3 %
    mark: C
    from: "the typical value"
YAML
}

# Puts $2 in place of the first line of the model that matches $1.
change() {
    python3 - "$model" "$1" "$2" <<'PY'
import pathlib, sys
path = pathlib.Path(sys.argv[1])
text = path.read_text()
assert sys.argv[2] in text, sys.argv[2]
path.write_text(text.replace(sys.argv[2], sys.argv[3], 1))
PY
}

@test "a model needs one YAML file: its published figures are computed" {
    run -0 --separate-stderr "$TACRO" qualify "$model"
    [ -z "$stderr" ]
    [[ "$output" == *"1 model: 7 match, 0 differ as known, 0 do not match, 0 not computed"* ]]
    grep -Eq '^  AUC at steady state.* 100.000 +100.00 ng\*h/mL' <<<"$output"
    # trough_to_mean = F dose / V ... / (AUC / 12) of the same patient, in closed form
    "$TACRO" qualify "$model" --json >"$BATS_TEST_TMPDIR/q.json"
    python3 - "$BATS_TEST_TMPDIR/q.json" <<'PY'
import json, math, sys
answer = json.load(open(sys.argv[1]))
model, = answer["models"]
ka, k, tau = 1.0, 0.1, 12.0
trough = 1000 * 0.5 * 2 / 100 * ka / (ka - k) * (
    math.exp(-k * tau) / (1 - math.exp(-k * tau)) - math.exp(-ka * tau) / (1 - math.exp(-ka * tau)))
ours = model["trough_to_mean"]["ours"]
assert abs(ours - trough / (100 / tau)) < 1e-6, (ours, trough / (100 / tau))
assert model["trough_to_mean"]["verdict"] is None
tmax = model["figures"][3]
assert abs(tmax["ours"] - math.log(ka / k) / (ka - k)) < 1e-5, tmax
assert answer["figures"] == {
    "matches": 7, "differs_as_known": 0, "does_not_match": 0, "not_computed": 0}
PY
}

@test "a figure that does not match ends with 1, unless it is known to differ" {
    change "value: 63.212 ng/mL" "value: 63.213 ng/mL"
    run -1 --separate-stderr "$TACRO" qualify "$model"
    [[ "$output" == *"DOES NOT MATCH"* ]]
    [[ "$stderr" == *"1 figure is not reproduced"* ]]
    change "value: 63.213 ng/mL" "value: 63.213 ng/mL
    expect: differs
    reason: a digit is misprinted"
    run -0 --separate-stderr "$TACRO" qualify "$model"
    [[ "$output" == *"differs, known"*"why: a digit is misprinted"* ]]
}

@test "a trough over mean level that the file gives is a figure too" {
    change "theta:" "trough_to_mean: {value: 0.7, mark: C, from: guess}
theta:"
    run -1 --separate-stderr "$TACRO" qualify "$model"
    [[ "$output" == *"1 do not match"* ]]
}

@test "without absorption the level of a continuous infusion is over its mean" {
    "$TACRO" qualify brooks2021_iv --json >"$BATS_TEST_TMPDIR/q.json"
    python3 - "$BATS_TEST_TMPDIR/q.json" <<'PY'
import json, sys
model, = json.load(open(sys.argv[1]))["models"]
ratio = model["trough_to_mean"]
assert abs(ratio["ours"] - 1.0) < 1e-6 and ratio["verdict"] == "matches", ratio
PY
}

@test "check tells what a params file holds" {
    run -0 --separate-stderr "$TACRO" check "$model"
    [ -z "$stderr" ]
    grep -Eq '^Parts +first_order, 1cmt$' <<<"$output"
    grep -Eq '^Ranges +weight 50-90 kg$' <<<"$output"
    grep -Eq '^Figures +7 to reproduce' <<<"$output"
    run -0 --separate-stderr "$TACRO" check "$model" --json
    python3 -c '
import json, sys
params = json.load(sys.stdin)["params"]
assert params["kind"] == "pk" and params["nparameters"] == 5 and params["nchecks"] == 7
assert params["nbetween"] == 1 and params["nwithin"] == 1 and params["nrelations"] == 1
' <<<"$output"
}

@test "check gives all faults of a params file with their places" {
    change "value: 10 L/h, ci" "value: 10 kg, ci"
    change "ranges: {weight" "ranges: {wieght"
    run -65 --separate-stderr "$TACRO" check "$model"
    [ -z "$output" ]
    [[ "$stderr" == *"made2024_up.yaml:9:"*"theta.CL.value: 10 kg"* ]]
    [[ "$stderr" == *"ranges.wieght: no such covariate, did you mean \`weight\`?"* ]]
    [[ "$stderr" == *"2 faults in"* ]]
}

@test "a patient that lacks a covariate is a fault at the check" {
    change "patient: {weight: 140 kg}" "start: {day: 0}"
    line=$(grep -n 'figure: "CL of 140 kg' "$model" | cut -d: -f1)
    run -65 --separate-stderr "$TACRO" check "$model"
    [[ "$stderr" == *"made2024_up.yaml:$line:"*"weight"* ]]
    run -65 --separate-stderr "$TACRO" qualify "$model"
    [[ "$stderr" == *"made2024_up.yaml:$line:"*"weight"* ]]
}

@test "the page has every section, none wider than 100 columns" {
    "$TACRO" models "$model" >"$BATS_TEST_TMPDIR/page"
    for text in "calibrated for days 1 to 10" "doi 10.1000/made" "IIV CL" "cv 30 %" \
        "uncertainty ci 20-40 %" "IOV F1" "weight on CL" "error of conc" "proportional 15 %" \
        "50-90 kg" "PUBLISHED FIGURES" "16.818 L/h" "CL of 140 kg"; do
        grep -qF "$text" "$BATS_TEST_TMPDIR/page" || { echo "no $text"; false; }
    done
    LC_ALL=C.UTF-8 awk 'length > 100 { print; bad = 1 } END { exit bad }' "$BATS_TEST_TMPDIR/page"
}

scenario() {
    cat >"$BATS_TEST_TMPDIR/s.yaml" <<YAML
title: by path
pk: pk/made2024_up.yaml
start: {day: 1}
before: {give: 2 mg, every: 12 h, steady_state: true}
horizon: $2
patients: {n: 1000, weight: $1}
regimens: {a: {steps: [{give: 2 mg, every: 12 h}]}}
YAML
}

@test "a scenario names it by path" {
    scenario "70 kg" "2 d"
    sed -i 's/n: 1000/typical: true/' "$BATS_TEST_TMPDIR/s.yaml"
    "$TACRO" run "$BATS_TEST_TMPDIR/s.yaml" -q -o "$BATS_TEST_TMPDIR/s.h5" >"$BATS_TEST_TMPDIR/out"
    /usr/bin/python3 - "$BATS_TEST_TMPDIR/s.h5" <<'PY'
import h5py, sys
with h5py.File(sys.argv[1]) as f:
    auc = f["auc24"][0, 0, 0]
assert abs(auc - 200.0) < 2e-3, auc   # two doses: 2 * 0.5 * 2 mg / 10 L/h
PY
}

@test "patients outside the population are told" {
    scenario "95 kg" "2 d"
    run -0 --separate-stderr "$TACRO" check "$BATS_TEST_TMPDIR/s.yaml"
    [[ "$stderr" == *"patients.weight: 95 kg is outside 50-90 kg, the population of made2024_up"* ]]
    [[ "$output" != *"is calibrated on days"* ]]
    scenario "{mean: 70 kg, sd: 20 kg, min: 30 kg, max: 110 kg}" "20 d"
    run -0 --separate-stderr "$TACRO" check "$BATS_TEST_TMPDIR/s.yaml"
    [[ "$stderr" != *"the population of"* ]]
    [[ "$output" == *"1 to 21 after transplantation; made2024_up is calibrated on days 1 to 10"* ]]
    "$TACRO" run "$BATS_TEST_TMPDIR/s.yaml" -q -o "$BATS_TEST_TMPDIR/w.h5" >"$BATS_TEST_TMPDIR/out"
    # a normal of sd 20 within 40 of its mean is beyond 20 in 28.6 %
    share=$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/out" | tr -s ' ' |
        grep -oE '[0-9]+ % of patients have a weight outside 50-90 kg, the population of made2024_up' |
        cut -d' ' -f1)
    [ "$share" -ge 25 ] && [ "$share" -le 33 ]
}

@test "names: an unknown one ends with 66 and names the nearest, several are computed" {
    run -66 --separate-stderr "$TACRO" qualify sikma2020_thoracic_icy
    [[ "$stderr" == *"did you mean 'sikma2020_thoracic_icu'?"* ]]
    run -0 --separate-stderr "$TACRO" qualify reference_lung "$model"
    [[ "$output" == *"reference_lung"*"made2024_up"*"2 models: "* ]]
}

@test "the worked example of params/README.md is a qualified file" {
    local example=$BATS_TEST_TMPDIR/example2024_kidney.yaml
    sed -n '/^```yaml/,/^```$/p' params/README.md | sed '1d;/^```$/,$d' >"$example"
    run -0 --separate-stderr "$TACRO" qualify "$example"
    [[ "$output" == *"1 model: 2 match, 0 differ as known, 0 do not match"* ]]
}
