#!/usr/bin/env bats
# tacro check: the resolved plan of a scenario, and its faults.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    scenario=params/scenario/pres_lung_transplant.yaml
    bad=$BATS_TEST_TMPDIR/bad.yaml
}

# The case scenario with a sed command applied to it.
spoil() {
    sed -e "$1" "$scenario" >"$bad"
    ! cmp -s "$scenario" "$bad"
}

@test "the plan of every regimen is a calendar with clocks, mg and capsules" {
    run -0 --separate-stderr "$TACRO" check "$scenario"
    [[ "$output" == *"start day 0 08:00; landmark day 3 08:00 (72 h); end day 14 08:00 (336 h)"* ]]
    [[ "$output" == *"= 80000 courses"* ]]
    [[ "$output" == *"28 doses, 84 mg in all"* ]]
    grep -Eq '^  days 0-13 +6 +08:00 +3 mg +3x1$' <<<"$output"
    grep -Eq '^ +20:00 +3 mg +3x1$' <<<"$output"
    grep -Eq '^  day 3 +0 +none$' <<<"$output"
    grep -Eq '^  days 4-13 +3 +08:00 +1\.5 mg +1x1 \+ 1x0\.5$' <<<"$output"
    grep -Eq '^  days 6-13 +0\.5 +08:00 +0\.5 mg +1x0\.5$' <<<"$output"
}

@test "a risk file that needs trough_to_mean names the PK file that lacks it" {
    cp -r params "$BATS_TEST_TMPDIR/params"
    sed -i '/^trough_to_mean:/,/^$/d' "$BATS_TEST_TMPDIR/params/pk/sikma2020_thoracic_icu.yaml"
    run -65 --separate-stderr "$TACRO" check "$scenario" --params "$BATS_TEST_TMPDIR/params"
    [[ "$stderr" == *"pk: PHI of rejection_lung needs trough_to_mean, which sikma2020_thoracic_icu lacks; \`tacro qualify\` computes it"* ]]
}

@test "a dose that is no sum of capsules is flagged on its day" {
    spoil 's/give: 1\.5 mg/give: 1.7 mg/'
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    grep -Eq '^  days 4-13 +3\.4 +08:00 +1\.7 mg +no sum of capsules$' <<<"$output"
    [[ "$stderr" == *"1.7 mg is no sum of capsules"* ]]
    run -0 --separate-stderr "$TACRO" check "$bad" --params params --json
    python3 -c '
import json, sys
days = [d for r in json.load(sys.stdin)["regimens"] for d in r["days"] if d["mg_per_day"] == 3.4]
assert len(days) == 1 and days[0]["capsules"] is None, days
assert days[0]["doses"][0]["capsules"] is None
' <<<"$output"
}

@test "a dosing day begins at the trough clock" {
    spoil 's/^horizon:/trough_at: "14:00"\nhorizon:/'
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    grep -Eq '^  from 14:00 +mg/day ' <<<"$output"
    grep -Eq '^  before +3 +08:00 +3 mg +3x1$' <<<"$output"
    grep -Eq '^  days 0-12 +6 +20:00 +3 mg +3x1$' <<<"$output"
    grep -Eq '^ +08:00 \+1 d +3 mg +3x1$' <<<"$output"
}

@test "a hold is printed as a gap, a change to once a day is none" {
    run -0 --separate-stderr "$TACRO" check "$scenario"
    # three of the four regimens hold for a day, and none has another gap
    [ "$(grep -c 'gap: 36 h without a dose, from day 2 20:00 to day 4 08:00' <<<"$output")" -eq 3 ]
    [ "$(grep -c 'gap: ' <<<"$output")" -eq 3 ]
}

