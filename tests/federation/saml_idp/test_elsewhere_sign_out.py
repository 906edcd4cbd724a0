"""A person from another SAML provider signs out at an application: all three hear of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from federation.saml import redirect_binding
from federation.saml.logout_messages import LogoutResponse
from idp.models import BrowserSession
from tests.attacks.saml.conftest import make_journey
from tests.attacks.saml.identity_provider import ENTITY_ID as PROVIDER
from tests.attacks.saml.identity_provider import metadata, response, sign, signing_key
from tests.attacks.saml.logout_messages import BY_REDIRECT, inflated, query
from tests.attacks.saml.logout_messages import request as logout_request
from tests.federation.saml_idp.conftest import saml_world
from tests.federation.saml_idp.elsewhere import application_of, left_for
from tests.federation.saml_idp.service_provider import LOGOUT, follow
from tests.federation.saml_idp.sign_outs import answer_of as application_answer
from tests.federation.saml_idp.sign_outs import ask_out, check_answer
from tests.idp.oauth.world import ORIGIN, World

__all__ = ["saml_world"]


def parameters(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


def test_the_way_leads_past_the_provider_and_back_to_the_application(saml_world: World) -> None:
    given = {"MetadataFile": metadata(logout=BY_REDIRECT), "IDPSignout": "true"}
    journey = make_journey(saml_world, **given)
    application, browser = application_of(journey), journey.browser
    auth = application.auth()
    asked = left_for(follow(browser, auth.login()).location)
    application.request_id = auth.get_last_request_id()
    document = response(asked)
    sign(document)
    taken = application.take(journey.come(asked, document))
    sent = ask_out(application, browser, taken)
    assert saml_world.rows(BrowserSession) == []
    there = browser.get(sent.location, base_url=ORIGIN)
    assert there.location.startswith("https://idp.example.com/")
    back = browser.get(answer_of(saml_world, there.location), base_url=ORIGIN)
    done = browser.get(back.location, base_url=ORIGIN)
    assert done.location.startswith(LOGOUT)
    check_answer(application, done)


def test_applications_hear_of_a_sign_out_at_the_provider_before_it_is_answered(
    saml_world: World,
) -> None:
    journey = make_journey(saml_world, MetadataFile=metadata(logout=BY_REDIRECT))
    application, browser = application_of(journey), journey.browser
    auth = application.auth()
    asked = left_for(follow(browser, auth.login()).location)
    application.request_id = auth.get_last_request_id()
    document = response(asked)
    sign(document)
    application.take(journey.come(asked, document))
    path = f"/{journey.client.pool_id}/saml2/logout"
    wanted = logout_request(ORIGIN + path)
    told = browser.get(f"{path}?{query(wanted, 'state')}", base_url=ORIGIN)
    assert saml_world.rows(BrowserSession) == []
    sent = browser.get(told.location, base_url=ORIGIN)
    back = browser.get(application_answer(application, sent), base_url=ORIGIN)
    done = browser.get(back.location, base_url=ORIGIN)
    assert done.location.startswith("https://idp.example.com/slo")
    given = parameters(done.location)
    assert given["RelayState"] == "state"
    assert inflated(given["SAMLResponse"]).get("InResponseTo") == wanted.get("ID")


def answer_of(world: World, location: str) -> str:
    """What the provider leads to, which has signed the person out."""
    given = parameters(location)
    request: Any = inflated(given["SAMLRequest"])
    pool_id = request.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer").rpartition(":")[2]
    here = f"{ORIGIN}/{pool_id}/saml2/logout"
    answer = LogoutResponse("_1", world.kernel.clock.now(), here, PROVIDER, request.get("ID"))
    return redirect_binding.location(
        here,
        redirect_binding.RESPONSE,
        answer.xml(),
        given["RelayState"],
        signing_key().private_pem,
    )
