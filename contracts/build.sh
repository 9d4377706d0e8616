#!/bin/sh
# Compiles our contracts (not their tests) into contracts/out, from where Python reads them.
set -eu
exec "$(dirname "$0")/forge.sh" build --skip test "$@"