@test "--json holds every dose, the gaps and the notes" {
    run -0 --separate-stderr "$TACRO" check "$scenario" --json
    python3 -c '
import json, sys
check = json.load(sys.stdin)
assert check["status"] == "ok" and check["error"] is None
assert isinstance(check["notes"], list)
assert check["scenario"]["landmark_h"] == 72 and check["scenario"]["horizon_h"] == 336
regimens = {r["label"]: r for r in check["regimens"]}
assert len(regimens) == 4
plan = regimens["continue"]
assert plan["ndoses"] == len(plan["doses"]) == 28 and plan["gaps"] == []
assert plan["doses"][1] == {"time_h": 12.0, "day": 0, "clock": "20:00", "amount_mg": 3.0,
                            "mg_per_kg": None, "route": "oral", "duration_h": 0.0,
                            "capsules": {"5 mg": 0, "1 mg": 3, "0.5 mg": 0}}
assert [(d["first_day"], d["last_day"]) for d in plan["days"]] == [(0, 13)]
assert plan["days"][0]["mg_per_day"] == 6.0
assert plan["days"][0]["capsules"] == {"5 mg": 0, "1 mg": 6, "0.5 mg": 0}
assert [d["clock"] for d in plan["days"][0]["doses"]] == ["08:00", "20:00"]
held = [r for r in check["regimens"] if r["gaps"]]
assert len(held) == 3
assert all(r["gaps"] == [{"from_h": 60.0, "to_h": 96.0}] for r in held)
taper = min(check["regimens"], key=lambda r: sum(d["amount_mg"] for d in r["doses"]))
assert taper["doses"][-1]["amount_mg"] == 0.5
' <<<"$output"
}

@test "a misspelt key is named with its place and the nearest key" {
    spoil 's/^patients:/pateints:/'
    line=$(grep -n '^pateints:' "$bad" | cut -d: -f1)
    run -65 --separate-stderr "$TACRO" check "$bad"
    [ -z "$output" ]
    [[ "$stderr" == *"$bad:$line:1: "*"patients"* ]]
    [[ "$stderr" =~ [0-9]+\ faults?\ in\ .*bad\.yaml ]]
}

@test "all faults of a file come at once" {
    spoil 's/^horizon:.*/horizon: 14/; s/^seed:.*/seed: many/'
    run -65 --separate-stderr "$TACRO" check "$bad"
    [[ "$stderr" == *": horizon: "* ]]
    [[ "$stderr" == *": seed: "* ]]
    [[ "$stderr" =~ ([0-9]+)\ faults\ in ]]
    [ "${BASH_REMATCH[1]}" -ge 2 ]
}

@test "faults stand in the JSON object too" {
    spoil 's/^horizon:.*/horizon: 14/'
    run -65 --separate-stderr "$TACRO" check "$bad" --json
    python3 -c '
import json, sys
check = json.load(sys.stdin)
assert check["status"] == "bad data" and check["exit_code"] == 65 and check["error"]
faults = [n for n in check["notes"] if n["severity"] == "fault"]
assert faults and any("horizon" in n["text"] for n in faults)
assert all(n["line"] >= 1 and n["column"] >= 1 for n in faults if n["line"])
' <<<"$output"
}

@test "run refuses what check refuses and leaves no file" {
    spoil 's/^horizon:.*/horizon: 14/'
    mkdir "$BATS_TEST_TMPDIR/work"
    run -65 --separate-stderr "$TACRO" run "$bad" -o "$BATS_TEST_TMPDIR/work/out.h5"
    [ -z "$output" ]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/work")" ]
}

@test "text from a file cannot steer the terminal" {
    spoil 's/^title:.*/title: "case \\e[31mred"/'
    run "$TACRO" check "$bad"
    [ "$status" -eq 0 ] || [ "$status" -eq 65 ]
    [ -n "$output" ]
    [[ "$output" != *$'\033'* ]]
}

@test "a folder and an empty file are refused" {
    mkdir "$BATS_TEST_TMPDIR/folder.yaml"
    run "$TACRO" check "$BATS_TEST_TMPDIR/folder.yaml"
    [ "$status" -eq 65 ] || [ "$status" -eq 66 ]
    : >"$bad"
    run -65 "$TACRO" check "$bad"
}

