#!/bin/bash
# Installs a lock, and then Poolgate itself, into .venv. Wheels only; every hash is checked.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=${PYTHON:-python3}

stop() {
    echo "poolgate: $*" >&2
    exit 1
}

if ! [ -x .venv/bin/pip ]; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        stop "Python 3.11 or newer is needed; name it with \`make PYTHON=/path/to/python3\`."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "this Python lacks its venv module; install it with \`apt-get install python3-venv\`."
    "$python" -m venv .venv
fi

pip() {
    .venv/bin/python -m pip "$@" --quiet --disable-pip-version-check
}

echo "Installing $lock into .venv" >&2
# The lock is the whole closure, so nothing is left to resolve: an older pip would look up what a package asks for
# with an extra (`coverage[toml]`) anew, find a release that is not in the lock, and stop.
pip install --no-deps --require-hashes --only-binary :all: -r "$lock"
# setuptools comes from the lock, so nothing is fetched here.
pip install --no-deps --no-build-isolation --no-index -e .
