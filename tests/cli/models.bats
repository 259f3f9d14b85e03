#!/usr/bin/env bats
# tacro models: the list, and the page of one model.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
}

@test "the list names PK models, risk models and parts" {
    run -0 --separate-stderr "$TACRO" models
    for name in sikma2020_thoracic_icu pres_lung rejection_lung; do
        [[ "$output" == *"$name"* ]] || { echo "no $name"; false; }
    done
    [[ "$output" == *"PK MODELS"*"RISK MODELS"*"PARTS"* ]]
    [[ "$output" == *"not dosing advice"* ]]
}

@test "the list holds every params file" {
    run -0 --separate-stderr "$TACRO" models
    for file in params/pk/*.yaml params/risk/*.yaml; do
        name=$(basename "$file" .yaml)
        [[ "$output" == *"$name"* ]] || { echo "no $name"; false; }
    done
}

@test "a model's page gives population, source and parameters with units" {
    run -0 --separate-stderr "$TACRO" models sikma2020_thoracic_icu
    [[ "$output" == *"Population"* ]]
    [[ "$output" == *"Source"*"Sikma"* ]]
    grep -Eq '^  CL .*L/h' <<<"$output"
    [[ "$output" == *"Marks: "* ]]
}

@test "every model has a page, none wider than 100 columns" {
    "$TACRO" models --json >"$BATS_TEST_TMPDIR/models.json"
    python3 -c '
import json, sys
for model in json.load(open(sys.argv[1]))["models"]:
    print(model["name"])
' "$BATS_TEST_TMPDIR/models.json" | sort -u >"$BATS_TEST_TMPDIR/names"
    [ -s "$BATS_TEST_TMPDIR/names" ]
    while read -r name; do
        "$TACRO" models "$name" >"$BATS_TEST_TMPDIR/page"
        LC_ALL=C.UTF-8 awk -v name="$name" \
            'length > 100 { print name ": " $0; bad = 1 } END { exit bad }' "$BATS_TEST_TMPDIR/page"
    done <"$BATS_TEST_TMPDIR/names"
}

@test "a family of parts is one line of the list, each of its parts a page" {
    run -0 --separate-stderr "$TACRO" models
    grep -Eq '^  erlang_N +absorption, N from 1 to 24$' <<<"$output"
    grep -Eq '^  transit_N +absorption, N from 1 to 20$' <<<"$output"
    ! grep -q 'erlang_3' <<<"$output"
    run -0 --separate-stderr "$TACRO" models erlang_3
    [[ "$output" == *"dA3/dt = KTR*(A2 - A3)"*"RATE_IN = KTR*A3"* ]]
    [[ "$output" != *"A4"* ]]
}

@test "a number beyond the family is refused with the last of it" {
    run ! --separate-stderr "$TACRO" models erlang_99
    [[ "$stderr" == *"of erlang_N there are those up to 'erlang_24'"* ]]
}

@test "--json gives every model with doc, source and rows" {
    run -0 --separate-stderr "$TACRO" models --json
    python3 -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["status"] == "ok"
assert {m["kind"] for m in answer["models"]} == {"part", "pk", "risk"}
for m in answer["models"]:
    assert m["name"] and m["doc"] and m["source"], m["name"]
    if m["kind"] != "part":
        assert m["rows"], m["name"]
' <<<"$output"
}

@test "an unknown model ends with 66 and names the nearest" {
    run -66 --separate-stderr "$TACRO" models pres_lnug
    [ -z "$output" ]
    [[ "$stderr" == *"did you mean 'pres_lung'?"* ]]
    run -66 --separate-stderr "$TACRO" models gastronomy
    [[ "$stderr" == *"no model 'gastronomy'"* ]]
}

@test "a risk file shows the limits of its draws and its reference population" {
    run -0 --separate-stderr "$TACRO" models pres_lung --params params
    [[ "$output" == *"uncertainty log sd 0.5, 0.3 to 6;"* ]]
    [[ "$output" == *"uncertainty sd 0.3, truncated at 0;"* ]]
    grep -Eq '^  reference\.age +mean 50 y, SD 13 y, clipped to 18 to 72 y$' <<<"$output"
    grep -Eq '^  reference\.sex +45 % female$' <<<"$output"
    grep -Eq '^  reference\.organ +lung$' <<<"$output"
    grep -Eq '^  reference\.cystic_fibrosis +24 % below 45 y, none with connective_tissue_disease$' <<<"$output"
    run -0 --separate-stderr "$TACRO" models rejection_lung --params params
    grep -Eq '^  reference\.hla_mismatches +75 % 4, else 0$' <<<"$output"
}
