#!/usr/bin/env bash
# Holds the rule that includes point left only; cli/ and web/ include tacro.h and their own headers.
set -euo pipefail
cd "$(dirname "$0")/.."

layers=(core models input cohort dose solve fit store run calibrate cli web)
declare -A rank=([tacro.h]=-1) # any file may include tacro.h, which itself includes no project header
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
        [[ $to == "$from" || $to == tacro.h ]] || why="$from/ includes only tacro.h and its own headers"
    elif [ "${rank[$to]}" -gt "${rank[$from]}" ]; then
        why="$to is right of $from"
    fi
    [ -z "$why" ] || { echo "$file:$line: \"$name\": $why"; bad=1; }
done < <(find engine models -name '*.[ch]' -print0 | sort -z |
    xargs -0 grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"')
exit "$bad"
