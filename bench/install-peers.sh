#!/bin/bash
# Installs what Poolgate is measured against. What cannot be had is named; its rows are skipped.
set -eu
cd "$(dirname "$0")/peers"

missing() {
    echo "Not installed: $1 ($2)" >&2
}

for program in nginx haproxy; do
    command -v "$program" /usr/sbin/"$program" >/dev/null && continue
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$program"; } >/dev/null ||
            missing "$program" "apt-get failed"
    else
        missing "$program" "\`apt-get install $program\` as root"
    fi
done

if command -v npm >/dev/null; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel error || missing "npm's peers" "npm failed"
else
    missing "http-proxy, oidc-provider, cognito-local" "\`apt-get install nodejs npm\`"
fi

# Its own environment: its dependencies are not ours.
[ -x .moto/bin/python ] || "${PYTHON:-python3}" -m venv .moto
.moto/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: -r moto.lock || missing "moto" "pip failed"
