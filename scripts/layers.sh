#!/usr/bin/env bash
# Holds the rule that includes point left only; cli/ and web/ include the installed headers and their own.
set -euo pipefail
cd "$(dirname "$0")/.."

layers=(core models input cohort dose solve fit store run calibrate cli web)
# any file may include the installed headers; tacro.h and tacro_benefit.h, which it is made
# of, include no project header
declare -A rank=([tacro.h]=-2 [tacro_benefit.h]=-2 [tacro_models.h]=-1)
for i in "${!layers[@]}"; do rank[${layers[i]}]=$i; done

# Sets layer: models/part.h -> models, engine/solve/block.c -> solve.
layer_of() {
    layer=${1#engine/}
    layer=${layer%%/*}
}

# Sets target, the project file an include names: beside the file, then in engine/, then at the root.
resolve() {
    for target in "${1%/*}/$2" "engine/$2" "$2" ""; do
        [ ! -f "$target" ] || return 0
    done
}

bad=0
while IFS=: read -r file line text; do
    name=${text#*\"}
    name=${name%%\"*}
    [[ $name != *.inc ]] || continue # generated
    resolve "$file" "$name"
    layer_of "$file"
    from=$layer
    layer_of "$target"
    to=$layer
    why=
    if [[ $name == *..* ]]; then
        why="includes start at the file's folder, engine/ or the root, without .."
    elif [ -z "$target" ]; then
        why="no such project file"
    elif [ -z "${rank[$from]:-}" ] || [ -z "${rank[$to]:-}" ]; then
        why="not in a layer (${layers[*]})"
    elif [[ $from == cli || $from == web ]]; then
        [[ $to == "$from" || $to == tacro.h || $to == tacro_models.h ]] ||
            why="$from/ includes only the installed headers and its own"
    elif [ "${rank[$to]}" -gt "${rank[$from]}" ]; then
        why="$to is right of $from"
    fi
    [ -z "$why" ] || { echo "$file:$line: \"$name\": $why"; bad=1; }
done < <(find engine models -name '*.[ch]' -print0 | sort -z |
    xargs -0 grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"')
exit "$bad"
