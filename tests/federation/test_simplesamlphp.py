"""SimpleSAMLphp as a pool's identity provider, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.oidc.relying_party import Answer
from tests.federation.conftest import Downstream, open_sign_in
from tests.federation.simplesamlphp_pool import NAME, Arrange, arrange
from tests.servers.simplesamlphp import SimpleSamlPhp, simplesamlphp

__all__ = ["arrange", "simplesamlphp"]


def _sign_in(downstream: Downstream, simplesamlphp: SimpleSamlPhp) -> dict[str, Any]:
    browser, page = open_sign_in(downstream, nonce="nonce-1")
    shown = simplesamlphp.sign_in(browser, page)
    assert isinstance(shown, Answer), shown.response.text
    tokens = downstream.party.redeem(shown.code).json()
    return downstream.party.claims(tokens["id_token"], "nonce-1")


@pytest.mark.parametrize(
    "options",
    [
        {"saml20__sign__response": "true", "saml20__sign__assertion": "false"},
        {"saml20__sign__response": "false", "saml20__sign__assertion": "true"},
        {"saml20__sign__response": "true", "saml20__sign__assertion": "true"},
    ],
    ids=["response", "assertion", "both"],
)
def test_a_person_signs_in(
    arrange: Arrange, simplesamlphp: SimpleSamlPhp, options: dict[str, str]
) -> None:
    downstream = arrange(**options)
    claims = _sign_in(downstream, simplesamlphp)
    assert claims["cognito:username"] == f"{NAME}_ada"
    assert claims["email"] == "ada@example.com"
    (identity,) = claims["identities"]
    assert (identity["userId"], identity["providerType"]) == ("ada", "SAML")
    assert downstream.user(f"{NAME}_ada")["UserStatus"] == "EXTERNAL_PROVIDER"


@pytest.mark.parametrize("signed", ["response", "assertion"])
def test_an_encrypted_assertion_signs_in(
    arrange: Arrange, simplesamlphp: SimpleSamlPhp, signed: str
) -> None:
    downstream = arrange(
        {"EncryptedResponses": "true"},
        assertion__encryption="true",
        saml20__sign__response="true" if signed == "response" else "false",
        saml20__sign__assertion="true" if signed == "assertion" else "false",
    )
    simplesamlphp.encrypt_by("AES256_GCM")
    assert _sign_in(downstream, simplesamlphp)["email"] == "ada@example.com"


def test_encryption_by_cbc_is_refused(arrange: Arrange, simplesamlphp: SimpleSamlPhp) -> None:
    downstream = arrange(assertion__encryption="true")
    simplesamlphp.encrypt_by("AES128_CBC")
    browser, page = open_sign_in(downstream)
    shown = simplesamlphp.sign_in(browser, page)
    assert isinstance(shown, Answer)
    assert shown.error == "access_denied"
    assert downstream.users() == []


def test_a_signed_request_is_accepted(arrange: Arrange, simplesamlphp: SimpleSamlPhp) -> None:
    """SimpleSAMLphp verifies it by the pool's certificate."""
    downstream = arrange({"RequestSigningAlgorithm": "rsa-sha256"})
    certificate = downstream.cognito.get_signing_certificate(UserPoolId=downstream.pool_id)
    simplesamlphp.trust(
        f"urn:amazon:cognito:sp:{downstream.pool_id}",
        f"{downstream.application.server.url}/saml2/idpresponse",
        certData=f"'{certificate['Certificate']}'",
        redirect__validate="true",
    )
    assert _sign_in(downstream, simplesamlphp)["email"] == "ada@example.com"


def test_an_unsigned_request_is_not_taken_for_a_signed_one(
    arrange: Arrange, simplesamlphp: SimpleSamlPhp
) -> None:
    """That SimpleSAMLphp verifies at all."""
    downstream = arrange(redirect__validate="true")
    _, page = open_sign_in(downstream)
    assert not page.asks_for_password


def test_a_transient_name_signs_nobody_in(arrange: Arrange, simplesamlphp: SimpleSamlPhp) -> None:
    downstream = arrange(NameIDFormat="'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'")
    browser, page = open_sign_in(downstream)
    shown = simplesamlphp.sign_in(browser, page)
    assert isinstance(shown, Answer)
    assert shown.error == "access_denied"
    assert downstream.users() == []
