"""Logout messages that would sign out somebody else, or lead a person astray."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from federation.saml import redirect_binding
from federation.saml.logout_messages import LogoutRequest, LogoutResponse
from federation.saml.name_ids import NameId
from federation.saml_idp.logout_journey import MOST_TOLD
from federation.saml_idp.single_logout import TellApplications
from idp.models import BrowserSession, SamlApplicationSession
from idp.oauth.sessions import Ended
from idp.user_pools.services.saml_certificates import Certified
from tests.attacks.saml_idp.conftest import deflated, make_application, refused
from tests.federation.saml_idp.service_provider import ENTITY_ID, LOGOUT, ServiceProvider, key
from tests.federation.saml_idp.sign_outs import (
    answer_of,
    ask_out,
    check_answer,
    inflated,
    other_of,
    sign_in,
)
from tests.idp.oauth.world import ORIGIN, World


@dataclass
class SignedIn:
    """A person at an application, in a browser."""

    application: ServiceProvider
    browser: FlaskClient
    taken: Any

    @property
    def here(self) -> str:
        return ORIGIN + self.application.place("slo")

    def request(self, **said: Any) -> LogoutRequest:
        values = {
            "id": f"_{secrets.token_hex(16)}",
            "issued": datetime.now(UTC),
            "destination": self.here,
            "issuer": ENTITY_ID,
            "name_id": NameId(self.taken.get_nameid()),
            "session_indexes": (self.taken.get_session_index(),),
            **said,
        }
        return LogoutRequest(**values)

    def send(
        self, message: LogoutRequest | LogoutResponse, signer: Certified | None = None
    ) -> TestResponse:
        is_request = isinstance(message, LogoutRequest)
        parameter = redirect_binding.REQUEST if is_request else redirect_binding.RESPONSE
        private_key = (signer or key()).private_key
        location = redirect_binding.location(self.here, parameter, message.xml(), None, private_key)
        return self.browser.get(location, base_url=ORIGIN)

    @property
    def is_in(self) -> bool:
        return bool(self.application.world.rows(BrowserSession))


@pytest.fixture
def person(saml_world: World, application: ServiceProvider) -> SignedIn:
    application.register()
    browser = saml_world.browser()
    return SignedIn(application, browser, sign_in(application, browser))


def test_an_unsigned_request_signs_nobody_out(person: SignedIn) -> None:
    message = deflated(person.request().xml())
    refused(person.browser.get(f"{person.here}?SAMLRequest={message.replace('+', '%2B')}",
                               base_url=ORIGIN))  # fmt: skip
    assert person.is_in


def test_another_applications_key_signs_nobody_out(person: SignedIn) -> None:
    other_of(person.application).register()
    refused(person.send(person.request(), key("other")))
    assert person.is_in


def test_an_application_ends_only_sessions_that_are_its_own(person: SignedIn) -> None:
    """Though it may know names and indexes of others."""
    other_of(person.application).register()
    answer = person.send(person.request(issuer="urn:other"), key("other"))
    assert answer.status_code == 303
    assert person.is_in


def test_an_index_of_another_person_ends_nothing(person: SignedIn) -> None:
    assert person.send(person.request(name_id=NameId("somebody"))).status_code == 303
    assert person.is_in
    assert person.send(person.request(session_indexes=("_other",))).status_code == 303
    assert person.is_in


def test_an_application_of_another_pool_ends_nothing(person: SignedIn, saml_world: World) -> None:
    other = make_application(saml_world)
    other.register()
    elsewhere = SignedIn(other, person.browser, person.taken)
    assert elsewhere.send(elsewhere.request()).status_code == 303
    assert person.is_in


def test_a_request_is_good_once_and_for_a_while(person: SignedIn) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    refused(person.send(person.request(issued=old)))
    refused(person.send(person.request(not_on_or_after=old)))
    refused(person.send(person.request(destination="https://evil.example/")))
    refused(person.send(person.request(destination="")))
    assert person.is_in
    honest = person.request()
    assert person.send(honest).status_code == 303
    refused(person.send(honest), "the request was used before")


def test_an_answer_goes_to_the_address_of_the_metadata_alone(person: SignedIn) -> None:
    answer = person.send(person.request())
    assert answer.location.startswith(f"{LOGOUT}?SAMLResponse=")


def test_an_answer_that_nobody_asked_for_is_refused(person: SignedIn) -> None:
    message = LogoutResponse("_1", datetime.now(UTC), person.here, ENTITY_ID, "_2")
    refused(person.send(message), "no sign-out of this browser")
    assert person.is_in


def test_an_answer_to_another_request_does_not_lead_on(person: SignedIn) -> None:
    other = other_of(person.application)
    other.register()
    sign_in(other, person.browser)
    asked = ask_out(person.application, person.browser, person.taken)
    for issuer, signer in ((ENTITY_ID, None), ("urn:other", key("other"))):
        message = LogoutResponse("_3", datetime.now(UTC), person.here, issuer, "_1")
        refused(person.send(message, signer), "no sign-out of this browser")
    done = person.browser.get(answer_of(other, asked), base_url=ORIGIN)
    assert done.location.startswith(LOGOUT)


@pytest.mark.parametrize("issuer", [ENTITY_ID, "urn:other"])
def test_an_answer_that_cannot_be_believed_does_not_count(person: SignedIn, issuer: str) -> None:
    """It is signed by the wrong application: the person goes on, and the sign-out is partial."""
    other = other_of(person.application)
    other.register()
    sign_in(other, person.browser)
    asked = ask_out(person.application, person.browser, person.taken)
    query = dict(parse_qsl(urlsplit(asked.location).query))
    request_id = inflated(query["SAMLRequest"]).partition(' ID="')[2].partition('"')[0]
    message = LogoutResponse("_3", datetime.now(UTC), person.here, issuer, request_id)
    done = person.send(message)
    answer = check_answer(person.application, done)
    assert "PartialLogout" in inflated(answer["SAMLResponse"])


def test_an_answer_twice_leads_on_once(person: SignedIn) -> None:
    other = other_of(person.application)
    other.register()
    sign_in(other, person.browser)
    answer = answer_of(other, ask_out(person.application, person.browser, person.taken))
    assert person.browser.get(answer, base_url=ORIGIN).status_code == 303
    refused(person.browser.get(answer, base_url=ORIGIN), "no sign-out of this browser")


def test_a_person_is_led_to_so_many_applications_and_no_further(
    person: SignedIn, saml_world: World
) -> None:
    others = [other_of(person.application, f"urn:{n:02}") for n in range(MOST_TOLD + 2)]
    for other in others:
        other.register()
        sign_in(other, person.browser)
    asked = ask_out(person.application, person.browser, person.taken)
    assert len(saml_world.rows(SamlApplicationSession)) == MOST_TOLD - 1
    for other in others[:MOST_TOLD]:
        asked = person.browser.get(answer_of(other, asked), base_url=ORIGIN)
    assert "SAMLResponse" in urlsplit(asked.location).query


def test_the_way_out_leads_where_it_was_sealed_to_lead(person: SignedIn, saml_world: World) -> None:
    place = person.application.place("signed-out")
    refused(person.browser.get(f"{place}?state=x", base_url=ORIGIN))
    refused(person.browser.get(place, base_url=ORIGIN))
    value = ["us-east-1_Other", "session", "https://evil.example"]
    token = saml_world.kernel.sealer.seal_token(value, "saml-signed-out", 600)
    refused(person.browser.get(f"{place}?state={token}", base_url=ORIGIN), "another pool")
    token = saml_world.kernel.sealer.seal_token(value, "saml-sign-on", 600)
    refused(person.browser.get(f"{place}?state={token}", base_url=ORIGIN))


def test_the_way_out_fits_into_a_cookie_however_long_its_target_is(
    person: SignedIn, saml_world: World
) -> None:
    """Browsers drop a longer one, and with it what the person was on his way to."""
    others = [other_of(person.application, f"urn:{'x' * 400}{n:02}") for n in range(MOST_TOLD)]
    for other in others:
        other.register()
        sign_in(other, person.browser)
    detour = TellApplications(saml_world.kernel)
    (session,) = saml_world.rows(BrowserSession)
    ended = Ended(session.session_id, ())
    for length in (1400, 4000):
        target = f"https://app.example/bye?state={'y' * length}"
        asked = person.browser.get(
            detour(person.application.pool_id, ended, target), base_url=ORIGIN
        )
        assert asked.status_code == 303
        (cookie,) = [c for c in asked.headers.getlist("Set-Cookie") if "saml-logout" in c]
        assert len(cookie) < 4096
