#!/bin/sh
# Everything that must hold besides the behaviour, which is `make test` and `make accept`.
set -eu
cd "$(dirname "$0")/.."

bin=.venv/bin
passed=""

step() {
    name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    "$@"
    passed="$passed $name,"
}

step lint "$bin/ruff" check .
step format "$bin/ruff" format --check .
step types "$bin/mypy"
step imports "$bin/lint-imports"
step gates "$bin/python" -m pytest -q -m gate

printf '\nPassed:%s all good.\n' "$passed"
