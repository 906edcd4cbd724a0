"""Single logout with applications, as python3-saml's own client speaks it."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from federation.saml import document, logout_messages, signatures, signing
from federation.saml.logout_messages import LogoutRequest
from federation.saml.name_ids import NameId
from federation.saml.names import LOGOUT_RESPONSE
from federation.saml_idp import applications
from idp.models import BrowserSession, LogoutNotice, RefreshFamily, SamlApplicationSession
from tests.federation.saml_idp.service_provider import (
    ENTITY_ID,
    LOGOUT,
    POST,
    ServiceProvider,
    action,
    follow,
    key,
    posted,
    xml,
)
from tests.federation.saml_idp.sign_outs import (
    answer_of,
    ask_out,
    check_answer,
    inflated,
    other_of,
    sign_in,
)
from tests.idp.oauth.moves import confirm
from tests.idp.oauth.world import LOGOUT as GOOD_BYE
from tests.idp.oauth.world import ORIGIN, Pkce, World, request_of


def test_an_application_signs_a_person_out_here_with_the_tokens_of_the_session(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    party = saml_world.client(application.pool_id)
    saml_world.register(party, backchannel_logout_uri="https://app.example/backchannel")
    browser, proof = saml_world.browser(), Pkce()
    taken = sign_in(application, browser)
    asked = urlencode(request_of(party, **proof.parameters))
    sent = browser.get(f"/oauth2/authorize?{asked}", base_url=ORIGIN)
    code = dict(parse_qsl(urlsplit(sent.location).query))["code"]
    saml_world.redeem(party, code, code_verifier=proof.verifier)
    parameters = check_answer(application, ask_out(application, browser, taken))
    assert parameters["RelayState"] == "/bye"
    assert saml_world.rows(BrowserSession) == saml_world.rows(SamlApplicationSession) == []
    (family,) = saml_world.rows(RefreshFamily)
    assert family.revoked is not None
    (notice,) = saml_world.rows(LogoutNotice)
    assert notice.client_id == party.id
    assert "password" in application.ask(browser).text


def test_the_other_applications_of_the_session_are_told_one_after_the_other(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    others = [other_of(application, name) for name in ("urn:a", "urn:b")]
    for other in others:
        other.register()
    browser = saml_world.browser()
    taken = sign_in(application, browser)
    for other in others:
        sign_in(other, browser)
    asked = ask_out(application, browser, taken)
    for other in others:
        asked = browser.get(answer_of(other, asked), base_url=ORIGIN)
    answer = check_answer(application, asked)
    assert "PartialLogout" not in inflated(answer["SAMLResponse"])


def test_an_application_that_cannot_be_told_makes_it_partial(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    other = other_of(application)
    other.register({"logout_binding": "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"})
    browser = saml_world.browser()
    taken = sign_in(application, browser)
    sign_in(other, browser)
    answer = check_answer(application, ask_out(application, browser, taken))
    assert "status:PartialLogout" in inflated(answer["SAMLResponse"])


def test_a_sign_out_at_the_pages_tells_applications_and_arrives(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    sign_in(application, browser)
    query = urlencode({"client_id": application.client_id, "logout_uri": GOOD_BYE})
    page = browser.get(f"/logout?{query}", base_url=ORIGIN)
    assert saml_world.rows(BrowserSession) == []
    begins = page.text.partition('http-equiv="refresh" content="0;url=')[2].partition('"')[0]
    asked = browser.get(begins, base_url=ORIGIN)
    done = browser.get(answer_of(application, asked), base_url=ORIGIN)
    assert done.location == GOOD_BYE


def test_a_sign_out_that_leads_nowhere_ends_at_a_page(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    sign_in(application, browser)
    question = browser.get(f"/logout?client_id={application.client_id}", base_url=ORIGIN)
    page = confirm(browser, question)
    begins = page.text.partition('http-equiv="refresh" content="0;url=')[2].partition('"')[0]
    asked_out = browser.get(begins, base_url=ORIGIN)
    done = follow(browser, answer_of(application, asked_out))
    assert "You are signed out" in done.text


def test_a_sign_out_without_applications_is_as_before(
    saml_world: World, application: ServiceProvider
) -> None:
    client = saml_world.client(application.pool_id)
    browser = saml_world.browser()
    saml_world.sign_in(browser, client, **Pkce().parameters)
    query = urlencode({"client_id": client.id, "logout_uri": GOOD_BYE})
    assert browser.get(f"/logout?{query}", base_url=ORIGIN).location == GOOD_BYE


def test_messages_go_by_form_where_the_application_takes_no_redirect(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register({"logout_binding": POST})
    browser = saml_world.browser()
    taken = sign_in(application, browser)
    answer = ask_out(application, browser, taken)
    assert action(answer) == LOGOUT
    assert posted(answer)["RelayState"] == "/bye"
    root = document.parse(xml(answer).encode(), LOGOUT_RESPONSE)
    assert signatures.is_signed_by(root, certificates(application))
    assert logout_messages.read_response(root).in_response_to == application.request_id


def test_a_signed_request_by_form_signs_out(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    taken = sign_in(application, browser)
    now, here = saml_world.kernel.clock.now(), ORIGIN + application.place("slo")
    name_id = NameId(taken.get_nameid())
    root = LogoutRequest("_1", now, here, ENTITY_ID, name_id).element()
    form = {"SAMLRequest": b64(logout_messages.serialized(root)), "relayed": "1"}
    assert browser.post(here, data=form, base_url=ORIGIN).status_code == 400
    signing.sign(root, key())
    form["SAMLRequest"] = b64(logout_messages.serialized(root))
    answer = browser.post(here, data=form, base_url=ORIGIN)
    assert answer.location.startswith(f"{LOGOUT}?SAMLResponse=")
    assert saml_world.rows(BrowserSession) == []


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def certificates(application: ServiceProvider) -> list[str]:
    return re.findall(r"<ds:X509Certificate>([^<]+)<", application.provider_metadata)


def test_a_request_by_form_is_relayed_so_that_the_browsers_cookies_come_with_it(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    sign_in(application, browser)
    form = {"SAMLRequest": "eA==", "RelayState": '"><script>alert(1)</script>'}
    relayed = browser.post(application.place("slo"), data=form, base_url=ORIGIN)
    assert posted(relayed) == {**form, "relayed": "1"}
    assert "<script>alert" not in relayed.text
    refused = browser.post(application.place("slo"), data=posted(relayed), base_url=ORIGIN)
    assert refused.status_code == 400


@pytest.mark.parametrize("place", ["slo", "sso"])
def test_an_address_without_a_message_is_refused(
    saml_world: World, application: ServiceProvider, place: str
) -> None:
    application.register()
    assert saml_world.browser().get(application.place(place), base_url=ORIGIN).status_code == 400


def test_sessions_without_an_index_are_all_of_that_name(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browsers = [saml_world.browser() for _ in range(2)]
    taken = [sign_in(application, each) for each in browsers]
    application.security = {"logoutRequestSigned": True}
    auth = application.auth()
    location = auth.logout(name_id=taken[0].get_nameid())
    browsers[0].get(location, base_url=ORIGIN)
    assert saml_world.rows(BrowserSession) == []


def test_removing_an_application_forgets_its_sessions(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    sign_in(application, saml_world.browser())
    saml_world.kernel.database.write(applications.remove, application.pool_id, ENTITY_ID)
    assert saml_world.rows(SamlApplicationSession) == []
