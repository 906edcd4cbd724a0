"""Sign-ins that would name somebody to an application who is not there, or tell too much."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.models import BrowserSession, User
from idp.oauth.provider import Provider
from idp.user_pools.services import revocation
from tests.attacks.saml_idp.conftest import Attacker, is_sign_in_page, make_application, refused
from tests.federation.saml_idp.service_provider import (
    CONSUMER,
    ServiceProvider,
    follow,
    key,
    statuses,
    xml,
)
from tests.idp.oauth.world import ORIGIN, World


def test_a_disabled_person_is_not_signed_in_by_the_session_that_is_left(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    application.sign_in(browser, application.ask(browser))
    (user,) = saml_world.rows(User)
    saml_world.change_user(user.id, enabled=False)
    shown = application.ask(browser)
    assert "password" in shown.text
    again = application.sign_in(browser, shown)
    assert "SAMLResponse" not in again.text


def test_a_session_of_another_pool_signs_nobody_in(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    other = make_application(saml_world, entity_id="urn:other")
    other.register()
    browser = saml_world.browser()
    other.sign_in(browser, other.ask(browser))
    assert "password" in application.ask(browser).text


def test_an_application_of_one_pool_is_unknown_at_another(
    attacker: Attacker, saml_world: World, application: ServiceProvider
) -> None:
    application.register(require_signed_requests=True)
    other = make_application(saml_world)
    attacker.application = other
    refused(attacker.redirect(attacker.xml(), key()), "not registered")


def test_a_host_of_another_pool_serves_nothing(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    other = make_application(saml_world)
    saml_world.domain(other.pool_id, "login.example.org")
    foreign = "http://login.example.org:8450"
    for place in ("sso", "slo", "start", "metadata", "signed-out"):
        answer = saml_world.browser().get(application.place(place), base_url=foreign)
        assert answer.status_code == 404
    shown = application.ask(saml_world.browser())
    page = saml_world.browser().get(shown.request.full_path, base_url=foreign)
    refused(page, "of another pool")


def test_no_pool_and_no_other_path_is_an_endpoint(saml_world: World) -> None:
    for pool_id in ("us-east-1_Nobody", "..%2f..", "x" * 500):
        answer = saml_world.browser().get(f"/saml2/idp/{pool_id}/metadata", base_url=ORIGIN)
        assert answer.status_code == 404


def test_what_was_asked_cannot_be_changed_at_the_pages(
    saml_world: World, application: ServiceProvider
) -> None:
    """It is sealed: another consumer service, another application, no forced sign-in."""
    application.register()
    path = application.ask(saml_world.browser()).request.full_path
    token = parse_qs(urlsplit(path).query)["saml"][0]
    for altered in (token[:-4] + "AAAA", token[:40], "", "é", "A" * 5000):
        page = saml_world.browser().get(f"/login?{urlencode({'saml': altered})}", base_url=ORIGIN)
        refused(page)


def test_a_sealed_value_of_another_purpose_is_no_request(
    saml_world: World, application: ServiceProvider
) -> None:
    value = ["us-east-1_x", "session", "/"]
    token = saml_world.kernel.sealer.seal_token(value, "saml-signed-out", 600)
    page = saml_world.browser().get(f"/login?{urlencode({'saml': token})}", base_url=ORIGIN)
    refused(page, "not of a sign-in that goes on")


def test_a_request_ends_after_an_hour_and_with_the_application(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    path = application.ask(browser).request.full_path
    application.register({"consumer": f"{CONSUMER}/new"})
    assert browser.get(path, base_url=ORIGIN).status_code == 200  # it goes to the new address
    saml_world.time.now += 3601
    refused(browser.get(path, base_url=ORIGIN), "not of a sign-in that goes on")


def test_a_session_that_ends_in_the_same_moment_leaves_no_assertion(
    saml_world: World, application: ServiceProvider, attacker: Attacker, monkeypatch: Any
) -> None:
    application.register()
    browser = attacker.browser
    application.sign_in(browser, application.ask(browser))
    (row,) = saml_world.rows(BrowserSession)
    found = Provider.signed_in

    def ends(self: Provider, pool_id: str) -> Any:
        present = found(self, pool_id)
        now = saml_world.kernel.clock.now()
        saml_world.kernel.database.write(
            revocation.end_browser_session, row.user_id, row.session_id, now
        )
        return present

    monkeypatch.setattr(Provider, "signed_in", ends)
    assert is_sign_in_page(attacker.redirect(attacker.xml()))


def test_an_address_that_nobody_verified_names_nobody(
    saml_world: World, application: ServiceProvider
) -> None:
    """Or anybody could be taken for its owner."""
    application.register(name_id="email", attributes=[{"name": "mail", "from": "email"}])
    browser = saml_world.browser()
    shown = application.ask(browser)
    (user,) = saml_world.rows(User)
    attributes = {**user.attributes, "email_verified": "false"}
    saml_world.change_user(user.id, attributes=attributes)
    answer = application.sign_in(browser, shown)
    assert statuses(answer) == ["Responder", "UnknownPrincipal"]
    application.register(name_id="persistent", attributes=[{"name": "mail", "from": "email"}])
    assert "ada@example.com" not in xml(application.ask(browser))


def test_an_attribute_cannot_leave_its_element(
    saml_world: World, application: ServiceProvider
) -> None:
    """Nor end an answer with an error of ours, whatever characters a person has chosen."""
    application.register(attributes=[{"name": "name", "from": "name"}])
    browser = saml_world.browser()
    (user,) = saml_world.rows(User)
    sly = '</saml:AttributeValue><saml:AttributeValue a="1">admin<!-- -->&amp;]]>'
    saml_world.change_user(user.id, attributes={**user.attributes, "name": sly})
    answer = application.sign_in(browser, application.ask(browser))
    assert application.take(answer).get_attributes() == {"name": [sly]}
    saml_world.change_user(user.id, attributes={**user.attributes, "name": "a\x00b\x0b"})
    assert application.take(application.ask(browser)).get_attributes() == {}


def test_names_of_two_applications_cannot_be_linked(
    saml_world: World, application: ServiceProvider
) -> None:
    """Nor made by who knows the person's id: they depend on a secret of the pool."""
    application.register()
    names = set()
    browser = saml_world.browser()
    for entity_id in ("urn:a", "urn:b"):
        each = ServiceProvider(
            saml_world, application.pool_id, application.client_id, entity_id, CONSUMER
        )
        each.register()
        shown = each.ask(browser)
        is_page = 'name="password"' in shown.text
        taken = each.take(each.sign_in(browser, shown) if is_page else shown)
        names.add(taken.get_nameid())
    (user,) = saml_world.rows(User)
    assert len(names) == 2
    assert not any(user.id in name or user.username in name for name in names)


def test_a_start_with_parameters_of_a_stranger_leads_to_the_registered_address(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(idp_initiated=True)
    query = urlencode(
        {
            "application": application.entity_id,
            "RelayState": "https://evil.example",
            "AssertionConsumerServiceURL": "https://evil.example",
        }
    )
    browser = saml_world.browser()
    shown = follow(browser, f"{application.place('start')}?{query}")
    answer = application.sign_in(browser, shown)
    assert "evil.example" not in answer.text
