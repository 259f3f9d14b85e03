#!/usr/bin/env bats
# Regimens that give more than tacrolimus: a bridging arm beside others.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    work=$BATS_TEST_TMPDIR
}

# $1: name, $2: patients, $3: regimens between two others
run_arms() {
    cat >"$work/$1.yaml" <<YAML
title: arms
pk: sikma2020_thoracic_icu
risk: [pres_lung, rejection_lung]
horizon: 10 d
output: {every: 6 h}
seed: 5
patients: {$2, hematocrit: 0.28}
reference: plain
regimens:
  plain: {steps: [{give: 3 mg, every: 12 h}]}
$3
  protocol:
    steps: [{give: 3 mg, every: 12 h}]
    adjust: {target: 10-15 ng/mL, from: 1 d}
    when: {pres: [{hold: 1 d}, {give: 1 mg, every: 12 h}]}
YAML
    "$TACRO" run "$work/$1.yaml" -o "$work/$1.h5" -q >/dev/null
}

bridge='  bridge: {induction: {drug: basiliximab, from: 3 d}, steps: [{give: 3 mg, every: 12 h}]}'
infused='  infused: {steps: [{give: 1 mg, every: 12 h, route: iv, over: 12 h, for: 4 d}, {give: 3 mg, every: 12 h}]}'

@test "a bridge multiplies the hazard of rejection by 0.7 from its time on, and nothing else" {
    run_arms bridge "typical: true" "$bridge"
    /usr/bin/python3 -c '
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
label = [x.decode() for x in f["regimen"][()]]
a, b = label.index("plain"), label.index("bridge")
day = f["day"][()]
hazard = -np.log1p(-f["rejection_risk"][:, 0, :])
step = np.diff(hazard, axis=1)
ratio = step[b] / step[a]
assert np.all(np.abs(ratio[day[1:] <= 3] - 1) < 1e-12), ratio
assert np.all(np.abs(ratio[day[1:] > 3] - 0.7) < 1e-9), ratio
assert (day > 3).sum() > 5
for name in ("pres_risk", "concentration"):
    x = f[name][()]
    assert x[a].tobytes() == x[b].tobytes(), name
' "$work/bridge.h5"
}

@test "a regimen that sets covariates changes no byte of the others" {
    local patients="n: 130, induction: {probability: 40 %}"
    run_arms without "$patients" ""
    run_arms with "$patients" "$bridge
$infused"
    /usr/bin/python3 -c '
import sys, h5py
a, b = (h5py.File(path, "r") for path in sys.argv[1:])
names = [[x.decode() for x in f["regimen"][()]] for f in (a, b)]
compared = 0
for name, item in a.items():
    if not isinstance(item, h5py.Dataset) or name == "regimen":
        continue
    if item.ndim == 0 or item.shape[0] != len(names[0]) or item.dims[0].keys() != ["regimen"]:
        continue
    for i, label in enumerate(names[0]):
        x, y = item[i], b[name][names[1].index(label)]
        assert x.tobytes() == y.tobytes(), (name, label)
    compared += 1
assert compared >= 10, compared
' "$work/without.h5" "$work/with.h5"
}

@test "a bridge multiplies the hazard of those alone who have none before" {
    run_arms mixed "n: 130, induction: {probability: 40 %}" "$bridge
  all: {induction: basiliximab, steps: [{give: 3 mg, every: 12 h}]}"
    /usr/bin/python3 -c '
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], "r")
label = [x.decode() for x in f["regimen"][()]]
hazard = -np.log1p(-f["rejection_probability"][()])
plain, bridge, all = (hazard[label.index(x)] for x in ("plain", "bridge", "all"))
covered = f["population/induction"][()] == 1
assert 30 < covered.sum() < 75
assert np.all(np.abs(all[covered] / plain[covered] - 1) < 1e-9)
assert np.all(np.abs(bridge[covered] / plain[covered] - 1) < 1e-9)
assert np.all(np.abs(all[~covered] / plain[~covered] - 0.7) < 1e-9)
between = bridge[~covered] / plain[~covered]
assert np.all((between > 0.701) & (between < 0.999)), between
' "$work/mixed.h5"
}

@test "check says what a bridge does" {
    run -0 --separate-stderr "$TACRO" check params/scenario/pres_bridge.yaml
    grep -Fq -- '- basiliximab from day 3 08:00: background hazard of rejection x 0.7 (ASSUMED)' <<<"$output"
}
