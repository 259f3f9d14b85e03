#!/usr/bin/env bats
# `pk:` as a list: every plan under every model. $TACRO is the program.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    work=$BATS_TEST_TMPDIR
    sikma=sikma2020_thoracic_icu
    miano=miano2024_lung_pod14
    lung=reference_lung
}

# $1: name of the file, $2: value of pk, $3: keys in place of the plans below, $4: more keys
write() {
    cat >"$work/$1.yaml" <<YAML
title: models
pk: $2
risk: [pres_lung, rejection_lung]
start: {day: 0, clock: "08:00"}
horizon: 8 d
landmark: 2 d
output: {every: 4 h}
seed: 5
draws: 3
death_hazard: 0.001 1/d
patients:
  n: 70
  age: 50 y
  weight: {mean: 70 kg, cv: 20 %, min: 40 kg, max: 120 kg}
  hematocrit: 0.28
  bilateral: {probability: 0.6}
  cyp3a5_expresser: {probability: 0.2}
  amiodarone: false
  voriconazole: false
target: [{from: 0 d, trough: 9-15 ng/mL}]
reference: half
regimens:
${3:-$plans}
${4:-}
YAML
}

plans='  full: {steps: [{give: 3 mg, every: 12 h}]}
  half: {steps: [{give: 1.5 mg, every: 12 h}]}
  titrated:
    steps: [{give: 3 mg, every: 12 h, missed: 5 %}]
    adjust: {target: 9-15 ng/mL, from: 1 d}
    when: {pres: [{hold: 1 d}, {give: 1 mg, every: 12 h}]}'

simulate() {
    "$TACRO" run "$work/$1.yaml" -o "$work/$1.h5" -q --force "${@:2}" >"$work/$1.txt"
}

flat() {
    tr -s ' \n' ' ' <<<"$1"
}

says() {
    [[ "$(flat "$1")" == *"$2"* ]] || { echo "missing: $2"; echo "$1"; false; }
}

@test "an arm of a list has the bytes of its plan under that model alone" {
    write both "[$sikma, $miano, $lung]"
    simulate both --threads 2
    for model in $sikma $miano $lung; do
        write "$model" "$model"
        simulate "$model"
    done
    /usr/bin/python3 tests/cli/models_list.py same "$work/both.h5" \
        "$sikma=$work/$sikma.h5" "$miano=$work/$miano.h5" "$lung=$work/$lung.h5"
}

@test "so it has with CVODE, whose steps are those of the patients in its block" {
    write both "[$miano, $sikma]"
    simulate both --solver cvode --draws 1 --threads 2
    for model in $sikma $miano; do
        write "$model" "$model"
        simulate "$model" --solver cvode --draws 1
    done
    /usr/bin/python3 tests/cli/models_list.py same "$work/both.h5" \
        "$miano=$work/$miano.h5" "$sikma=$work/$sikma.h5"
}

@test "a rhythm is that of its own model, wherever that stands in the list" {
    local rhythm=mohammedali2025_ir_lcp
    for model in "$miano" "$rhythm"; do
        write "$model" "$model"
        simulate "$model" --draws 1
    done
    for list in "[$miano, $rhythm]" "[$rhythm, $miano]"; do
        write both "$list"
        simulate both --draws 1
        /usr/bin/python3 tests/cli/models_list.py same "$work/both.h5" \
            "$miano=$work/$miano.h5" "$rhythm=$work/$rhythm.h5"
    done
}

# The Sikma file with LCP alone, whose port is another then, and occasions of a day.
write_lcp() {
    sed -e 's/ [a-z0-9_]*@XR,//' -e '/^  KTR_XR:/,/^    from/d' -e '/_XR/d' \
        -e 's/^name: .*/name: sikma_lcp/' -e 's/^occasion: 12 h/occasion: 24 h/' \
        "params/pk/$sikma.yaml" >"$work/sikma_lcp.yaml"
}

