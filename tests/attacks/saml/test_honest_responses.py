"""What must go on working, or the attacks beside this would prove nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import xmlsec

from tests.attacks.saml.conftest import Journey, make_journey
from tests.attacks.saml.identity_provider import (
    SSO,
    assertion_of,
    encrypt,
    metadata,
    response,
    sign,
    signing_key,
)
from tests.idp.oauth.world import World


def test_a_signed_assertion_is_believed(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    journey.admits(asked, document)
    assert journey.usernames() == ["Office_ada"]


def test_a_signed_response_is_believed(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(document)
    journey.admits(asked, document)


def test_both_signatures_are_believed(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    sign(document)
    journey.admits(asked, document)


@pytest.mark.parametrize("signed", ["assertion", "response"])
@pytest.mark.parametrize("transport", [xmlsec.constants.TransformRsaOaep])
def test_an_encrypted_assertion_is_believed(journey: Journey, signed: str, transport: Any) -> None:
    asked = journey.leave()
    document = response(asked)
    if signed == "assertion":
        sign(assertion_of(document))
    encrypt(document, journey.certificate, transport=transport)
    if signed == "response":
        sign(document)
    journey.admits(asked, document)
    assert journey.usernames() == ["Office_ada"]


def test_any_certificate_of_the_metadata_may_sign(saml_world: World) -> None:
    """Roll-over: the old and the new key stand side by side."""
    document = metadata(signing_key("old"), signing_key())
    journey = make_journey(saml_world, MetadataFile=document)
    for name in ("old", "idp.example.com"):
        journey.browser = saml_world.browser()  # nobody is signed in there
        asked = journey.leave()
        answer = response(asked)
        sign(answer, signing_key(name))
        journey.admits(asked, answer)


def test_the_request_keeps_the_query_of_the_address(journey: Journey) -> None:
    location = journey.location()
    assert location.startswith(f"{SSO}&SAMLRequest=")
    assert "Signature" not in dict(parse_qsl(urlsplit(location).query))
