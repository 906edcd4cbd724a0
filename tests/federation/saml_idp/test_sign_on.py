"""Sign-ins at applications, as python3-saml's own client takes them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from federation.saml_idp import keys
from idp.models import Group, GroupMember, SamlApplicationSession, User
from idp.user_pools.rules.key_rotation import Turn
from tests.federation.saml_idp.service_provider import (
    CONSUMER,
    ENTITY_ID,
    PERSISTENT,
    ServiceProvider,
    action,
    follow,
    posted,
    statuses,
    xml,
)
from tests.idp.oauth.world import ORIGIN, World

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
MFA = "https://refeds.org/profile/mfa"
SIGNED = {"authnRequestsSigned": True, "signatureAlgorithm": Names.RSA_SHA256}


def signed_in(application: ServiceProvider, **wishes: Any) -> Any:
    """The answer of a first sign-in, in a browser of its own."""
    browser = application.world.browser()
    return application.sign_in(browser, application.ask(browser, **wishes))


def test_a_person_signs_in_at_an_application(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(attributes=[{"name": "mail", "from": "email"}])
    browser = saml_world.browser()
    shown = application.ask(browser, "/page")
    assert "Lighthouse" in shown.text
    answer = application.sign_in(browser, shown)
    assert action(answer) == CONSUMER
    assert posted(answer)["RelayState"] == "/page"
    taken = application.take(answer)
    assert taken.get_attributes() == {"mail": ["ada@example.com"]}
    assert taken.get_nameid_format() == PERSISTENT
    (row,) = saml_world.rows(SamlApplicationSession)
    assert (taken.get_nameid(), taken.get_session_index()) == (row.name_id, row.id)


def test_the_page_that_posts_the_answer_leads_to_the_consumer_service_alone(
    application: ServiceProvider,
) -> None:
    application.register()
    answer = signed_in(application)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["form-action https://sp.example.com", "default-src 'none'"]
    assert answer.headers["Cache-Control"] == "no-store"
    application.register(leads_on=True)
    policy = signed_in(application).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "form-action" not in policy


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_what_is_signed_is_the_operators_choice(application: ServiceProvider, sign: str) -> None:
    application.register(sign=sign)
    application.security = {
        "wantMessagesSigned": sign != "assertion",
        "wantAssertionsSigned": sign != "response",
    }
    answer = signed_in(application)
    application.take(answer)
    assert xml(answer).count("<ds:Signature ") == (2 if sign == "both" else 1)


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_an_assertion_is_encrypted_to_the_certificate_of_the_metadata(
    application: ServiceProvider, sign: str
) -> None:
    application.register(
        encrypt_assertion=True, sign=sign, attributes=[{"name": "mail", "from": "email"}]
    )
    application.security = {"wantAssertionsEncrypted": True}
    answer = signed_in(application)
    assert "ada@example.com" not in xml(answer)
    assert "xmlenc11#aes256-gcm" in xml(answer)
    assert "rsa-oaep-mgf1p" in xml(answer)
    taken = application.take(answer)
    assert taken.get_attributes() == {"mail": ["ada@example.com"]}


def test_signed_requests_by_redirect_are_verified(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(require_signed_requests=True)
    application.security = SIGNED
    application.take(signed_in(application))


def test_the_second_application_gets_the_same_session_and_another_name(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    other = ServiceProvider(
        saml_world, application.pool_id, application.client_id, "urn:other", f"{CONSUMER}/other"
    )
    other.register()
    browser = saml_world.browser()
    first = application.take(application.sign_in(browser, application.ask(browser)))
    second = other.take(other.ask(browser))
    assert second.get_nameid() != first.get_nameid()


def test_a_name_and_a_session_stay_when_the_person_comes_again(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    first = application.take(application.sign_in(browser, application.ask(browser)))
    again = application.take(application.ask(browser))
    assert again.get_nameid() == first.get_nameid()
    assert again.get_session_index() == first.get_session_index()
    assert len(saml_world.rows(SamlApplicationSession)) == 1


def test_a_persistent_name_is_the_same_in_another_browser_and_a_transient_one_is_not(
    application: ServiceProvider,
) -> None:
    application.register()
    browser = application.world.browser()
    named = application.take(application.sign_in(browser, application.ask(browser)))
    names = {named.get_nameid(), application.take(signed_in(application)).get_nameid()}
    assert len(names) == 1
    application.register(name_id="transient")
    taken = [application.take(application.ask(browser)), application.take(signed_in(application))]
    again = application.take(application.ask(browser))
    assert again.get_nameid() == taken[0].get_nameid()
    assert len({each.get_nameid() for each in taken} - names) == 2
    assert {each.get_nameid_format() for each in taken} == {Names.NAMEID_TRANSIENT}


@pytest.mark.parametrize(
    ("kind", "name_format"),
    [("email", Names.NAMEID_EMAIL_ADDRESS), ("username", Names.NAMEID_UNSPECIFIED)],
)
def test_names_that_others_know(
    saml_world: World, application: ServiceProvider, kind: str, name_format: str
) -> None:
    application.register(name_id=kind)
    taken = application.take(signed_in(application))
    (user,) = saml_world.rows(User)
    expected = {"email": "ada@example.com", "username": user.username}
    assert (taken.get_nameid(), taken.get_nameid_format()) == (expected[kind], name_format)


def test_forced_authentication_asks_who_is_signed_in(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    application.sign_in(browser, application.ask(browser))
    shown = application.ask(browser, force_authn=True)
    assert "password" in shown.text
    application.take(application.sign_in(browser, shown))


def test_forced_authentication_does_not_depend_on_the_address_of_the_page(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    application.sign_in(browser, application.ask(browser))
    shown = application.ask(browser, force_authn=True)
    again = follow(browser, shown.request.full_path.replace("prompt", "x"))
    assert "password" in again.text


def test_a_passive_request_is_answered_or_told_that_nobody_is_there(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    browser = saml_world.browser()
    assert statuses(application.ask(browser, is_passive=True)) == ["Responder", "NoPassive"]
    application.sign_in(browser, application.ask(browser))
    application.take(application.ask(browser, is_passive=True))
    forced = application.ask(browser, is_passive=True, force_authn=True)
    assert statuses(forced) == ["Responder", "NoPassive"]


def test_errors_are_signed_and_bring_the_relay_state_back(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(sign="assertion")
    answer = application.ask(saml_world.browser(), "/page", is_passive=True)
    assert posted(answer)["RelayState"] == "/page"
    assert xml(answer).count("<ds:Signature ") == 1
    assert f'InResponseTo="{application.request_id}"' in xml(answer)


def test_the_class_that_is_wanted_is_stated(application: ServiceProvider) -> None:
    application.register()
    application.security = {"requestedAuthnContext": [Names.AC_PASSWORD]}
    assert f">{Names.AC_PASSWORD}<" in xml(signed_in(application))
    application.security = {}
    assert f">{Names.AC_PASSWORD_PROTECTED}<" in xml(signed_in(application))


def test_a_class_that_nobody_can_reach_is_refused_without_a_question(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    application.security = {"requestedAuthnContext": [Names.AC_KERBEROS]}
    answer = application.ask(saml_world.browser())
    assert statuses(answer) == ["Responder", "NoAuthnContext"]


def test_a_password_is_no_second_factor(saml_world: World, application: ServiceProvider) -> None:
    application.register()
    application.security = {"requestedAuthnContext": [MFA]}
    browser = saml_world.browser()
    shown = application.ask(browser)
    assert "password" in shown.text
    assert statuses(application.sign_in(browser, shown)) == ["Responder", "NoAuthnContext"]


def test_a_name_of_another_format_is_refused(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(name_id="persistent")
    application.security = {"sp_format": True}
    auth = application.auth()
    auth.get_settings().get_sp_data()["NameIDFormat"] = Names.NAMEID_EMAIL_ADDRESS
    answer = follow(saml_world.browser(), auth.login())
    assert statuses(answer) == ["Requester", "InvalidNameIDPolicy"]


def test_attributes_have_names_formats_groups_and_verified_addresses_only(
    saml_world: World, application: ServiceProvider
) -> None:
    uri = "urn:oid:0.9.2342.19200300.100.1.3"
    application.register(
        attributes=[
            {"name": uri, "name_format": "uri", "friendly_name": "mail", "from": "email"},
            {"name": "called", "from": "name"},
            {"name": "claimed", "from": "phone_number", "unverified": True},
            {"name": "phone", "from": "phone_number"},
            {"name": "groups", "from": "groups"},
            {"name": "id", "from": "sub"},
        ]
    )
    (user,) = saml_world.rows(User)
    saml_world.change_user(user.id, attributes={**user.attributes, "phone_number": "+441632960960"})
    join(saml_world, user, "staff", "editors")
    answer = signed_in(application)
    assert application.take(answer).get_attributes() == {
        uri: ["ada@example.com"],
        "called": ["Ada"],
        "claimed": ["+441632960960"],
        "groups": ["editors", "staff"],
        "id": [user.id],
    }
    named = etree.fromstring(xml(answer).encode()).find(f".//{SAML}Attribute")
    assert dict(named.attrib) == {
        "Name": uri,
        "NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "FriendlyName": "mail",
    }


def join(world: World, user: User, *names: str) -> None:
    now = world.kernel.clock.now()

    def unit(session: Any) -> None:
        for name in names:
            session.add(Group(pool_id=user.pool_id, name=name, created=now, modified=now))
            session.flush()
            session.add(GroupMember(pool_id=user.pool_id, group_name=name, user_id=user.id))

    world.kernel.database.write(unit)


def test_times_audience_and_recipient_are_stated(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(session_minutes=30)
    root = etree.fromstring(xml(signed_in(application)).encode())
    assertion = root.find(f"{SAML}Assertion")
    data = assertion.find(f".//{SAML}SubjectConfirmationData")
    assert (data.get("Recipient"), data.get("InResponseTo")) == (CONSUMER, application.request_id)
    assert assertion.findtext(f".//{SAML}Audience") == ENTITY_ID
    issuer = f"{ORIGIN}{application.place('metadata')}"
    assert {root.findtext(f"{SAML}Issuer"), assertion.findtext(f"{SAML}Issuer")} == {issuer}
    authn = assertion.find(f"{SAML}AuthnStatement")
    ends, began = (moment(authn, n) for n in ("SessionNotOnOrAfter", "AuthnInstant"))
    assert 1790 < (ends - began).total_seconds() <= 1810
    conditions = assertion.find(f"{SAML}Conditions")
    begins, ends = (moment(conditions, n) for n in ("NotBefore", "NotOnOrAfter"))
    assert (ends - begins).total_seconds() == 360


def moment(element: Any, name: str) -> datetime:
    return datetime.fromisoformat(element.get(name))


def test_the_second_consumer_service_is_chosen_by_its_index(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    application.consumer = f"{CONSUMER}/second"
    answer = signed_in(application)
    assert action(answer) == f"{CONSUMER}/second"
    application.take(answer)


def test_a_sign_in_begins_here_where_the_application_takes_such_ones(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(idp_initiated=True, default_relay_state="/home")
    browser = saml_world.browser()
    shown = follow(browser, f"{application.place('start')}?application={ENTITY_ID}")
    answer = application.sign_in(browser, shown)
    assert posted(answer)["RelayState"] == "/home"
    assert "InResponseTo" not in xml(answer)
    application.take(answer)


def test_a_sign_in_does_not_begin_here_elsewhere(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register()
    address = f"{application.place('start')}?application={ENTITY_ID}"
    refused = saml_world.browser().get(address, base_url=ORIGIN)
    assert refused.status_code == 400
    assert "the application begins its sign-ins itself" in refused.text


def test_a_pool_that_has_a_host_of_its_own_describes_that_and_keeps_its_name(
    saml_world: World, application: ServiceProvider
) -> None:
    saml_world.domain(application.pool_id, "login.example.org")
    origin = "http://login.example.org:8450"
    shown = saml_world.browser().get(application.place("metadata"), base_url=origin).text
    assert f'entityID="{ORIGIN}{application.place("metadata")}"' in shown
    assert f'Location="{origin}{application.place("sso")}"' in shown
    other = saml_world.pool()
    foreign = saml_world.browser().get(f"/saml2/idp/{other}/metadata", base_url=origin)
    assert foreign.status_code == 404


def test_a_client_for_pages_alone_is_enough(
    saml_world: World, application: ServiceProvider
) -> None:
    """It needs neither callback URLs nor a flow of OAuth."""
    client = saml_world.client(
        application.pool_id,
        AllowedOAuthFlowsUserPoolClient=False,
        AllowedOAuthFlows=[],
        AllowedOAuthScopes=[],
        CallbackURLs=[],
        LogoutURLs=[],
    )
    application.client_id = client.id
    application.register()
    application.take(signed_in(application))


def test_the_next_key_signs_without_a_change_at_the_application(
    saml_world: World, application: ServiceProvider
) -> None:
    """Its certificate stands in the metadata that the application already has."""
    application.register()
    application.known = application.provider_metadata
    before = signed_in(application)
    application.take(before)
    kernel = saml_world.kernel
    keys.carry_out(kernel.database, kernel.sealer, kernel.clock, application.pool_id, Turn.AT_ONCE)
    after = signed_in(application)
    application.take(after)
    certificates = [re.findall("X509Certificate>([^<]+)<", xml(each)) for each in (before, after)]
    assert certificates[0] != certificates[1]
    published = application.provider_metadata
    assert published.count("<md:KeyDescriptor") == 3
    saml_world.time.now += 8 * 86400
    assert application.provider_metadata.count("<md:KeyDescriptor") == 2


def test_the_metadata_is_valid_by_its_schema(application: ServiceProvider) -> None:
    answer = application.world.browser().get(application.place("metadata"), base_url=ORIGIN)
    assert answer.content_type == "application/samlmetadata+xml"
    found = OneLogin_Saml2_XML.validate_xml(answer.data, "saml-schema-metadata-2.0.xsd")
    assert not isinstance(found, str), found