@test "ports, occasions and what was before are each model's own, also with changed parameters" {
    local doses='  full: {steps: [{give: 4 mg, every: 24 h, formulation: LCP, missed: 10 %, late: {sd: 1 h}}]}
  half: {steps: [{give: 2 mg, every: 24 h, formulation: LCP}]}
  mixed: {steps: [{give: 1 mg, every: 12 h, for: 2 d}, {give: 1 mg, every: 24 h, route: iv, over: 24 h}]}'
    local more='before: {give: 3 mg, every: 24 h, formulation: LCP, steady_state: true}
parameters: {CL: 15 L/h}
multiply: {KA_LCP: [{from: 4 d, value: 0.5}], V1: [{from: 3 d, value: 1.2}]}'
    write_lcp
    write both "[$sikma, ./sikma_lcp.yaml, $miano]" "$doses" "$more"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "LCP is no formulation of $miano"
    write both "[$sikma, ./sikma_lcp.yaml]" "$doses" "$more"
    write "$sikma" "$sikma" "$doses" "$more"
    write alone ./sikma_lcp.yaml "$doses" "$more"
    simulate both --threads 2
    simulate "$sikma"
    simulate alone
    /usr/bin/python3 tests/cli/models_list.py routes "$work/both.h5" oral iv XR LCP
    /usr/bin/python3 tests/cli/models_list.py routes "$work/alone.h5" oral iv LCP
    /usr/bin/python3 tests/cli/models_list.py same "$work/both.h5" \
        "$sikma=$work/$sikma.h5" "sikma_lcp=$work/alone.h5"
    says "$(<"$work/both.txt")" "Changed sikma_lcp: CL = 15 L/h"
}

@test "a parameter that one of the models has is changed there, one that none has is a fault" {
    write both "[$sikma, $miano]" "" "parameters: {V2: 400 L}
multiply: {KD: [{from: 2 d, value: 0.9}]}"
    run -0 "$TACRO" check "$work/both.yaml"
    says "$output" "400 L instead of 469 L of $sikma"
    [[ "$output" != *"of $miano"* ]]
    write both "[$sikma, $miano]" "" "parameters: {V3: 400 L}"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "parameters.V3"
}

@test "the order of threads changes no byte of a list, nor does the order of models an arm" {
    write both "[$sikma, $miano]"
    write turned "[$miano, $sikma]"
    for n in 1 3; do
        simulate both --threads $n
        mv "$work/both.h5" "$work/both$n.h5"
    done
    /usr/bin/python3 tests/cli/compare_results.py all "$work/both1.h5" "$work/both3.h5"
    simulate turned
    /usr/bin/python3 -c '
import sys, h5py, numpy as np
a, b = (h5py.File(p, "r") for p in sys.argv[1:])
la, lb = ([x.decode() for x in f["regimen"][()]] for f in (a, b))
assert la != lb and sorted(la) == sorted(lb)
at = [lb.index(x) for x in la]
for name in ("concentration", "trough", "pres_risk", "rejection_risk_quantile", "status"):
    assert a[name][()].tobytes() == b[name][()][at].tobytes(), name
' "$work/both1.h5" "$work/turned.h5"
}

@test "a list of one name has the file of that name" {
    write one "[$sikma]"
    write plain "$sikma"
    simulate one
    simulate plain
    /usr/bin/python3 -c '
import sys, h5py
a, b = (h5py.File(p, "r") for p in sys.argv[1:])
assert "regimen_plan" not in a and "@" not in a["regimen"][0].decode()
assert "input/pk" in a and "population/CL" in a
for name in ("concentration", "pres_risk", "population/CL", "ledger/time", "draws/pk_CL"):
    assert a[name][()].tobytes() == b[name][()].tobytes(), name
' "$work/one.h5" "$work/plain.h5"
}

@test "arms are compared with those of their own model alone, and xarray finds the labels" {
    write both "[$sikma, $miano]" '  full: {steps: [{give: 3 mg, every: 12 h}]}
  half: {steps: [{give: 1.5 mg, every: 12 h}]}'
    simulate both
    /usr/bin/python3 tests/cli/models_list.py apart "$work/both.h5"
    /usr/bin/python3 tests/cli/models_list.py open "$work/both.h5"
}

