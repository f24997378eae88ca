#!/bin/sh
# Writes the hash-locked lists of packages anew; needs uv. What was chosen before stays while it
# fits; `make lock UPGRADE=--upgrade` takes the newest.
#
# The order matters: the widest list is resolved first and the others follow its choices,
# so that one package has one version in all of them.
set -eu
cd "$(dirname "$0")/.."

compile() {
    target=$1
    shift
    echo "$target"
    uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make lock" --output-file "$target" "$@"
}

follow="--constraint requirements-dev.lock"
compile requirements-dev.lock pyproject.toml "$@" --extra local --group build --group dev
# shellcheck disable=SC2086  # $follow is two words
{
    compile requirements-local.lock pyproject.toml $follow --extra local --group build
    compile requirements.lock pyproject.toml $follow --group build
    compile requirements-browser.lock $follow --group browser
}
