from __future__ import annotations

import pytest
from webauthn.helpers import decode_credential_public_key
from webauthn.helpers.structs import CollectedClientData

from idp.user_pools.rules import passkey_answers, passkeys
from idp.user_pools.services import relying_party


def is_of(party_id: str, origin: str, *, cross_origin: bool = False) -> bool:
    data = CollectedClientData("webauthn.get", b"", origin, cross_origin=cross_origin)
    return passkey_answers.is_origin_of(party_id, data)


@pytest.mark.parametrize(
    ("party_id", "origin"),
    [
        ("example.com", "https://example.com"),
        ("example.com", "https://login.app.example.com"),
        ("example.com", "https://app.example.com:8443"),
        ("localhost", "http://localhost:3000"),
        ("localhost", "https://localhost"),
        ("x.localhost", "http://x.localhost:8350"),
    ],
)
def test_pages_of_a_relying_party(party_id: str, origin: str) -> None:
    assert is_of(party_id, origin)
    assert not is_of(party_id, origin, cross_origin=True)


@pytest.mark.parametrize(
    ("party_id", "origin"),
    [
        ("example.com", "http://example.com"),
        ("example.com", "https://badexample.com"),
        ("example.com", "https://com"),
        ("app.example.com", "https://example.com"),
        ("example.com", "https://example.com.evil.test"),
        ("example.com", "https://evil.test/example.com"),
        ("example.com", "https://example.com/"),
        ("example.com", "https://example.com@evil.test"),
        ("example.com", "https://evil.test#.example.com"),
        ("example.com", "https://evil.test\\.example.com"),
        ("example.com", "https://example.com:port"),
        ("example.com", "ftp://example.com"),
        ("example.com", "null"),
        ("example.com", ""),
        ("localhost", "http://localhost.evil.test"),
        ("127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_pages_of_others_may_not_use_a_passkey(party_id: str, origin: str) -> None:
    assert not is_of(party_id, origin)


def test_stand_in_key_is_a_key() -> None:
    key = decode_credential_public_key(passkey_answers.stand_in_key())
    assert key.alg == -7
    assert passkey_answers.stand_in_key() is passkey_answers.stand_in_key()


def test_only_known_transports_are_kept() -> None:
    assert passkeys.known_transports(["usb", "x" * 99, "usb", 7]) == ["usb"]
    assert passkeys.known_transports(None) == []


def test_a_number_is_no_relying_party() -> None:
    for host in ("127.0.0.1", "::1"):
        assert relying_party._of_server(host) == ""
    for host in ("localhost", "id.example.com"):
        assert relying_party._of_server(host) == host