@test "without a folder of models a hint says how to name one" {
    mkdir -p "$BATS_TEST_TMPDIR/alone/a/b" "$BATS_TEST_TMPDIR/cases"
    cp "$TACRO" "$BATS_TEST_TMPDIR/alone/a/b/tacro"
    cp "$scenario" "$BATS_TEST_TMPDIR/cases/case.yaml"
    run -65 --separate-stderr env -u TACRO_PARAMS "$BATS_TEST_TMPDIR/alone/a/b/tacro" \
        check "$BATS_TEST_TMPDIR/cases/case.yaml"
    [ -z "$output" ]
    [[ "$stderr" == *"use --params DIR or TACRO_PARAMS"* ]]
    run -0 --separate-stderr "$BATS_TEST_TMPDIR/alone/a/b/tacro" \
        check "$BATS_TEST_TMPDIR/cases/case.yaml" --params params
    [[ "$stderr" != *"TACRO_PARAMS"* ]]
    # a fault of the scenario alone gets no such hint
    spoil 's/^horizon:.*/horizon: 14/'
    run -65 --separate-stderr "$TACRO" check "$bad" --params params
    [[ "$stderr" != *"TACRO_PARAMS"* ]]
}

# The case scenario on the cohort of one organ, with what else a sed command does.
organ() {
    sed -e 's/^patients:/patients:\n  organ: '"$1"'/' -e "${2:-}" "$scenario" >"$bad"
}

@test "the head names the risk files, the history, the death and the endpoints" {
    run -0 --separate-stderr "$TACRO" check params/scenario/pres_history.yaml -q
    [[ "$output" == *"2 risk models: pres_lung, rejection_lung"* ]]
    [[ "$output" == *"History     pres at day 3 08:00 (72 h), severity coma"* ]]
    [[ "$output" == *"Death       hazard 0: none competes"* ]]
    [[ "$output" == *" draws x "* ]]
    [[ "$output" != *"Endpoints"* ]]
    { cat "$scenario"; echo "death_hazard: 0.001 1/d"; echo "endpoints: [dm_flare]"; } >"$bad"
    run -0 --separate-stderr "$TACRO" check "$bad" --params params -q
    [[ "$output" == *"Death       hazard 0.001 1/d"* ]]
    [[ "$output" == *"Endpoints   dm_flare"* ]]
    [[ "$output" != *"History"* ]]
}

@test "an organ that a risk file does not know is warned, so is what means the lung" {
    organ liver
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    [[ "$stderr" == *"rejection_lung has no numbers for liver: its risk stays that of lung"* ]]
    [[ "$stderr" != *"pres_lung has no numbers"* ]]
    [[ "$stderr" == *"patients.bilateral: means a transplantation of the lung, but the organ is liver"* ]]
    organ lung
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    [[ "$stderr" != *"no numbers for"* ]]
    [[ "$stderr" != *"transplantation of the lung"* ]]
}

@test "doses by weight are summed by weight, and rounded to capsules or warned" {
    run -0 --separate-stderr "$TACRO" check params/scenario/lung_tdm.yaml
    grep -Eq '^  days 0-13 +0\.075/kg +08:00 +0\.0375 mg/kg +by weight$' <<<"$output"
    [[ "$stderr" != *"capsule"* ]]
    sed 's|{give: 0.0375 mg/kg, every: 12 h}|{give: 0.0375 mg/kg, every: 12 h, round: 0.3 mg}|' \
        params/scenario/lung_tdm.yaml >"$bad"
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    [ "$(grep -c 'regimens.fixed: 0.0375 mg/kg is rounded to multiples of 0.3 mg, no sum of capsules' <<<"$stderr")" -eq 1 ]
    run -0 --separate-stderr "$TACRO" check "$bad" --params params --json
    python3 -c '
import json, sys
day = json.load(sys.stdin)["regimens"][0]["days"][0]
assert day["mg_per_day"] is None and abs(day["mg_per_kg_per_day"] - 0.075) < 1e-12, day
' <<<"$output"
}

@test "an induction after the horizon is warned and not among the words" {
    sed 's/^  continue:/&\n    induction: {drug: basiliximab, from: 30 d}/' "$scenario" >"$bad"
    ! cmp -s "$scenario" "$bad"
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    [[ "$stderr" == *"30 d is at or after the horizon of 14 d (336 h): no effect"* ]]
    [[ "$output" != *"basiliximab"* ]]
    sed -i 's/from: 30 d/from: 3 d/' "$bad"
    run -0 --separate-stderr "$TACRO" check "$bad" --params params
    [[ "$output" == *"basiliximab from day 3 08:00"* ]]
}
