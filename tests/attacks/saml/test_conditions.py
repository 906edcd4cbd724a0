"""Well-signed assertions that are for others, elsewhere, another time, or another sign-in."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from federation.saml.names import elements
from tests.attacks.saml.conftest import Journey, make_journey
from tests.attacks.saml.identity_provider import (
    RESTRICTION,
    SAML,
    Asked,
    assertion_of,
    moment,
    response,
    sign,
)
from tests.idp.oauth.world import ORIGIN, World

EVIL = "https://evil.example/acs"
HERE = f"{ORIGIN}/saml2/idpresponse"


def _attack(journey: Journey, reason: str = "", **said: str) -> None:
    """Both ways of signing, for what one signature covers the other may not."""
    for signs_response in (False, True):
        asked = journey.leave()
        document = response(asked, **said)
        sign(document if signs_response else assertion_of(document))
        journey.refuses(asked, document, reason)


@pytest.mark.parametrize(
    "conditions",
    [
        "",
        RESTRICTION.format("urn:amazon:cognito:sp:us-east-1_another"),
        "<saml:OneTimeUse/>",
        "<saml:AudienceRestriction><saml:Audience/></saml:AudienceRestriction>",
    ],
    ids=["none", "another", "unrestricted", "empty"],
)
def test_assertions_for_others_are_refused(journey: Journey, conditions: str) -> None:
    """Core §2.5.1.4: another service provider must not spend what it was given here."""
    _attack(journey, conditions=conditions)


def test_every_audience_restriction_must_hold(journey: Journey) -> None:
    ours = RESTRICTION.format(journey.leave().audience)
    _attack(journey, "meant for somebody else", conditions=ours + RESTRICTION.format("urn:other"))


def test_a_condition_that_is_not_understood_is_not_passed_over(journey: Journey) -> None:
    """Core §2.5.1."""
    ours = RESTRICTION.format(journey.leave().audience)
    unknown = (
        '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:x="urn:x" xsi:type="x:Moon"/>'
    )
    _attack(journey, conditions=ours + unknown)


@pytest.mark.parametrize(
    "recipient",
    ["", EVIL, f"{EVIL}?{HERE}", f"{HERE}/more", f"{HERE}.evil.example"],
    ids=["none", "another", "within", "longer", "host"],
)
def test_assertions_sent_elsewhere_are_refused(journey: Journey, recipient: str) -> None:
    """Profiles §4.1.4.2; a part of the address is not the address."""
    said = f' Recipient="{recipient}"' if recipient else ""
    _attack(journey, "does not belong to this sign-in" if recipient == "" else "", recipient=said)


@pytest.mark.parametrize("destination", [EVIL, f"{HERE}/more", f"{HERE}?x=1"])
def test_responses_sent_elsewhere_are_refused(journey: Journey, destination: str) -> None:
    _attack(journey, "another address", destination=f' Destination="{destination}"')


def test_a_signed_response_says_where_it_goes(journey: Journey) -> None:
    """Bindings §3.5.5.2."""
    asked = journey.leave()
    document = response(asked, destination="")
    sign(document)
    journey.refuses(asked, document, "another address")


@pytest.mark.parametrize(
    "said",
    [
        {"ends": "{-200}"},
        {"begins": "{200}"},
        {"begins": "{400}"},
        {"confirmation_ends": ' NotOnOrAfter="{-200}"'},
        {"confirmation_ends": ""},
        {"confirmation_ends": ' NotOnOrAfter="{300}" NotBefore="{250}"'},
        {"issued": "{-1100}"},
        {"issued": "{200}"},
        {"ends": "tomorrow"},
        {"ends": "9999-99-99T00:00:00Z"},
        {"issued": "0001-01-01T00:00:00Z"},
    ],
    ids=[
        "over",
        "early",
        "too early",
        "unconfirmed",
        "endless",
        "confirmed later",
        "old",
        "of the future",
        "word",
        "no date",
        "year 1",
    ],
)
def test_assertions_of_another_time_are_refused(journey: Journey, said: dict[str, str]) -> None:
    """A number in braces is a moment, so many seconds from when the test runs."""
    now = {
        name: re.sub(r"\{(-?\d+)\}", lambda found: moment(float(found[1])), value)
        for name, value in said.items()
    }
    _attack(journey, **now)


def test_assertions_of_another_issuer_are_refused(journey: Journey) -> None:
    _attack(journey, issuer="https://other.example/saml")


@pytest.mark.parametrize(
    "method",
    [
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
    ],
)
def test_only_bearers_are_confirmed(journey: Journey, method: str) -> None:
    _attack(journey, method=method)


def test_two_confirmations_do_not_make_one(journey: Journey) -> None:
    """A bearer's without our address, and one of another method with it."""
    asked = journey.leave()
    document = response(asked, method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
    (subject,) = elements(document, f"{SAML}Subject")
    bearer = etree.SubElement(
        subject, f"{SAML}SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"
    )
    etree.SubElement(bearer, f"{SAML}SubjectConfirmationData", NotOnOrAfter=moment(300))
    sign(assertion_of(document))
    journey.refuses(asked, document, "does not belong to this sign-in")


@pytest.mark.parametrize("other", ["", ' InResponseTo="_another"'], ids=["none", "another"])
@pytest.mark.parametrize("place", ["response_to", "confirmed_to"])
def test_answers_to_another_request_are_refused(journey: Journey, place: str, other: str) -> None:
    """An assertion that was stolen, or that the attacker has of himself, is of another request;
    only the part inside the assertion is always signed."""
    _attack(journey, **{place: other})


def test_what_nobody_asked_for_is_refused(journey: Journey) -> None:
    """Login CSRF by a provider's own response, where IDPInit does not say that it may come."""
    asked = journey.leave()
    document = response(asked, response_to="", confirmed_to="")
    sign(assertion_of(document))
    journey.refuses(asked, document, "another sign-in")


def test_a_used_assertion_is_refused(saml_world: World) -> None:
    """Profiles §4.1.4.5, in the same browser and with the same state."""
    journey = make_journey(saml_world)
    asked = journey.leave()
    cookie = journey.browser.get_cookie
    document = response(asked)
    sign(assertion_of(document))
    kept = [
        (name, held.value)
        for name, held in ((held.key, held) for held in journey.browser._cookies.values())
    ]
    journey.admits(asked, document)
    for name, value in kept:
        if cookie(name) is None:
            journey.browser.set_cookie(name, value)
    assert journey.come(asked, document).status_code == 400


def test_an_answer_in_another_browser_signs_nobody_in(journey: Journey) -> None:
    """RFC 9700 §4.7: the attacker's good response in the victim's browser."""
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    answer = journey.come(asked, document, journey.world.browser())
    assert answer.status_code == 400
    assert journey.usernames() == []


def test_an_answer_with_another_state_signs_nobody_in(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    other = Asked(asked.request_id, asked.here, asked.audience, "another state")
    assert journey.come(other, document).status_code == 400
    assert journey.usernames() == []


def test_a_transient_name_is_nobody(journey: Journey) -> None:
    """Core §8.3.8: the next person may get it."""
    _attack(journey, "transient", format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")


@pytest.mark.parametrize("name_id", ["", "   ", "x" * 3000], ids=["empty", "blank", "long"])
def test_a_person_needs_a_name(journey: Journey, name_id: str) -> None:
    _attack(journey, name_id=name_id)


@pytest.mark.parametrize("status", ["Requester", "AuthnFailed", "Success2"])
def test_a_failure_is_not_believed_for_its_assertion(journey: Journey, status: str) -> None:
    _attack(journey, f"answered {status}", status=status)


def test_a_status_is_no_text_of_the_other_sides_choice(journey: Journey) -> None:
    asked = journey.leave()
    document = response(asked, status="&lt;script&gt;")
    journey.refuses(asked, document, "answered an error")


def test_a_statement_is_needed(journey: Journey) -> None:
    """An assertion without an authentication says nothing of who is there now."""
    asked = journey.leave()
    document = response(asked)
    namespace = "{urn:oasis:names:tc:SAML:2.0:assertion}"
    for statement in elements(document, f"{namespace}AuthnStatement"):
        statement.getparent().remove(statement)
    sign(document)
    journey.refuses(asked, etree.tostring(document))


def test_an_old_session_of_the_provider_is_no_new_proof(journey: Journey) -> None:
    """AuthnInstant (Core §2.7.2) says when the person proved himself; `max_age` is held to it."""
    for seconds, wanted in ((-3600, {"max_age": "300"}), (-3600, {"prompt": "login"})):
        asked = journey.leave(**wanted)
        document = response(asked, authenticated=moment(seconds))
        sign(assertion_of(document))
        journey.refuses(asked, document, "signed in anew")
    asked = journey.leave(max_age="300")
    document = response(asked, authenticated=moment(3600))
    sign(assertion_of(document))
    journey.refuses(asked, document, "signed in anew")
    asked = journey.leave(max_age="300")
    document = response(asked, authenticated=moment(-10))
    sign(assertion_of(document))
    journey.admits(asked, document)
