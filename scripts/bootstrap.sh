#!/bin/sh
# Sets up .venv from a hash-locked list of packages, and does nothing when it is already so.
#
#   scripts/bootstrap.sh [local|dev|browser]
#
# local    Sluice with what `sluice up` runs beside itself (make demo)
# dev      local, and the tools for tests and checks (make setup, make test, make check)
# browser  dev, and Playwright for the tests of the pages
#
# Uses uv where there is one, otherwise the standard venv and pip of Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-dev}
venv=.venv
python=$venv/bin/python

locks_of() {
    case "$1" in
        local) echo "requirements-local.lock" ;;
        dev) echo "requirements-dev.lock" ;;
        browser) echo "requirements-dev.lock requirements-browser.lock" ;;
        *) echo "bootstrap: say local, dev or browser, not '$1'" >&2; return 2 ;;
    esac
}

# Changes when a lock or the project file changes, or when the checkout has moved.
# shellcheck disable=SC2046  # the list of locks is meant to be split
state_of() { { pwd; cat $(locks_of "$1") pyproject.toml; } | cksum; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

works() { [ -x "$python" ] && new_enough "$python"; }

is_set_up() { [ -f "$venv/set-up-$1" ] && [ "$(cat "$venv/set-up-$1")" = "$(state_of "$1")" ]; }

locks=$(locks_of "$kind")
if works && is_set_up "$kind"; then
    exit 0
fi

say() { printf '\n[%s] %s\n' "$1" "$2"; }

fail() { printf '\nbootstrap: %s\n' "$1" >&2; exit 1; }

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if new_enough "$path"; then
            echo "$path"
            return 0
        fi
    done
    return 1
}

need_ensurepip() {
    "$1" -c 'import venv, ensurepip' 2>/dev/null && return 0
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    fail "this Python $version cannot make environments, its module ensurepip is missing.
On Debian and Ubuntu this brings it:

    sudo apt-get install -y python$version-venv

Then run the same command again."
}

remove_broken_venv() {
    [ -e "$venv" ] || return 0
    [ -f "$venv/pyvenv.cfg" ] || fail "$venv exists and is no Python environment; move it away"
    echo "    the environment in $venv does not work any more, making a new one"
    rm -rf "$venv"
}

make_venv_with_uv() {
    works && return 0
    remove_broken_venv
    uv venv --quiet --python '>=3.11' "$venv"
}

make_venv_with_pip() {
    if works && "$python" -m pip --version >/dev/null 2>&1; then return 0; fi
    found=$(find_python) || fail "Python 3.11 or newer is needed and none is on the PATH.
Debian 12, Ubuntu 24.04 and newer:  sudo apt-get install -y python3 python3-venv
macOS:                              brew install python@3.12
Anywhere:                           install uv, which brings a Python of its own"
    need_ensurepip "$found"
    remove_broken_venv
    "$found" -m venv "$venv"
}

# Compiled now, as pip does, so that the first start has not to do it.
install_with_uv() { uv pip install --compile-bytecode --python "$python" "$@"; }

install_with_pip() { "$python" -m pip install --disable-pip-version-check "$@"; }

if command -v uv >/dev/null 2>&1; then tool=uv; else tool=pip; fi
began=$(date +%s)

say 1/3 "Environment: a Python of its own in $venv, made with $tool"
"make_venv_with_$tool"
"$python" -c 'import sys; print("    Python", sys.version.split()[0])'

count=$(cat $locks | grep -c '^[a-z0-9].*==' || true)
say 2/3 "Packages: $count from $locks, each one checked by its hash"
for lock in $locks; do
    "install_with_$tool" --require-hashes -r "$lock"
done

say 3/3 "Sluice itself, from this folder"
"install_with_$tool" --no-deps --no-build-isolation --editable .
rooms="domain store mail activities workflows operations console cli settings.py worker.py"
# shellcheck disable=SC2086  # the list is meant to be split
"$python" -m compileall -q $rooms

# What was set up holds the smaller kinds too.
case "$kind" in
    local) holds="local" ;;
    dev) holds="local dev" ;;
    browser) holds="local dev browser" ;;
esac
for name in $holds; do state_of "$name" > "$venv/set-up-$name"; done
printf '\nSet up in %s s. The command is .venv/bin/sluice\n\n' "$(($(date +%s) - began))"
