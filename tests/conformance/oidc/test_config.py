"""The module of `oidcc-config-certification-test-plan`: what the discovery document says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import jwt
import pytest
import requests

from tests.conformance.oidc.relying_party import SECONDS, RelyingParty

SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def party(new_party) -> RelyingParty:
    made: RelyingParty = new_party()
    return made


def test_oidcc_discovery_endpoint_verification(party: RelyingParty) -> None:
    """OpenID Connect Discovery 1.0 §3 and §4."""
    address = f"{party.issuer}/.well-known/openid-configuration"
    response = requests.get(address, timeout=SECONDS)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    metadata = response.json()
    assert metadata["issuer"] == party.issuer
    assert not urlsplit(party.issuer).query
    assert "code" in metadata["response_types_supported"]
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"}
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert {"authorization_code", "refresh_token"} <= set(metadata["grant_types_supported"])
    assert "openid" in metadata["scopes_supported"]
    assert all(SCOPE_TOKEN.fullmatch(scope) for scope in metadata["scopes_supported"])
    assert metadata["claims_supported"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    for tag in metadata.get("ui_locales_supported", []):
        assert LANGUAGE_TAG.fullmatch(tag), tag
    for flag in ("request_parameter", "request_uri_parameter", "claims_parameter"):
        assert isinstance(metadata[f"{flag}_supported"], bool)


def test_endpoints_are_at_the_issuers_origin(party: RelyingParty) -> None:
    """The suite asks for https of each. Here the origin is loopback's; any other public URL must
    be https (`kernel/settings.py`)."""
    origin = urlsplit(party.issuer)[:2]
    for name, value in party.metadata.items():
        if name.endswith(("_endpoint", "_uri", "_iframe")):
            assert urlsplit(value)[:2] == origin, name
    for name in ("authorization", "token", "userinfo", "end_session", "revocation"):
        assert f"{name}_endpoint" in party.metadata


def test_the_key_set_holds_public_keys_alone(party: RelyingParty) -> None:
    """RFC 7518 §6.3.2: private members stay at home; each key can be told from the others."""
    keys = requests.get(party.metadata["jwks_uri"], timeout=SECONDS).json()["keys"]
    assert keys
    for key in keys:
        assert not PRIVATE_MEMBERS & set(key)
        assert key["use"] == "sig"
        jwt.PyJWK(key)
    assert len({key["kid"] for key in keys}) == len(keys)
