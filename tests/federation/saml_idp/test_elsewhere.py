"""People who come from another SAML provider go on to applications."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import parse_qsl, urlsplit

import pytest

from federation.saml_idp import contexts
from tests.attacks.saml.conftest import make_journey
from tests.attacks.saml.identity_provider import response, sign
from tests.federation.saml_idp.conftest import saml_world
from tests.federation.saml_idp.elsewhere import application_of, left_for
from tests.federation.saml_idp.service_provider import follow, statuses, xml
from tests.idp.oauth.world import World

__all__ = ["saml_world"]


def test_a_person_from_elsewhere_arrives_at_the_application(saml_world: World) -> None:
    journey = make_journey(saml_world)
    application = application_of(journey)
    auth = application.auth()
    sent = follow(journey.browser, auth.login("/page"))
    application.request_id = auth.get_last_request_id()
    asked = left_for(sent.location)
    document = response(asked)
    sign(document)
    taken = application.take(journey.come(asked, document))
    assert taken.get_attributes() == {"mail": ["ada@example.com"]}


def test_a_fresh_proof_is_asked_for_there_too(saml_world: World) -> None:
    journey = make_journey(saml_world)
    application = application_of(journey)
    sent = follow(journey.browser, application.auth().login(force_authn=True))
    query = dict(parse_qsl(urlsplit(sent.location).query))
    assert b'ForceAuthn="true"' in zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15)


def test_an_application_hears_that_the_other_provider_failed(saml_world: World) -> None:
    journey = make_journey(saml_world)
    application = application_of(journey)
    asked = left_for(follow(journey.browser, application.auth().login()).location)
    answer = journey.come(asked, response(asked))  # not signed
    assert statuses(answer) == ["Responder", "AuthnFailed"]
    assert "Assertion" not in xml(answer)


def test_nobody_is_told_of_a_failure_who_did_not_ask(saml_world: World) -> None:
    journey = make_journey(saml_world)
    application = application_of(journey)
    application.register(idp_initiated=True)
    place = f"{application.place('start')}?application={application.entity_id}"
    asked = left_for(follow(journey.browser, place).location)
    answer = journey.come(asked, response(asked))
    assert answer.status_code == 400
    assert "SAMLResponse" not in answer.text


def test_their_class_is_not_made_up() -> None:
    assert contexts.chosen(("FEDERATION",), (), "exact") == contexts.UNSPECIFIED


@pytest.mark.parametrize(
    ("factors", "wanted", "comparison", "stated"),
    [
        (("PASSWORD",), (), "exact", contexts.PROTECTED_PASSWORD),
        (("PASSWORD", "SOFTWARE_TOKEN_MFA"), (), "exact", contexts.SEVERAL_FACTORS),
        (("WEB_AUTHN_VERIFIED",), (), "exact", contexts.SEVERAL_FACTORS),
        (("WEB_AUTHN",), (), "exact", contexts.UNSPECIFIED),
        (("PASSWORD",), (contexts.SEVERAL_FACTORS, contexts.PASSWORD), "exact", contexts.PASSWORD),
        (("PASSWORD",), (contexts.PASSWORD,), "minimum", contexts.PROTECTED_PASSWORD),
        (("PASSWORD",), (contexts.PROTECTED_PASSWORD,), "better", None),
        (("PASSWORD", "SMS_MFA"), (contexts.PROTECTED_PASSWORD,), "better",
         contexts.SEVERAL_FACTORS),
        (("PASSWORD", "SMS_MFA"), (contexts.PASSWORD,), "maximum", contexts.PASSWORD),
        (("FEDERATION",), (contexts.PASSWORD,), "exact", None),
        (("PASSWORD",), ("urn:unknown",), "minimum", None),
    ],
)  # fmt: skip
def test_classes_follow_from_the_factors(
    factors: tuple[str, ...], wanted: tuple[str, ...], comparison: str, stated: str | None
) -> None:
    assert contexts.chosen(factors, wanted, comparison) == stated
