#!/usr/bin/env bash
# Holds the rules on global symbols: tacro_ prefix, defined once. symbols.sh LIBRARY PROGRAM.
set -euo pipefail

# Exceptions:
#   main        the program's entry
#   SUNRpowerR  replaces SUNDIALS' own, so that its power uses the same bits on every processor
#   _* .*       the compiler's and the C library's own (. as in OpenMP's locks)
allowed='^(tacro_.*|main|SUNRpowerR|[_.].*)$'

defined() { nm --defined-only --format=posix "$@" | awk 'NF >= 3 && $2 ~ /^[A-Z]$/ { print $1 }'; }

library=$(defined "$1")
exported=$(defined --dynamic "$2" | sed '/@/d') # name@version: a copy of the C library's data
bad=0
complain() {
    [ -z "$2" ] || { printf '%s:\n%s\n' "$1" "$2"; bad=1; }
}
complain "global without tacro_ prefix in $1" "$(grep -vE "$allowed" <<<"$library" || true)"
complain "exported without tacro_ prefix by $2" "$(grep -vE "$allowed" <<<"$exported" || true)"
# Kernels are one source built several times: a name without its kernel would be defined twice.
complain "defined more than once in $1" "$(sort <<<"$library" | uniq -d)"
if grep -qx SUNRpowerR <<<"$library" && ! grep -qx SUNRpowerR <<<"$exported"; then
    complain "not exported by $2, so SUNDIALS keeps its own" SUNRpowerR
fi
exit "$bad"
