"""Requests that would bring an answer to somebody else, or that nobody sent."""

from __future__ import annotations

import pytest

from federation.saml import redirect_binding
from federation.saml_idp import applications
from idp.models import UserPool
from tests.attacks.saml_idp.conftest import (
    Attacker,
    deflated,
    is_sign_in_page,
    moment,
    refused,
    signed,
)
from tests.federation.saml_idp.service_provider import (
    CONSUMER,
    ServiceProvider,
    key,
    metadata,
    posted,
    statuses,
)
from tests.idp.oauth.world import ORIGIN


def test_an_honest_request_leads_to_the_sign_in(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register(require_signed_requests=True)
    assert is_sign_in_page(attacker.redirect(attacker.xml(), key()))
    assert is_sign_in_page(attacker.post(signed(attacker.xml(), key())))


ELSEWHERE = (
    "https://evil.example/acs",
    "https://sp.example.com/saml/acs/",
    "https://sp.example.com/saml/acs?x",
    "https://SP.example.com/saml/acs",
    "https://sp.example.com/saml/acs/../acs",
    "javascript:alert(1)",
    "",
)


def test_an_answer_goes_to_no_address_that_the_metadata_does_not_have(
    attacker: Attacker, application: ServiceProvider
) -> None:
    """Not even for a request that the application has signed, and not with an error."""
    application.register()
    for consumer in ELSEWHERE:
        for more in ("", ' IsPassive="true"'):
            xml = attacker.xml(consumer=consumer, more=more)
            refused(attacker.redirect(xml, key()), "not in the application&#39;s metadata")


def test_an_index_that_the_metadata_does_not_have_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    for index in ("3", "-1", "0", "١", "1e0", " 1"):
        xml = attacker.xml().replace(
            f'AssertionConsumerServiceURL="{CONSUMER}"', f'AssertionConsumerServiceIndex="{index}"'
        )
        refused(attacker.redirect(xml), "not in the application&#39;s metadata")
    both = attacker.xml(more=' AssertionConsumerServiceIndex="1"')
    refused(attacker.redirect(both), "exclude each other")


@pytest.mark.parametrize("said", ["", "true"])
def test_what_must_be_signed_is_refused_unsigned(
    attacker: Attacker, application: ServiceProvider, said: str
) -> None:
    """Whether the operator says so or the metadata."""
    if said:
        application.register(require_signed_requests=True)
    else:
        application.register({"signs": "true"})
    refused(attacker.redirect(attacker.xml()), "must be signed")
    refused(attacker.post(attacker.xml()), "must be signed")


def test_another_applications_signature_is_refused_even_where_none_is_needed(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    other = ServiceProvider(
        application.world,
        application.pool_id,
        application.client_id,
        "urn:other",
        "https://other.example/acs",
        key=key("other"),
    )
    other.register()
    for answer in (
        attacker.redirect(attacker.xml(), key("other")),
        attacker.post(signed(attacker.xml(), key("other"))),
    ):
        refused(answer, "signature is not the application")


def test_a_signature_is_over_the_relay_state_and_the_algorithm(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register(require_signed_requests=True)
    location = redirect_binding.location(
        attacker.here, "SAMLRequest", attacker.xml().encode(), "/page", key().private_key
    )
    for before, after in (
        ("RelayState=%2Fpage", "RelayState=%2Fevil"),
        ("RelayState=%2Fpage&", ""),
        ("rsa-sha256", "rsa-sha512"),
        ("rsa-sha256", "rsa-sha1"),
        ("xmldsig-more%23rsa-sha256", "xmldsig-more%23hmac-sha256"),
        ("&SigAlg=", "&SigAlg2="),
    ):
        assert before in location
        altered = location.replace(before, after)
        refused(attacker.browser.get(altered, base_url=ORIGIN))


def test_a_signature_in_the_message_is_none_of_a_redirect(
    attacker: Attacker, application: ServiceProvider
) -> None:
    """Bindings §3.4.4.1: one that was posted cannot be taken for one of an address."""
    application.register(require_signed_requests=True)
    refused(attacker.redirect(signed(attacker.xml(), key())), "no place for")


def test_parameters_twice_are_refused(attacker: Attacker, application: ServiceProvider) -> None:
    """The one that is verified and the one that is read could differ."""
    application.register()
    location = redirect_binding.location(
        attacker.here, "SAMLRequest", attacker.xml().encode(), "/page", key().private_key
    )
    for more in ("&RelayState=%2Fevil", f"&SAMLRequest={deflated(b'<x/>')}", "&SAMLResponse=eA"):
        refused(attacker.browser.get(location + more, base_url=ORIGIN))


def test_a_signed_part_wrapped_into_another_request_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    """XSW: what is read must be what was signed."""
    application.register(require_signed_requests=True)
    honest = signed(attacker.xml(), key())
    inner = honest.replace("<?xml version='1.0' encoding='ASCII'?>", "")
    signature = inner[inner.index("<ds:Signature") : inner.index("</ds:Signature>") + 15]
    bare = inner.replace(signature, "")
    outer = attacker.xml(consumer=f"{CONSUMER}/second", inside=inner)
    with_object = attacker.xml(inside=signature.replace("</ds:Signature>", "") +
                               f"<ds:Object>{bare}</ds:Object></ds:Signature>")  # fmt: skip
    extensions = f"<samlp:Extensions>{bare}</samlp:Extensions>"
    beside = attacker.xml(inside=signature + extensions)
    for wrapped in (outer, with_object, beside):
        refused(attacker.post(wrapped))


def test_a_request_is_good_once(attacker: Attacker, application: ServiceProvider) -> None:
    """One that is signed: what is not signed anybody can write anew."""
    application.register()
    xml = attacker.xml()
    assert is_sign_in_page(attacker.redirect(xml, key()))
    refused(attacker.redirect(xml, key()), "the request was used before")
    refused(attacker.post(signed(xml, key())), "the request was used before")


def test_an_old_request_is_refused(attacker: Attacker, application: ServiceProvider) -> None:
    """For as long as a replay is remembered."""
    application.register()
    for seconds in (-3600, 3600):
        refused(attacker.redirect(attacker.xml(issued=moment(seconds))), "not issued just now")
    for time in ("", "yesterday", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        refused(attacker.redirect(attacker.xml(issued=time)))


def test_a_request_for_another_place_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    elsewhere = attacker.xml(destination=' Destination="https://evil.example/sso"')
    refused(attacker.redirect(elsewhere), "the request is not for")
    # Unsigned it may leave it out, signed it must not (Bindings §3.4.5.2).
    assert is_sign_in_page(attacker.redirect(attacker.xml(destination="")))
    refused(attacker.redirect(attacker.xml(destination=""), key()), "the request is not for")


def test_a_request_of_nobody_is_refused(attacker: Attacker, application: ServiceProvider) -> None:
    application.register()
    for issuer in ("urn:nobody", "", "urn:oasis' OR 1=1 --", "\u202e", "x" * 60_000):
        refused(attacker.redirect(attacker.xml(issuer=issuer)))
    place = application.place("start")
    for name in ("", "%00", "%ff", "urn:nobody", "x" * 2000):
        query = f"{place}?application={name}"
        refused(attacker.browser.get(query, base_url=ORIGIN), "not registered")


def test_what_is_asked_for_does_not_lengthen_the_address_of_the_page(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    classes = "".join(
        f"<saml:AuthnContextClassRef>{each}</saml:AuthnContextClassRef>"
        for each in ("x" * 3000, "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "y" * 3000)
    )
    wish = f"<samlp:RequestedAuthnContext>{classes}</samlp:RequestedAuthnContext>"
    answer = attacker.redirect(attacker.xml(inside=wish))
    assert is_sign_in_page(answer)
    assert len(answer.location) < 1500


NO_REQUESTS = (
    '<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
    '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><l>&c;</l>',
    "<x/>",
    "no xml",
    "",
    "<samlp:AuthnRequest/>",
    "\x00",
    "<a>" * 100 + "</a>" * 100,
    f"<a>{'<b/>' * 6000}</a>",
)


def test_what_is_no_request_is_refused(attacker: Attacker, application: ServiceProvider) -> None:
    application.register()
    for xml in NO_REQUESTS:
        refused(attacker.redirect(xml))
        refused(attacker.post(xml))


def test_a_document_type_in_front_of_an_honest_request_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    refused(attacker.post(f'<!DOCTYPE x [<!ENTITY e "x">]>{attacker.xml()}'))


def test_a_request_that_inflates_beyond_its_bounds_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    """A thousandfold: it is never unpacked as a whole."""
    application.register()
    bomb = deflated(b"<a>" + b" " * 20_000_000 + b"</a>")
    assert len(bomb) < 32_768
    refused(attacker.query({"SAMLRequest": bomb}), "too large")
    refused(attacker.query({"SAMLRequest": "A" * 40_000}), "too large")
    refused(attacker.query({"SAMLRequest": "%%%"}), "not base64")
    refused(attacker.query({"SAMLRequest": "eHh4"}))
    encoding = {"SAMLEncoding": "urn:other", "SAMLRequest": deflated(attacker.xml().encode())}
    refused(attacker.query(encoding), "not known")
    refused(attacker.post(attacker.xml(inside=" " * 70_000)), "too large")


def test_a_relay_state_cannot_leave_its_place_in_the_form(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    sly = "\"><script>alert('1')</script><input value=\""
    answer = attacker.redirect(attacker.xml(more=' IsPassive="true"'), relay_state=sly)
    assert statuses(answer) == ["Responder", "NoPassive"]
    assert "<script>alert" not in answer.text
    assert posted(answer)["RelayState"] == sly


def test_a_relay_state_is_short_and_of_one_line(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    for relay_state in ("x" * 81, "é" * 41, "a\nb", "a\r\nSet-Cookie: x=y", "\x00"):
        refused(attacker.redirect(attacker.xml(), relay_state=relay_state), "RelayState is longer")


WISHES = (
    (' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"', "",
     "UnsupportedBinding"),
    ("", "<saml:Subject><saml:NameID>eve</saml:NameID></saml:Subject>", "RequestUnsupported"),
    ("", '<samlp:NameIDPolicy SPNameQualifier="urn:other"/>', "InvalidNameIDPolicy"),
    ("", '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"/>',
     "InvalidNameIDPolicy"),
    ("", "<samlp:RequestedAuthnContext><saml:AuthnContextDeclRef>urn:x"
     "</saml:AuthnContextDeclRef></samlp:RequestedAuthnContext>", "RequestUnsupported"),
    ("", '<samlp:RequestedAuthnContext Comparison="better"><saml:AuthnContextClassRef>'
     "https://refeds.org/profile/mfa</saml:AuthnContextClassRef>"
     "</samlp:RequestedAuthnContext>", "NoAuthnContext"),
)  # fmt: skip


def test_a_wish_that_cannot_be_granted_is_answered_with_its_status(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    for more, inside, status in WISHES:
        assert statuses(attacker.redirect(attacker.xml(more=more, inside=inside)))[1] == status


RIDDLES = (
    (' ForceAuthn="yes"', ""),
    (' IsPassive="TRUE"', ""),
    ("", '<samlp:RequestedAuthnContext Comparison="worse"/>'),
    ("", "<samlp:RequestedAuthnContext>"
     + "<saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef>" * 21
     + "</samlp:RequestedAuthnContext>"),
    ("", "<saml:Issuer>urn:second</saml:Issuer>"),
)  # fmt: skip


def test_a_request_that_cannot_be_understood_is_refused(
    attacker: Attacker, application: ServiceProvider
) -> None:
    application.register()
    for more, inside in RIDDLES:
        refused(attacker.redirect(attacker.xml(more=more, inside=inside)))


def test_a_response_is_no_request(attacker: Attacker, application: ServiceProvider) -> None:
    application.register()
    refused(attacker.query({"SAMLResponse": deflated(attacker.xml().encode())}))


def test_metadata_that_is_over_signs_nobody_in(
    attacker: Attacker, application: ServiceProvider
) -> None:
    text = metadata().replace("entityID", f'validUntil="{moment(60)}" entityID')
    world = application.world
    world.kernel.database.write(
        lambda session: applications.register(
            session,
            session.get_one(UserPool, application.pool_id),
            text,
            {"client_id": application.client_id},
            world.kernel.clock,
        )
    )
    assert is_sign_in_page(attacker.redirect(attacker.xml()))
    world.time.now += 600
    refused(attacker.redirect(attacker.xml()), "not registered")