@test "patients are the same under every model: covariates, and those who clear fast" {
    write both "[$sikma, $miano]"
    simulate both --draws 1
    /usr/bin/python3 -c '
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
a, b = (np.log(f[f"population/{m}/CL"][()]) for m in sys.argv[2:])
# of one model the relations differ too, so the logs follow each other without being equal
r = np.corrcoef(a, b)[0, 1]
assert 0.6 < r < 0.999, r  # drawn apart they would be near 0 in 70 patients
' "$work/both.h5" "$sikma" "$miano"
}

@test "a subject alone is that subject of the list under every model" {
    write both "[$sikma, $miano]"
    simulate both
    "$TACRO" run "$work/both.yaml" -o "$work/one.h5" -q --subject 141 >/dev/null
    /usr/bin/python3 tests/cli/compare_results.py course "$work/both.h5" "$work/one.h5"
}

@test "an output that a model lacks is NaN under it" {
    write both "[$sikma, $miano]"
    simulate both --draws 1
    /usr/bin/python3 -c '
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
model = np.array([x.decode() for x in f["regimen_model"][()]])
names = [n for n in f if n.startswith("trough_")]
assert names
for name in names:
    value = f[name][()]
    assert np.isnan(value[model == sys.argv[3]]).all(), name
    assert np.isfinite(value[model == sys.argv[2]][:, :, 1:]).all(), name
' "$work/both.h5" "$sikma" "$miano"
}

@test "the summary shows the models, each plan across them, and arms by model" {
    write both "[$sikma, $miano]"
    simulate both
    text=$(<"$work/both.txt")
    says "$text" "PK model 1 $sikma, valid on days"
    says "$text" "PK model 2 $miano, valid on days 1 to 14"
    says "$text" "ACROSS MODELS: lowest to highest of 2 PK models"
    says "$text" "@$sikma full"
    says "$text" "@$miano full"
    says "$text" "EACH RISK, against half in the same patients under the same model"
    says "$text" "half@$miano (reference)"
    says "$text" "PK model $sikma is calibrated on days 0 to 6"
    says "$text" "what each model takes of these patients, what it ignores, and where it is outside its data $sikma takes hematocrit IGNORES weight, cyp3a5_expresser, bilateral, the day extrapolates days 7 to 8"
    says "$text" "$miano takes weight, hematocrit, cyp3a5_expresser, bilateral, the day extrapolates day 0"
    says "$text" "No external validation shows one PK model to be the best"
    # levels past the data of the risk curves: one line a model and side, not one an arm
    says "$text" "(titrated) of all C0 in the window over 25 ng/mL, where no data hold the risk curves"
    # of each model one arm is the reference
    [ "$(grep -c '^  half .* reference' "$work/both.txt")" -ge 2 ]
    run -0 "$TACRO" check "$work/both.yaml"
    says "$output" "2 PK models: $sikma, $miano; each plan runs under each of them"
    [ "$(grep -c '^full$\|^FULL$\|^full ' <<<"$output")" -le 1 ]
}

@test "levels by day stand model under model, with the medians of the arms" {
    write both "[$sikma, $miano]"
    "$TACRO" run "$work/both.yaml" -o "$work/both.h5" -q --force >"$work/both.txt"
    "$TACRO" run "$work/both.yaml" -o "$work/j.h5" -q --json >"$work/j.json" 2>/dev/null
    /usr/bin/python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
arms = d.get("summary", d)["regimens"]
lines = open(sys.argv[2]).read().splitlines()
at = next(i for i, l in enumerate(lines) if l.startswith("  median C0, ng/mL, on day"))
assert lines[at].split()[5:] == [str(d) for d in range(1, 9)], lines[at]
plan, seen = None, 0
for line in lines[at + 1:]:
    words = line.split()
    if line.startswith("    "):
        arm = next(a for a in arms if (a["plan"], a["model"]) == (plan, words[0]))
        days = [x for x in arm["days"] if x["day"] > 0]
        for x, shown in zip(days, words[1:], strict=True):
            assert shown.endswith("*") == x["is_outside_calibration"], (line, x)
            assert abs(float(shown.rstrip("*")) / x["trough_ng_per_mL"]["p50"] - 1) < 0.06, (line, x)
        seen += 1
    elif line.startswith("  *"):
        break
    else:
        plan = words[0]
assert seen == len(arms) == 6
' "$work/j.json" "$work/both.txt"
}

