"""Sign-ins that begin at the provider: only where it may, and only to registered places."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.attacks.saml.conftest import NAME, Journey, make_journey
from tests.attacks.saml.identity_provider import Asked, assertion_of, packed, response, sign
from tests.idp.oauth.world import ORIGIN, World, query_of, request_of

HERE = f"{ORIGIN}/saml2/idpresponse"


@pytest.fixture
def portal(saml_world: World) -> Journey:
    """A pool whose provider may begin."""
    return make_journey(saml_world, IDPInit="true")


def _asked(journey: Journey, **parameters: Any) -> Asked:
    relay_state = request_of(journey.client, **{"identity_provider": NAME, **parameters})
    audience = f"urn:amazon:cognito:sp:{journey.client.pool_id}"
    return Asked("", HERE, audience, urlencode(relay_state))


def _unsolicited(journey: Journey, asked: Asked, **said: str) -> TestResponse:
    document = response(asked, **said)
    sign(assertion_of(document))
    return journey.come(asked, document)


def test_a_provider_that_may_begin_signs_people_in(portal: Journey) -> None:
    """RelayState as Amazon Cognito documents it."""
    answer = query_of(_unsolicited(portal, _asked(portal)))
    assert "code" in answer
    assert answer["state"] == "af0ifjsldkj"
    assert portal.usernames() == ["Office_ada"]


def test_one_that_may_not_begin_signs_nobody_in(journey: Journey) -> None:
    assert _unsolicited(journey, _asked(journey)).status_code == 400
    assert journey.usernames() == []


def test_one_that_may_begin_is_still_bound_where_it_was_asked(portal: Journey) -> None:
    """IDPInit does not make InResponseTo optional for a sign-in that began here."""
    asked = portal.leave()
    document = response(asked, response_to="", confirmed_to="")
    sign(assertion_of(document))
    portal.refuses(asked, document, "another sign-in")


def test_an_answer_to_a_request_is_not_passed_off_as_unsolicited(portal: Journey) -> None:
    """The stolen answer to somebody else's request: Profiles §4.1.5 forbids InResponseTo."""
    stolen = portal.leave()
    asked = _asked(portal)
    document = response(stolen)
    sign(assertion_of(document))
    portal.refuses(asked, document, "another sign-in")
    hidden = response(stolen, response_to="")
    sign(assertion_of(hidden))
    portal.refuses(asked, hidden, "does not belong to this sign-in")


def test_an_unsolicited_assertion_is_good_once(portal: Journey) -> None:
    asked = _asked(portal)
    document = response(asked)
    sign(assertion_of(document))
    portal.admits(asked, document)
    portal.browser = portal.world.browser()
    answer = query_of(portal.come(asked, document))
    assert answer["error"] == "access_denied"
    assert "used before" in answer["error_description"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"response_type": "none"},
        {"scope": "aws.cognito.signin.user.admin"},
        {"identity_provider": "Another"},
        {"identity_provider": "COGNITO"},
        {"nonce": "x" * 3000},
    ],
    ids=["address", "no address", "client", "type", "scope", "provider", "local", "long"],
)
def test_the_relay_state_is_checked_as_any_request(
    portal: Journey, parameters: dict[str, Any]
) -> None:
    asked = _asked(portal, **parameters)
    document = response(asked)
    sign(assertion_of(document))
    answer = portal.come(asked, document)
    assert answer.status_code == 400
    assert portal.usernames() == []


def test_no_link_signs_anybody_in(portal: Journey) -> None:
    """Profiles §4.1.2: a response comes by POST alone, and so into no history and no log."""
    asked = _asked(portal)
    document = response(asked)
    sign(assertion_of(document))
    query = {"SAMLResponse": packed(document), "RelayState": asked.relay_state, "relayed": "1"}
    answer = portal.browser.get("/saml2/idpresponse", query_string=query, base_url=ORIGIN)
    assert answer.status_code == 405
    assert portal.usernames() == []


def test_a_parameter_twice_is_refused(portal: Journey) -> None:
    asked = _asked(portal)
    doubled = f"{asked.relay_state}&client_id=another"
    document = response(asked)
    sign(assertion_of(document))
    other = Asked("", asked.here, asked.audience, doubled)
    assert portal.come(other, document).status_code == 400
    assert portal.usernames() == []


def test_no_device_is_let_in(portal: Journey) -> None:
    """A victim's browser is not led to the page that lets the attacker's device in."""
    asked = _asked(portal, response_type=None, user_code="BCDF-GHJK")
    assert _unsolicited(portal, asked).status_code == 400
    assert portal.usernames() == []


def test_a_client_of_another_pool_is_not_entered(saml_world: World, portal: Journey) -> None:
    """The assertion is for the one pool; the request names a client of another."""
    other = make_journey(saml_world, IDPInit="true")
    mine, theirs = _asked(portal), _asked(other)
    document = response(mine)
    sign(assertion_of(document))
    other.refuses(Asked("", HERE, "", theirs.relay_state), document, "cannot be verified")
