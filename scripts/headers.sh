#!/usr/bin/env bash
# Compiles every header alone, and tacro.h as C++ too: headers.sh CC [compiler options].
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
"${compile[@]}" -std=c++11 -x c++ - <<<'#include "engine/tacro.h"' || { echo "engine/tacro.h: is not C++"; bad=1; }
exit "$bad"