@test "JSON names plan and model of each arm, and the models' lowest and highest" {
    write both "[$sikma, $miano]"
    "$TACRO" run "$work/both.yaml" -o "$work/j.h5" -q --json >"$work/j.json" 2>/dev/null
    /usr/bin/python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
s = d.get("summary", d)
assert [p["name"] for p in s["pk"]] == sys.argv[2:], s["pk"]
arms = [(r["label"], r["plan"], r["model"], r["is_reference"]) for r in s["regimens"]]
assert len(arms) == 6 and all(l == p + "@" + m for l, p, m, _ in arms), arms
assert [a[1] for a in arms if a[3]] == ["half", "half"]
assert s["reference"] == "half"
assert s["pk"][0]["acting"] == ["hematocrit"], s["pk"][0]
assert s["pk"][0]["ignored"] == ["weight", "cyp3a5_expresser", "bilateral", "the day"]
assert s["pk"][1]["ignored"] == [] and "the day" in s["pk"][1]["acting"]
for row in s["across_models"]:
    each = [r for r in s["regimens"] if r["plan"] == row["plan"]]
    risk = [r["risks"][0]["probability"] for r in each]
    assert row["risks"]["pres"]["lowest"] == min(risk)
    assert row["risks"]["pres"]["highest"] == max(risk)
    share = [r["target_share"]["in"] for r in each]
    assert row["in_target"] == {"lowest": min(share), "highest": max(share)}
' "$work/j.json" "$sikma" "$miano"
    "$TACRO" check "$work/both.yaml" --json 2>/dev/null | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["scenario"]["pk"] == sys.argv[1:], d["scenario"]
assert [r["label"] for r in d["regimens"]] == ["full", "half", "titrated"]
' "$sikma" "$miano"
}

@test "an inhibitor that one of the models ignores is on the first screen" {
    write both "[$sikma, $miano]"
    sed -i 's/voriconazole: false/voriconazole: true/' "$work/both.yaml"
    simulate both --draws 1 --subjects 5
    says "$(head -30 "$work/both.txt")" "IGNORED patients.voriconazole: no effect of it on the level in $sikma: ignored there, only under $miano does it act"
    # one that all ignore is a fault
    sed -i 's/voriconazole: true/fluconazole: true/' "$work/both.yaml"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "none of $sikma, $miano has an effect of it on the level"
}

@test "a wrong list is a fault at its line" {
    write both "[$sikma, $sikma]"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "both.yaml:2:30: pk[1]: $sikma is in the list twice, expected each PK model once"
    write both "[]"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "both.yaml:2:5: pk: 0 PK models, expected a name or a list of 1 to 12"
    write both "[$sikma, nosuch]"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "nosuch.yaml, expected the name of a file in pk/ or a path"
    write both "[$sikma, $miano]"
    sed -i '/cyp3a5_expresser/d' "$work/both.yaml"
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "patients.cyp3a5_expresser: not given; $miano needs a value for CL"
}

@test "a formulation that one of the models lacks is a fault that names both" {
    write both "[$sikma, $miano]" '  half: {steps: [{give: 4 mg, every: 24 h, formulation: LCP}]}'
    run -65 "$TACRO" check "$work/both.yaml"
    says "$output" "LCP is no formulation of $miano"
    [[ "$output" != *"no formulation of $sikma"* ]]
}

@test "calibrate refuses a list" {
    write both "[$sikma, $miano]"
    run -65 "$TACRO" calibrate "$work/both.yaml" -o "$work" --draws 5
    says "$output" "pk: a list of 2 models, expected the one whose levels the incidences belong to"
}
