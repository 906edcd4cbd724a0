#!/bin/bash
# Gets the things that tests want and wheels cannot bring: a browser, an ACME server, and the Node
# clients.
# What cannot be had is said in one line, and the tests that need it are skipped with the same line.
set -eu
cd "$(dirname "$0")/.."

has_browser() {
    [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null
}

if ! has_browser && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium" >&2
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null || true
fi
has_browser || echo "No browser: \`apt-get install chromium\`, or set CHROMIUM to one." >&2

if ! command -v pebble >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing pebble" >&2
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends pebble; } >/dev/null || true
fi
command -v pebble >/dev/null || echo "No ACME server: \`apt-get install pebble\` runs its tests too." >&2

clients=tests/conformance/node
if ! command -v npm >/dev/null; then
    echo "No Node: \`apt-get install nodejs npm\` runs the JavaScript clients' tests too." >&2
elif ! cmp -s "$clients/package-lock.json" "$clients/node_modules/.installed"; then
    echo "Installing the JavaScript clients" >&2
    npm ci --prefix "$clients" --ignore-scripts --no-audit --no-fund --loglevel error
    cp "$clients/package-lock.json" "$clients/node_modules/.installed"
fi
