#!/usr/bin/env bash
# Format, clang-tidy, cppcheck, script syntax, lengths, source lists.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
work=build/check
mkdir -p "$work"

# Tracked and new files that match, without those deleted but not yet committed.
files() {
    comm -23 <(git ls-files --cached --others --exclude-standard -- "$@" | sort -u) \
        <(git ls-files --deleted | sort)
}
mapfile -t sources < <(files '*.c' '*.h')
mapfile -t shells < <(files 'scripts/*' 'benchmarks/*' '.ci/*' | xargs grep -lE '^#!.*bash$')
mapfile -t pythons < <(files '*.py')

failed=0
check() {
    echo "-- $1"
    "${@:2}" || { echo "check.sh: $1 failed"; failed=1; }
}

format() {
    local f bad=0
    for f in "${sources[@]}"; do
        clang-format --dry-run -Werror "$f" 2>/dev/null || { echo "$f: mend with clang-format -i $f"; bad=1; }
    done
    return "$bad"
}

# One compile command per source: kernels are built once per instruction set.
database() {
    cmake --preset clang >/dev/null
    python3 - build/clang/compile_commands.json "$work/compile_commands.json" <<'PY'
import json, sys
first = {}
for entry in json.load(open(sys.argv[1])):
    first.setdefault(entry["file"], entry)
json.dump(list(first.values()), open(sys.argv[2], "w"), indent=1)
print(*first, sep="\n")
PY
}

tidy() { xargs -P "$jobs" -n 1 clang-tidy --quiet -p "$work" <"$work/sources" 2>"$work/tidy.log"; }

cpp() {
    cppcheck --project="$work/compile_commands.json" --enable=warning,performance,portability \
        --inline-suppr --error-exitcode=1 --std=c11 --quiet -j "$jobs"
}

shell_syntax() { for f in "${shells[@]}"; do bash -n "$f" || return 1; done; }

python_syntax() {
    [ ${#pythons[@]} -eq 0 ] || PYTHONPYCACHEPREFIX=$work/pycache python3 -m py_compile "${pythons[@]}"
}

length() {
    local bad=0
    LC_ALL=C.UTF-8 grep -nE '^.{89}' "${sources[@]}" /dev/null | sed 's/^\([^:]*:[^:]*\):.*/\1: over 88 columns/' | grep . && bad=1
    awk '
        FNR == 1 { start = 0 }
        /^[A-Za-z_].*\(/ && !start { name = $0; signature = FNR }
        /^\{/ { start = signature }
        /^\}/ && start { if (FNR - start + 1 > 80) { print FILENAME ":" start ": " FNR - start + 1 " lines (80 at most): " name; bad = 1 } start = 0 }
        FNR == 601 { print FILENAME ": over 600 lines"; bad = 1 }
        END { exit bad }' "${sources[@]}" || bad=1
    return "$bad"
}

# Every source is named in a CMake list, so that none is left out of the build and the checks.
listed() {
    local f name bad=0
    for f in $(files 'engine/*.c' 'models/*.c' 'benchmarks/*.c' 'tests/*.c' 'tests/*.bats'); do
        name=${f##*/}
        case $f in
        engine/*) grep -qF "$f" CMakeLists.txt ;;
        models/*) grep -qwE "${name%.c}|$f" models/CMakeLists.txt CMakeLists.txt ;;
        benchmarks/*) grep -qw "$name" benchmarks/CMakeLists.txt ;;
        tests/*.bats) grep -qF "tacro_bats(${name%.bats})" tests/CMakeLists.txt ;;
        tests/*/test_*) name=${name#test_} && grep -qE "tacro_test\($(basename "${f%/*}") ${name%.c}[ )]" tests/CMakeLists.txt ;;
        *) grep -qF "${f#tests/}" tests/CMakeLists.txt ;;
        esac || { echo "$f: in no CMakeLists.txt"; bad=1; }
    done
    return "$bad"
}

check "source lists" listed
check "line, function and file length" length
check "shell syntax" shell_syntax
check "python syntax" python_syntax
check "clang-format" format
database >"$work/sources"
check "clang-tidy" tidy
check "cppcheck" cpp
exit "$failed"
