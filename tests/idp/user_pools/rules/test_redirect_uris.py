"""Redirect URIs: exact, but for the port of a native app's loopback address (RFC 8252 §7.3)."""

from __future__ import annotations

import pytest

from idp.user_pools.rules.redirect_uris import is_registered

REGISTERED = (
    "http://127.0.0.1/callback",
    "http://[::1]:1234/callback?x=1",
    "http://localhost:3000/callback",
    "https://app.example/callback",
    "com.example.app:/callback",
)


@pytest.mark.parametrize(
    "uri",
    [
        *REGISTERED,
        "http://127.0.0.1:51004/callback",
        "http://127.0.0.1:80/callback",
        "http://[::1]/callback?x=1",
        "http://[::1]:51004/callback?x=1",
    ],
)
def test_a_native_app_listens_at_any_port(uri: str) -> None:
    assert is_registered(uri, REGISTERED, any_port=True)
    assert is_registered(uri, REGISTERED, any_port=False) is (uri in REGISTERED)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51004/callback/",
        "http://127.0.0.1:51004/callback?x=1",
        "http://127.0.0.1:51004/callback#x",
        "http://127.0.0.1:51004/CALLBACK",
        "http://127.0.0.1:51004",
        "http://127.0.0.1:51004@evil.example/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:999999/callback",
        "http://127.0.0.1:\u0661/callback",
        "http://127.0.0.1:80:80/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1\\@evil.example/callback",
        "http://127.1/callback",
        "http://127.0.0.2/callback",
        "http://2130706433/callback",
        "HTTP://127.0.0.1/callback",
        "https://127.0.0.1/callback",
        "http://user@127.0.0.1/callback",
        "http://[::1]:51004/callback",
        "http://[0:0:0:0:0:0:0:1]/callback?x=1",
        "http://localhost/callback",
        "http://localhost:3001/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "com.example.app:/callback2",
        "com.example.app://callback",
        "http://127.0.0.1/callback\n",
        "",
    ],
)
def test_everything_else_is_compared_exactly(uri: str) -> None:
    assert not is_registered(uri, REGISTERED, any_port=True)
