#!/bin/sh
# Runs forge with this folder as its project: ./forge.sh test, ./forge.sh fmt, ...
set -eu
cd "$(dirname "$0")"
exec ./node_modules/.bin/forge "$@"
