"""X-Forwarded-*: believed from trusted proxies alone, hop by hop."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from poolgate.proxy_headers import FORWARDED, ProxyHeaders

TRUSTED = [ipaddress.ip_network(each) for each in ("10.0.0.0/8", "fd00::/8")]


def seen(peer: str, **headers: str) -> dict[str, Any]:
    """The environment that the application sees."""
    environs: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        environs.append(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "inner:8080"}
    claims = {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    ProxyHeaders(application, TRUSTED)({**environ, **claims}, None)
    return environs[0]


def test_a_client_of_its_own_is_not_believed() -> None:
    environ = seen("203.0.113.9", **{"for": "1.1.1.1", "proto": "https", "host": "evil"})
    assert environ["REMOTE_ADDR"] == "203.0.113.9"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["HTTP_HOST"] == "inner:8080"


def test_headers_never_reach_the_application() -> None:
    for peer in ("203.0.113.9", "10.0.0.1"):
        environ = seen(peer, **{"for": "1.1.1.1", "proto": "https", "host": "a", "port": "1"})
        assert not set(FORWARDED) & set(environ)


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.1.1.1, 10.2.2.2", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1, fd00::5", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, unknown", "10.0.0.1"),
        ("198.51.100.7, unknown, 10.9.9.9", "10.9.9.9"),
        ("<script>", "10.0.0.1"),
        ("", "10.0.0.1"),
        (",,,", "10.0.0.1"),
    ],
)
def test_the_client_is_the_right_most_hop_that_is_no_trusted_proxy(chain: str, client: str) -> None:
    assert seen("10.0.0.1", **{"for": chain})["REMOTE_ADDR"] == client


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("http, https", "https"), ("javascript", "http")],
)
def test_the_nearest_proxy_says_the_scheme(proto: str, scheme: str) -> None:
    assert seen("10.0.0.1", proto=proto)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("host", ["auth.example.com", "auth.example.com:8443", "[::1]:80"])
def test_a_trusted_proxys_host_counts(host: str) -> None:
    assert seen("10.0.0.1", host=host)["HTTP_HOST"] == host


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "a\r\nX: y", "<a>"])
def test_a_malformed_host_does_not(host: str) -> None:
    assert seen("10.0.0.1", host=host)["HTTP_HOST"] == "inner:8080"
