#!/bin/bash
# Writes requirements.lock and requirements-dev.lock from setup.cfg and the build requirements of
# pyproject.toml: scripts/install.sh builds without isolation. Needs uv.
set -eu
cd "$(dirname "$0")/.."
declared() {
    python3 - "$1" <<'PY'
import configparser, sys, tomllib
config = configparser.ConfigParser()
config.read("setup.cfg")
print(config["options"]["install_requires"])
print(config["options.extras_require"]["demo"])
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["build-system"]["requires"], sep="\n")
if sys.argv[1] == "dev":
    print(config["options.extras_require"]["dev"])
PY
}
lock() {
    declared "$1" | uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes \
        --no-emit-find-links --no-emit-index-url --custom-compile-command "make lock" "${@:3}" -o "$2" -
}
lock run requirements.lock
lock dev requirements-dev.lock -c requirements.lock
