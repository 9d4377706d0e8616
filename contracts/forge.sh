#!/bin/sh
# Runs forge with this folder as its project: ./forge.sh test, ./forge.sh fmt, ...
set -eu
cd "$(dirname "$0")"
forge=./node_modules/@foundry-rs/forge-linux-amd64/bin/forge
if [ ! -x "$forge" ]; then
  echo "forge is missing: run 'npm ci --prefix contracts'" >&2
  exit 1
fi
exec "$forge" "$@"
