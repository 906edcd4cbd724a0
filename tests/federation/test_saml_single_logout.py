"""Single logout with a SAML provider: ours ends there, theirs ends here."""

from __future__ import annotations

import base64
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree

from federation.saml import redirect_binding, signatures
from federation.saml.names import elements
from idp.models import BrowserSession, LogoutNotice, UpstreamSession, UserPool
from idp.user_pools.services import saml_certificates, session_settings
from tests.attacks.saml.conftest import saml_world
from tests.attacks.saml.identity_provider import (
    DSIG,
    PROTOCOL,
    SAML,
    SLO,
    XENC,
    encrypt_name,
)
from tests.attacks.saml.logout_messages import (
    BY_POST,
    REDIRECT,
    SERVICE,
    form,
    inflated,
    query,
    request,
    response,
)
from tests.attacks.saml.sign_outs import SignOuts, make_sign_outs, onwards, sign_outs
from tests.idp.hosted_ui.account_world import Person, client_of
from tests.idp.oauth.moves import is_asked
from tests.idp.oauth.world import LOGOUT, ORIGIN, World, csrf_token, request_of

__all__ = ["saml_world", "sign_outs"]

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def certificate(sign_outs: SignOuts) -> str:
    kernel = sign_outs.world.kernel
    return saml_certificates.signing(kernel, sign_outs.journey.client.pool_id).certificate


# --- Ours ends there ----------------------------------------------------------------------------


