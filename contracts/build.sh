#!/bin/sh
# Compiles our contracts (not their tests) into contracts/out, from where Python reads them.
set -eu
cd "$(dirname "$0")"
exec ./node_modules/.bin/forge build --skip test "$@"
