#!/bin/sh
# Makes .venv and installs one set of pinned packages and the project into it: install.sh runtime|test|evidence
#
# The set-up is done once. It is done again when what it is keyed to changes: the pinned lists, pyproject.toml, or the
# folder that the clone lies in. A set-up that was cut off starts again from pip's cache.
# Only wheels are taken, so that nothing is built with packages that no hash pins.
set -eu
cd "$(dirname "$0")/.."
set_name=$1
python=.venv/bin/python
installing=.venv/.clearcue-installing

say() { printf '%s\n' "clearcue: $*"; }
stop() { say "$*" >&2; exit 1; }

key_of() {
    case $1 in
        runtime) cksum requirements/runtime.txt pyproject.toml ;;
        test) cksum requirements/test.txt requirements/runtime.txt pyproject.toml ;;
        evidence) cksum requirements/evidence.txt requirements/test.txt requirements/runtime.txt pyproject.toml ;;
        *) stop "unknown set '$1': use runtime, test or evidence" ;;
    esac
    pwd
}

is_done() { [ -x "$python" ] && [ "$(cat ".venv/.clearcue-$1" 2>/dev/null)" = "$(key_of "$1")" ]; }

find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import ensurepip, venv' 2>/dev/null && { printf '%s' "$candidate"; return; }
            without_venv=$candidate
        fi
    done
    [ -z "${without_venv:-}" ] || stop "$without_venv lacks its venv module: install it (Debian: apt-get install python3-venv)"
    stop "no Python 3.11 or later found: install it, or name it with PYTHON=/path/to/python3.11"
}

is_usable() {
    "$python" -m pip --version >/dev/null 2>&1 && [ ! -e "$installing" ] &&
        [ "$(cat .venv/.clearcue-folder 2>/dev/null || pwd)" = "$(pwd)" ]
}

make_venv() {
    # Not `export` of a failing command: the search for Python must be able to stop the set-up.
    found=$(find_python)
    say "making .venv with $("$found" --version 2>&1)"
    "$found" -m venv --clear .venv
}

refuse_a_second_set_up() {
    for other in $(cat "$installing" 2>/dev/null); do
        ! kill -0 "$other" 2>/dev/null ||
            stop "another set-up of this folder is running (process $other): wait for it"
    done
}

# pip runs as a child whose number is noted, so that it ends with this script, and is found where only this was killed.
pip_install() {
    "$python" -m pip install --quiet --no-input --disable-pip-version-check --root-user-action=ignore "$@" &
    child=$!
    echo "$$ $child" >"$installing"
    wait "$child"
    child=
}

end_child() {
    if [ -n "${child:-}" ]; then
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit 130
}

install_set() {
    echo $$ >"$installing"
    trap end_child INT TERM HUP
    pwd >.venv/.clearcue-folder
    say "installing $(grep -c '^[A-Za-z0-9].*==' "requirements/$set_name.txt") pinned packages (once; this may take some minutes)"
    pip_install --only-binary :all: --require-hashes -r "requirements/$set_name.txt"
    pip_install --no-deps --no-build-isolation -e .
    key_of "$set_name" >".venv/.clearcue-$set_name"
    rm -f "$installing"
}

key_of "$set_name" >/dev/null
! is_done "$set_name" || exit 0
[ "$set_name" != runtime ] || ! is_done test || exit 0
refuse_a_second_set_up
is_usable || make_venv
install_set
