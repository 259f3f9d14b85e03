#!/usr/bin/env bash
# Compiles every header alone, and the installed ones as C++ too: headers.sh CC [compiler options].
set -euo pipefail
cd "$(dirname "$0")/.."

compile=("$@" -fsyntax-only -fopenmp -Iengine -I. -D_POSIX_C_SOURCE=200809L -DTACRO_KERNEL=baseline
    -Wall -Wextra -Wpedantic -Werror)
bad=0
while read -r header; do
    # Included, as a header is meant to be; the declaration is for headers of macros alone.
    "${compile[@]}" -std=c11 -x c - <<<"#include \"$header\"
extern int tacro_header;" || { echo "$header: does not compile alone"; bad=1; }
done < <(find engine models benchmarks tests -name '*.h' | sort)
for header in engine/tacro.h engine/tacro_models.h; do
    "${compile[@]}" -std=c++11 -x c++ - <<<"#include \"$header\"" || { echo "$header: is not C++"; bad=1; }
done
exit "$bad"