def test_a_sign_out_takes_a_signed_request_to_the_provider(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    page = sign_outs.sign_out()
    assert sign_outs.sessions() == 0  # whatever the provider does
    sent = sign_outs.journey.browser.get(onwards(page), base_url=ORIGIN)
    assert sent.location.startswith(f"{SLO}&SAMLRequest=")
    address = redirect_binding.read(urlsplit(sent.location).query.partition("&")[2])
    assert address.is_signed_by([certificate(sign_outs)])
    asked = etree.fromstring(address.xml)
    assert asked.get("Destination") == SLO
    pool_id = sign_outs.journey.client.pool_id
    assert asked.findtext(f"{SAML}Issuer") == f"urn:amazon:cognito:sp:{pool_id}"
    name = asked.find(f"{SAML}NameID")
    assert (name.text, name.get("Format")) == ("ada", PERSISTENT)
    assert asked.findtext(f"{PROTOCOL}SessionIndex") == "s1"


def test_the_answer_leads_on_to_where_the_sign_out_was_going(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    answer = response(sign_outs.here, asked.get("ID"))
    back = sign_outs.tell(query(answer, state), sign_outs.journey.browser)
    assert (back.status_code, back.location) == (303, LOGOUT)


def test_an_answer_by_a_form_leads_on_too(sign_outs: SignOuts) -> None:
    """The provider's form comes without our cookies, and a page of ours posts it anew."""
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    given = form(response(sign_outs.here, asked.get("ID")), state)
    path = urlsplit(sign_outs.here).path
    relay = sign_outs.journey.browser.post(path, data=given, base_url=ORIGIN)
    assert 'name="relayed"' in relay.text
    assert "form-action" not in relay.headers["Content-Security-Policy"]
    assert sign_outs.post(given, sign_outs.journey.browser).location == LOGOUT


def test_a_sign_out_that_signs_in_again_comes_to_the_sign_in_page(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    again = request_of(sign_outs.journey.client)
    leaves = sign_outs.journey.browser.get(f"/logout?{urlencode(again)}", base_url=ORIGIN)
    sent = sign_outs.journey.browser.get(onwards(leaves), base_url=ORIGIN)
    given = parse_qs(urlsplit(sent.location).query)
    answer = response(sign_outs.here, inflated(given["SAMLRequest"][0]).get("ID"))
    told = query(answer, given["RelayState"][0])
    assert sign_outs.tell(told, sign_outs.journey.browser).location.startswith("/login?")


def test_a_sign_out_that_leads_nowhere_ends_at_our_page(sign_outs: SignOuts) -> None:
    hint = sign_outs.sign_in()["id_token"]
    page = sign_outs.journey.browser.get(f"/logout?id_token_hint={hint}", base_url=ORIGIN)
    sent = sign_outs.journey.browser.get(onwards(page), base_url=ORIGIN)
    given = parse_qs(urlsplit(sent.location).query)
    answer = response(sign_outs.here, inflated(given["SAMLRequest"][0]).get("ID"))
    told = query(answer, given["RelayState"][0])
    back = sign_outs.tell(told, sign_outs.journey.browser)
    end = sign_outs.journey.browser.get(back.location, base_url=ORIGIN)
    assert "You can close this page now." in end.text


def test_a_sign_out_that_leads_too_far_ends_at_our_page(sign_outs: SignOuts) -> None:
    """What waits in a cookie must fit into one."""
    sign_outs.sign_in()
    again = request_of(sign_outs.journey.client, state="x" * 2000)
    leaves = sign_outs.journey.browser.get(f"/logout?{urlencode(again)}", base_url=ORIGIN)
    sent = sign_outs.journey.browser.get(onwards(leaves), base_url=ORIGIN)
    assert all(len(each) < 4096 for each in sent.headers.getlist("Set-Cookie"))
    given = parse_qs(urlsplit(sent.location).query)
    answer = response(sign_outs.here, inflated(given["SAMLRequest"][0]).get("ID"))
    told = query(answer, given["RelayState"][0])
    assert sign_outs.tell(told, sign_outs.journey.browser).location == "/signedOut"


def test_a_person_who_is_asked_first_is_led_past_the_provider_too(sign_outs: SignOuts) -> None:
    """The answer is a page, for the redirects after a form are held to that form's policy."""
    sign_outs.sign_in()
    client = sign_outs.journey.client
    address = urlencode({"client_id": client.id, "post_logout_redirect_uri": LOGOUT})
    asks = sign_outs.journey.browser.get(f"/logout?{address}", base_url=ORIGIN)
    assert is_asked(asks)
    action = re.search(r'action="([^"]+)"', asks.text)
    assert action
    token = {"csrf_token": csrf_token(asks)}
    page = sign_outs.journey.browser.post(unescape(action[1]), data=token, base_url=ORIGIN)
    assert onwards(page).startswith("/signOutElsewhere?")
    assert sign_outs.sessions() == 0


@pytest.mark.parametrize("end", ["all", "this"])
def test_signing_out_at_the_account_page_leads_past_the_provider(
    sign_outs: SignOuts, end: str
) -> None:
    sign_outs.sign_in()
    (session,) = sign_outs.world.rows(BrowserSession)
    pool_id = sign_outs.journey.client.pool_id
    _track_sessions(sign_outs.world, pool_id)
    person = Person(sign_outs.world, sign_outs.journey.browser, client_of(sign_outs.world, pool_id))
    page = person.send("sessions", end="all" if end == "all" else session.session_id)
    assert sign_outs.sessions() == 0
    sent = person.browser.get(onwards(page), base_url=ORIGIN)
    given = parse_qs(urlsplit(sent.location).query)
    answer = response(sign_outs.here, inflated(given["SAMLRequest"][0]).get("ID"))
    back = sign_outs.tell(query(answer, given["RelayState"][0]), person.browser)
    assert urlsplit(back.location).path == "/login"
    assert "You are signed out" in person.follow(back).text


def _track_sessions(world: World, pool_id: str) -> None:
    request = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 5}}

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        session_settings.set_for_pool(session, pool, request, world.kernel.clock.now())

    world.kernel.database.write(unit)


def test_a_provider_with_forms_alone_gets_a_signed_form(saml_world: World) -> None:
    sign_outs = make_sign_outs(saml_world, BY_POST)
    sign_outs.sign_in()
    page = sign_outs.depart()
    assert f'action="{SLO}"' in unescape(page.text)
    found = re.search(r'name="SAMLRequest" value="([^"]+)"', page.text)
    assert found
    asked = etree.fromstring(base64.b64decode(unescape(found[1])))
    assert signatures.is_signed_by(asked, [certificate(sign_outs)])
    assert asked.findtext(f"{SAML}NameID") == "ada"


@pytest.mark.parametrize("details", [{"IDPSignout": "false"}, {"logout": ""}], ids=["off", "none"])
def test_otherwise_only_the_local_session_ends(saml_world: World, details: dict[str, str]) -> None:
    """As in Amazon Cognito; and a provider without a SingleLogoutService can be told nothing."""
    sign_outs = make_sign_outs(saml_world, **details)
    sign_outs.sign_in()
    answer = sign_outs.sign_out()
    while answer.status_code == 200:
        answer = sign_outs.journey.browser.get(onwards(answer), base_url=ORIGIN)
    assert answer.location == LOGOUT
    assert sign_outs.sessions() == 0


def test_the_person_is_told_where_the_provider_does_not_end_its_session(
    sign_outs: SignOuts,
) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    answer = response(sign_outs.here, asked.get("ID"), status="Responder")
    back = sign_outs.tell(query(answer, state), sign_outs.journey.browser)
    assert back.status_code == 400
    assert "You are signed out here" in back.text


# --- Theirs ends here ---------------------------------------------------------------------------


def test_a_request_ends_what_the_person_opened_and_is_answered(sign_outs: SignOuts) -> None:
    tokens = sign_outs.sign_in()
    assert not sign_outs.is_over(tokens)
    asked = request(sign_outs.here, "s1")
    assert sign_outs.world.user_info(tokens["access_token"]).status_code == 200
    answer = sign_outs.tell(query(asked, "x&y"))
    assert sign_outs.sessions() == 0
    assert sign_outs.world.user_info(tokens["access_token"]).status_code == 401
    assert sign_outs.is_over(tokens)
    assert sign_outs.world.rows(UpstreamSession) == []
    assert answer.status_code == 303
    address = redirect_binding.read(urlsplit(answer.location).query.partition("&")[2])
    assert address.is_signed_by([certificate(sign_outs)])
    assert address.relay_state == "x&y"
    told = etree.fromstring(address.xml)
    assert (told.get("InResponseTo"), told.get("Destination")) == (asked.get("ID"), SLO)
    assert told.find(f".//{PROTOCOL}StatusCode").get("Value").endswith(":Success")


def test_a_request_by_a_form_is_as_good(sign_outs: SignOuts) -> None:
    """In a frame at once, elsewhere past a page of ours, for our cookies."""
    tokens = sign_outs.sign_in()
    path, browser = urlsplit(sign_outs.here).path, sign_outs.world.browser()
    given = form(request(sign_outs.here))
    assert 'name="relayed"' in browser.post(path, data=given, base_url=ORIGIN).text
    assert not sign_outs.is_over(tokens)
    framed = {"Sec-Fetch-Dest": "iframe"}
    answer = browser.post(path, data=given, headers=framed, base_url=ORIGIN)
    assert answer.location.startswith(f"{SLO}&SAMLResponse=")
    assert sign_outs.is_over(tokens)


def test_the_answer_goes_to_the_response_location(saml_world: World) -> None:
    answers = ' ResponseLocation="https://idp.example.com/answers"'
    sign_outs = make_sign_outs(
        saml_world, SERVICE.format(REDIRECT, '"https://x.example/"', answers)
    )
    answer = sign_outs.tell(query(request(sign_outs.here)))
    assert answer.location.startswith("https://idp.example.com/answers?SAMLResponse=")


def test_an_answer_by_a_form_is_signed(saml_world: World) -> None:
    sign_outs = make_sign_outs(saml_world, BY_POST)
    page = sign_outs.tell(query(request(sign_outs.here), "relay"))
    assert 'name="SAMLResponse"' in page.text
    assert 'value="relay"' in page.text


def test_a_request_without_an_index_ends_all_of_the_person(sign_outs: SignOuts) -> None:
    browsers = [sign_outs.world.browser() for _ in range(3)]
    first = sign_outs.sign_in(browsers[0], session_index=' SessionIndex="a"')
    second = sign_outs.sign_in(browsers[1], session_index=' SessionIndex="b"')
    other = sign_outs.sign_in(browsers[2], name_id="grace", mail="grace@example.com")
    sign_outs.tell(query(request(sign_outs.here)))
    assert sign_outs.is_over(first)
    assert sign_outs.is_over(second)
    assert not sign_outs.is_over(other)


def test_a_request_with_an_index_ends_that_session_alone(sign_outs: SignOuts) -> None:
    first = sign_outs.sign_in(sign_outs.world.browser(), session_index=' SessionIndex="a"')
    second = sign_outs.sign_in(sign_outs.world.browser(), session_index=' SessionIndex="b"')
    sign_outs.tell(query(request(sign_outs.here, "b")))
    assert not sign_outs.is_over(first)
    assert sign_outs.is_over(second)


def test_the_name_may_be_encrypted(sign_outs: SignOuts) -> None:
    tokens = sign_outs.sign_in()
    asked = request(sign_outs.here)
    encrypt_name(asked, sign_outs.journey.certificate)
    assert ">ada<" not in etree.tostring(asked, encoding="unicode")
    assert sign_outs.post(form(asked)).status_code == 303
    assert sign_outs.is_over(tokens)


def test_the_key_of_the_name_may_stand_beside_it(sign_outs: SignOuts) -> None:
    """As Core §2.2.4 has it; a RetrievalMethod leads there."""
    tokens = sign_outs.sign_in()
    asked = request(sign_outs.here)
    encrypt_name(asked, sign_outs.journey.certificate)
    (key,) = elements(asked, f"{XENC}EncryptedKey")
    key.set("Id", "_key")
    info = key.getparent()
    place = {"URI": "#_key", "Type": f"{XENC.strip('{}')}EncryptedKey"}
    etree.SubElement(info, f"{DSIG}RetrievalMethod", place)
    asked.find(f"{SAML}EncryptedID").append(key)
    assert sign_outs.post(form(asked)).status_code == 303
    assert sign_outs.is_over(tokens)


def test_refresh_tokens_end_after_a_local_sign_out_too(saml_world: World) -> None:
    """They outlive the browser session, as on AWS; the provider's sign-out ends them as well."""
    sign_outs = make_sign_outs(saml_world, IDPSignout="false")
    tokens = sign_outs.sign_in()
    sign_outs.sign_out()
    assert not sign_outs.is_over(tokens)
    sign_outs.tell(query(request(sign_outs.here, "s1")))
    assert sign_outs.is_over(tokens)


def test_clients_that_follow_logouts_are_told(sign_outs: SignOuts) -> None:
    client = sign_outs.journey.client
    sign_outs.world.register(client, backchannel_logout_uri="https://app.example/bcl")
    sign_outs.sign_in()
    (session,) = sign_outs.world.rows(BrowserSession)
    sign_outs.tell(query(request(sign_outs.here)))
    (notice,) = sign_outs.world.rows(LogoutNotice)
    assert (notice.client_id, notice.browser_session_id) == (client.id, session.session_id)


def test_a_person_without_a_session_is_signed_out_already(sign_outs: SignOuts) -> None:
    """The provider's chain of sign-outs must not break at us, whatever has ended here before."""
    assert sign_outs.tell(query(request(sign_outs.here))).status_code == 303


def test_without_a_service_for_the_answer_the_person_sees_a_page(saml_world: World) -> None:
    sign_outs = make_sign_outs(saml_world, "")
    tokens = sign_outs.sign_in()
    page = sign_outs.tell(query(request(sign_outs.here)))
    assert "You are signed out" in page.text
    assert sign_outs.is_over(tokens)


def test_at_the_root_the_browser_says_which_pool_is_meant(sign_outs: SignOuts) -> None:
    """As Amazon Cognito's own address, which names no pool."""
    tokens = sign_outs.sign_in()
    here = f"{ORIGIN}/saml2/logout"
    asked = query(request(here))
    nobody = sign_outs.world.browser().get(f"/saml2/logout?{asked}", base_url=ORIGIN)
    assert nobody.status_code == 400
    answer = sign_outs.journey.browser.get(f"/saml2/logout?{asked}", base_url=ORIGIN)
    assert answer.status_code == 303
    assert "poolgate-session" in answer.headers["Set-Cookie"]
    assert sign_outs.is_over(tokens)
