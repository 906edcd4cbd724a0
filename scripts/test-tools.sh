#!/bin/bash
# Gets the things that tests want and wheels cannot bring: a browser, an ACME server, a relying
# party, a SAML identity provider, a directory, and the Node clients.
# What cannot be had is said in one line, and the tests that need it are skipped with the same line.
set -eu
cd "$(dirname "$0")/.."

has_browser() {
    [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null
}

has_acme_server() {
    command -v pebble >/dev/null
}

has_relying_party() {
    [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ]
}

has_saml_service_provider() {
    [ -e /usr/lib/apache2/modules/mod_auth_mellon.so ]
}

has_saml_provider() {
    [ -d /usr/share/simplesamlphp ] && command -v php >/dev/null
}

has_directory() {
    [ -x /usr/sbin/slapd ] && command -v ldapadd >/dev/null
}

# install TEST PACKAGE...: where the test fails and we may.
install() {
    if ! "$1" && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing ${*:2}" >&2
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${@:2}"; } \
            >/dev/null || true
    fi
}

install has_browser chromium
has_browser || echo "No browser: \`apt-get install chromium\`, or set CHROMIUM to one." >&2

install has_acme_server pebble
has_acme_server || echo "No ACME server: \`apt-get install pebble\` runs its tests too." >&2

install has_relying_party apache2-bin libapache2-mod-auth-openidc
has_relying_party || echo "No mod_auth_openidc: \`apt-get install apache2-bin libapache2-mod-auth-openidc\` runs its tests too." >&2

install has_saml_service_provider apache2-bin libapache2-mod-auth-mellon
has_saml_service_provider || echo "No mod_auth_mellon: \`apt-get install apache2-bin libapache2-mod-auth-mellon\` runs its tests too." >&2

install has_saml_provider simplesamlphp php-cli
has_saml_provider || echo "No SimpleSAMLphp: \`apt-get install simplesamlphp php-cli\` runs its tests too." >&2

install has_directory slapd ldap-utils
has_directory || echo "No OpenLDAP server: \`apt-get install slapd ldap-utils\` runs its tests too." >&2

clients=tests/conformance/node
if ! command -v npm >/dev/null; then
    echo "No Node: \`apt-get install nodejs npm\` runs the JavaScript clients' tests too." >&2
elif ! cmp -s "$clients/package-lock.json" "$clients/node_modules/.installed"; then
    echo "Installing the JavaScript clients" >&2
    npm ci --prefix "$clients" --ignore-scripts --no-audit --no-fund --loglevel error
    cp "$clients/package-lock.json" "$clients/node_modules/.installed"
fi
