"""What a refused answer costs, and what the log says of it."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from tests.attacks.saml.conftest import Journey, make_journey
from tests.attacks.saml.identity_provider import (
    Asked,
    assertion_of,
    moment,
    response,
    sign,
    signing_key,
)
from tests.idp.oauth.world import World, query_of


def _why(journey: Journey, asked: Asked, document: Any) -> dict[str, Any]:
    with capture_logs() as lines:
        assert query_of(journey.come(asked, document))["error"] == "access_denied"
    (line,) = [each for each in lines if each["event"] == "federated_sign_in_failed"]
    assert (line["provider"], line["pool"]) == ("Office", journey.client.pool_id)
    assert "zebedee" not in str(line)
    return line


def _of(journey: Journey, key: str = "idp.example.com", **said: str) -> str:
    asked = journey.leave()
    document = response(asked, **{"name_id": "zebedee", "mail": "zebedee", **said})
    sign(assertion_of(document), signing_key(key))
    return str(_why(journey, asked, document)["why"])


def test_the_log_says_what_an_operator_must_mend(journey: Journey) -> None:
    assert "by no key of the provider's metadata" in _of(journey, "mallory")
    assert "audience is not the pool's" in _of(
        journey,
        conditions="<saml:AudienceRestriction>"
        "<saml:Audience>zebedee</saml:Audience></saml:AudienceRestriction>",
    )
    assert "compare the clocks" in _of(journey, ends=moment(-600))
    assert "SubjectConfirmation" in _of(journey, recipient=' Recipient="https://zebedee.example/"')
    asked = journey.leave()
    assert "signed" in _why(journey, asked, response(asked))["why"]


def test_the_log_says_that_encryption_is_missing(saml_world: World) -> None:
    assert "not encrypted" in _of(make_journey(saml_world, EncryptedResponses="true"))


def test_the_client_is_not_told_more_than_before(journey: Journey) -> None:
    asked = journey.leave()
    told = query_of(journey.come(asked, response(asked)))["error_description"]
    assert told == "The identity provider's response cannot be verified."


def test_a_state_is_good_for_one_answer(journey: Journey) -> None:
    """Whatever the first one says: nobody tries until one fits."""
    asked = journey.leave()
    kept = list(journey.browser._cookies.values())
    journey.refuses(asked, response(asked))
    for cookie in kept:
        journey.browser.set_cookie(cookie.key, cookie.value)
    document = response(asked)
    sign(assertion_of(document))
    assert journey.come(asked, document).status_code == 400
    assert journey.usernames() == []


def test_refused_answers_are_counted_by_their_address(saml_world: World) -> None:
    journey = make_journey(saml_world)
    for _ in range(30):
        assert journey.come(journey.leave(), b"<x/>").status_code in {302, 303}
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    assert journey.come(asked, document).status_code == 429
    saml_world.time.now += 60
    journey.admits(asked, document)
