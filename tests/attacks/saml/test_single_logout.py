"""Sign-outs that nobody asked for, and ways to lead a signed-out person astray."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
import xmlsec
from lxml import etree
from werkzeug.test import TestResponse

from federation.saml.single_logout import MOST_FETCHED
from federation.saml.times import LEEWAY, OLDEST
from tests.attacks.saml.conftest import add_provider, make_journey
from tests.attacks.saml.identity_provider import (
    DSIG,
    PROTOCOL,
    SAML,
    encrypt_name,
    metadata,
    moment,
    sign,
    signing_key,
)
from tests.attacks.saml.logout_messages import (
    BY_REDIRECT,
    form,
    plain_form,
    plain_query,
    query,
    request,
    response,
    signature,
)
from tests.attacks.saml.publisher import Publisher, publisher
from tests.attacks.saml.sign_outs import SignOuts, make_sign_outs, sign_outs
from tests.idp.oauth.world import LOGOUT, ORIGIN, World

__all__ = ["publisher", "sign_outs"]

Element = Any
EVIL = "https://evil.example/"


@pytest.fixture
def tokens(sign_outs: SignOuts) -> dict[str, Any]:
    return sign_outs.sign_in()


def is_refused(sign_outs: SignOuts, tokens: dict[str, Any], answer: TestResponse) -> bool:
    """With a page, and Ada goes on."""
    assert answer.status_code == 400, answer.headers
    assert sign_outs.sessions() == 1
    return not sign_outs.is_over(tokens)


# --- Requests: who sent them --------------------------------------------------------------------


def test_an_unsigned_request_ends_nothing(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    asked = request(sign_outs.here)
    assert is_refused(sign_outs, tokens, sign_outs.tell(plain_query(asked)))
    assert is_refused(sign_outs, tokens, sign_outs.post(plain_form(asked)))


@pytest.mark.parametrize("left", ["SigAlg", "Signature"])
def test_a_signature_that_was_stripped_is_missed(
    sign_outs: SignOuts, tokens: dict[str, Any], left: str
) -> None:
    parts = query(request(sign_outs.here), "state").split("&")
    stripped = "&".join(part for part in parts if not part.startswith(f"{left}="))
    assert is_refused(sign_outs, tokens, sign_outs.tell(stripped))


def test_another_key_is_not_the_providers(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    asked, other = request(sign_outs.here), signing_key("mallory.example")
    assert is_refused(sign_outs, tokens, sign_outs.tell(query(asked, key=other)))
    assert is_refused(sign_outs, tokens, sign_outs.post(form(asked, key=other)))


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "",
        "none",
    ],
)
def test_the_message_does_not_choose_a_weak_algorithm(
    sign_outs: SignOuts, tokens: dict[str, Any], algorithm: str
) -> None:
    told = query(request(sign_outs.here), algorithm=algorithm)
    assert is_refused(sign_outs, tokens, sign_outs.tell(told))


def test_a_form_signed_with_sha_1_is_refused(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    asked = request(sign_outs.here)
    sign(asked, method=xmlsec.constants.TransformRsaSha1, digest=xmlsec.constants.TransformSha1)
    assert is_refused(sign_outs, tokens, sign_outs.post(plain_form(asked)))


def test_a_parameter_that_was_exchanged_breaks_the_signature(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    told = query(request(sign_outs.here, "another"), "state")
    forged = plain_query(request(sign_outs.here), "state").partition("&")[0]
    parts = [forged, *told.split("&")[1:]]
    assert is_refused(sign_outs, tokens, sign_outs.tell("&".join(parts)))
    moved = told.replace("RelayState=state", "RelayState=other")
    assert is_refused(sign_outs, tokens, sign_outs.tell(moved))


def test_the_order_of_the_address_is_not_the_order_that_is_signed(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    """§3.4.4.1 fixes the order: signed in another one it is refused, sent in another one it is
    the same message."""
    parts = plain_query(request(sign_outs.here), "state").split("&")
    algorithm = f"SigAlg={quote_plus('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}"
    other = "&".join([algorithm, *reversed(parts)])
    told = f"{other}&Signature={quote_plus(signature(other))}"
    assert is_refused(sign_outs, tokens, sign_outs.tell(told))
    good = query(request(sign_outs.here), "state").split("&")
    assert sign_outs.tell("&".join(reversed(good))).status_code == 303
    assert sign_outs.is_over(tokens)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: f"{told}&{told.partition('&')[0]}",
        lambda told: f"{told}&RelayState=another",
        lambda told: f"{told}&SAMLResponse=PGE%2B",
        lambda told: f"{told}&SAMLEncoding=urn%3Aother",
        lambda told: told.replace("SAMLRequest", "SAML%52equest"),
        lambda told: f"{told}&x={'x' * 40_000}",
    ],
    ids=["twice", "relay state twice", "both", "encoding", "escaped name", "long"],
)
def test_an_address_that_reads_in_two_ways_is_refused(
    sign_outs: SignOuts, tokens: dict[str, Any], change: Callable[[str], str]
) -> None:
    told = query(request(sign_outs.here), "state")
    assert is_refused(sign_outs, tokens, sign_outs.tell(change(told)))


def test_a_signature_inside_of_an_address_counts_for_nothing(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    asked = request(sign_outs.here)
    sign(asked)
    assert is_refused(sign_outs, tokens, sign_outs.tell(plain_query(asked)))
    assert is_refused(sign_outs, tokens, sign_outs.tell(query(asked)))


# --- Requests: what was signed ------------------------------------------------------------------


def _evil(signed: Element) -> Element:
    evil = deepcopy(signed)
    evil.set("ID", "_evil")
    evil.remove(evil.find(f"{DSIG}Signature"))
    evil.find(f"{SAML}NameID").text = "ada"
    return evil


def _wrapped_in_signature(signed: Element) -> Element:
    evil, moved = _evil(signed), deepcopy(signed.find(f"{DSIG}Signature"))
    bare = deepcopy(signed)
    bare.remove(bare.find(f"{DSIG}Signature"))
    moved.append(bare)
    evil.insert(1, moved)
    return evil


def _wrapped_in_object(signed: Element) -> Element:
    evil, moved = _evil(signed), deepcopy(signed.find(f"{DSIG}Signature"))
    bare = deepcopy(signed)
    bare.remove(bare.find(f"{DSIG}Signature"))
    etree.SubElement(moved, f"{DSIG}Object").append(bare)
    evil.insert(1, moved)
    return evil


def _wrapped_in_extensions(signed: Element) -> Element:
    evil = _evil(signed)
    extensions = etree.Element(f"{PROTOCOL}Extensions")
    extensions.append(deepcopy(signed))
    evil.insert(1, extensions)
    return evil


def _beside(signed: Element) -> Element:
    evil, moved = _evil(signed), deepcopy(signed.find(f"{DSIG}Signature"))
    evil.insert(1, moved)
    bare = deepcopy(signed)
    bare.remove(bare.find(f"{DSIG}Signature"))
    evil.append(bare)
    return evil


def _same_id(signed: Element) -> Element:
    evil = _beside(signed)
    evil.set("ID", signed.get("ID"))
    return evil


def _two_names(signed: Element) -> Element:
    name = deepcopy(signed.find(f"{SAML}NameID"))
    name.text = "ada"
    signed.find(f"{SAML}NameID").addprevious(name)
    return signed


def _other_name(signed: Element) -> Element:
    signed.find(f"{SAML}NameID").text = "ada"
    return signed


@pytest.mark.parametrize(
    "wrap",
    [
        _wrapped_in_signature,
        _wrapped_in_object,
        _wrapped_in_extensions,
        _beside,
        _same_id,
        _two_names,
        _other_name,
    ],
)
def test_a_wrapped_request_ends_nothing(
    sign_outs: SignOuts, tokens: dict[str, Any], wrap: Callable[[Element], Element]
) -> None:
    """A request that the provider signed for Mallory, with Ada's name where it would be read."""
    asked = request(sign_outs.here, name_id="mallory")
    sign(asked)
    assert is_refused(sign_outs, tokens, sign_outs.post(plain_form(wrap(asked))))


@pytest.mark.parametrize(
    "name", ["mallory", "ada<!-- x -->.evil", "ADA", "Office_ada"], ids=range(4)
)
def test_somebody_elses_name_ends_nothing_of_ada(
    sign_outs: SignOuts, tokens: dict[str, Any], name: str
) -> None:
    """Comments are no end of a name (CVE-2018-0489 and its kin)."""
    asked = request(sign_outs.here, name_id=name)
    assert sign_outs.post(form(asked)).status_code == 303
    assert not sign_outs.is_over(tokens)


def test_anothers_session_is_not_ended_by_its_index(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    asked = request(sign_outs.here, "s1", name_id="mallory")
    assert sign_outs.tell(query(asked)).status_code == 303
    assert not sign_outs.is_over(tokens)


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"issuer": "https://mallory.example/saml"},
        lambda: {"destination": f"{ORIGIN}/saml2/logout"},
        lambda: {"destination": f"{EVIL}saml2/logout"},
        lambda: {"issued": moment(-OLDEST - LEEWAY - 5)},
        lambda: {"issued": moment(LEEWAY + 60)},
        lambda: {"issued": "yesterday"},
        lambda: {"ends": f' NotOnOrAfter="{moment(-LEEWAY - 5)}"'},
        lambda: {"qualifier": ' SPNameQualifier="urn:amazon:cognito:sp:us-east-1_other"'},
        lambda: {"name_id": " "},
        lambda: {"indexes": "<samlp:SessionIndex>s</samlp:SessionIndex>" * 101},
    ],
    ids=["issuer", "pool", "host", "old", "future", "time", "over", "other pool", "name", "many"],
)
def test_a_request_must_say_what_is_true(
    sign_outs: SignOuts, tokens: dict[str, Any], change: Callable[[], dict[str, str]]
) -> None:
    asked = request(sign_outs.here, **change())
    assert is_refused(sign_outs, tokens, sign_outs.tell(query(asked)))
    assert is_refused(sign_outs, tokens, sign_outs.post(form(asked)))


def test_a_request_is_good_once(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    told = query(request(sign_outs.here))
    assert sign_outs.tell(told).status_code == 303
    again = sign_outs.sign_in()
    assert is_refused(sign_outs, again, sign_outs.tell(told))


def test_a_request_for_one_pool_ends_nothing_in_another(
    saml_world: World, sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    """Both trust the provider, which calls Ada the same in both."""
    other = SignOuts(make_journey(saml_world, MetadataFile=metadata(logout=BY_REDIRECT)))
    told = query(request(other.here))
    assert is_refused(sign_outs, tokens, sign_outs.tell(told))
    assert other.tell(told).status_code == 303
    assert not sign_outs.is_over(tokens)


def test_a_response_is_no_request_and_a_request_no_response(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    asked = form(request(sign_outs.here))["SAMLRequest"]
    assert sign_outs.post({"SAMLResponse": asked}).status_code == 400
    answer = form(response(sign_outs.here, "_x"))["SAMLResponse"]
    assert is_refused(sign_outs, tokens, sign_outs.post({"SAMLRequest": answer}))


def test_a_name_that_cannot_be_decrypted_ends_nothing(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    asked = request(sign_outs.here)
    encrypt_name(asked, signing_key("somebody else").certificate)
    assert is_refused(sign_outs, tokens, sign_outs.post(form(asked)))


@pytest.mark.parametrize(
    "ways",
    [
        {"transport": xmlsec.constants.TransformRsaPkcs1},
        {"cipher": xmlsec.constants.TransformAes256Cbc},
    ],
    ids=["RSA-1.5", "CBC"],
)
def test_a_name_encrypted_in_a_weak_way_is_not_decrypted(
    sign_outs: SignOuts, tokens: dict[str, Any], ways: dict[str, Any]
) -> None:
    asked = request(sign_outs.here)
    encrypt_name(asked, sign_outs.journey.certificate, **ways)
    assert is_refused(sign_outs, tokens, sign_outs.post(form(asked)))


def test_a_bomb_is_not_inflated(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    asked = request(sign_outs.here, indexes=f"<!--{'x' * 9_000_000}-->")
    assert is_refused(sign_outs, tokens, sign_outs.tell(query(asked)))


@pytest.mark.parametrize("octets", [b"", b"<", b"<!DOCTYPE r []><r/>", b"\xff", b"<a/>"])
def test_what_is_no_message_is_a_page(
    sign_outs: SignOuts, tokens: dict[str, Any], octets: bytes
) -> None:

    value = base64.b64encode(octets).decode()
    for name in ("SAMLRequest", "SAMLResponse"):
        assert is_refused(sign_outs, tokens, sign_outs.post({name: value}))
        assert is_refused(sign_outs, tokens, sign_outs.tell(f"{name}={quote_plus(value)}"))


def test_an_address_of_nothing_is_a_page(sign_outs: SignOuts) -> None:
    assert sign_outs.tell("").status_code == 400
    assert sign_outs.post({}).status_code == 400
    browser = sign_outs.world.browser()
    for name in ("us-east-1_nobody00", "x", "us-east-1_nobody00%00"):
        path = f"/{name}/saml2/logout"
        told = query(request(ORIGIN + path))
        assert browser.get(f"{path}?{told}", base_url=ORIGIN).status_code in {400, 404}


def test_guesses_are_counted_by_their_address(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    for _ in range(31):
        sign_outs.tell(plain_query(request(sign_outs.here)))
    delayed = sign_outs.tell(plain_query(request(sign_outs.here)))
    assert delayed.status_code == 429


def test_a_strangers_message_has_little_fetched(
    sign_outs: SignOuts, tokens: dict[str, Any], publisher: Publisher
) -> None:
    """Each provider whose metadata is not known yet would be asked, and waited for."""
    publisher.document = metadata(entity_id="https://another.example/saml").encode()
    for number in range(9):
        address = f"{publisher.address}?{number}"
        pool_id = sign_outs.journey.client.pool_id
        add_provider(sign_outs.world, pool_id, f"Other{number}", MetadataURL=address)
    asked = request(sign_outs.here, issuer="https://nobody.example/saml")
    assert is_refused(sign_outs, tokens, sign_outs.tell(query(asked)))
    assert publisher.asked == MOST_FETCHED
    assert sign_outs.tell(query(request(sign_outs.here))).status_code == 303
    assert sign_outs.is_over(tokens)


# --- Answers ------------------------------------------------------------------------------------


def test_an_answer_that_nobody_asked_for_leads_nowhere(sign_outs: SignOuts) -> None:
    answer = sign_outs.tell(query(response(sign_outs.here, "_x"), EVIL))
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "You are signed out" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"response_to": "_another"},
        lambda: {"issuer": "https://mallory.example/saml"},
        lambda: {"destination": f"{EVIL}saml2/logout"},
        lambda: {"issued": moment(-OLDEST - LEEWAY - 5)},
    ],
    ids=["request", "issuer", "destination", "old"],
)
def test_an_answer_must_be_to_this_sign_out(
    sign_outs: SignOuts, change: Callable[[], dict[str, str]]
) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    said = {"response_to": asked.get("ID"), **change()}
    here, response_to = sign_outs.here, said.pop("response_to")
    told = query(response(here, response_to, **said), state)
    answer = sign_outs.tell(told, sign_outs.journey.browser)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_an_unsigned_answer_leads_nowhere(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    answer = response(sign_outs.here, asked.get("ID"))
    assert sign_outs.tell(plain_query(answer, state), sign_outs.journey.browser).status_code == 400


def test_a_state_is_good_for_one_answer(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    cookies = sign_outs.journey.browser
    refused = response(sign_outs.here, "_another")
    assert sign_outs.tell(query(refused, state), cookies).status_code == 400
    honest = response(sign_outs.here, asked.get("ID"))
    assert sign_outs.tell(query(honest, state), cookies).status_code == 400


def test_another_browser_is_not_led_on(sign_outs: SignOuts) -> None:
    sign_outs.sign_in()
    asked, state = sign_outs.left()
    told = query(response(sign_outs.here, asked.get("ID")), state)
    assert sign_outs.tell(told).status_code == 400
    assert sign_outs.tell(told, sign_outs.journey.browser).location == LOGOUT


@pytest.mark.parametrize("state", [EVIL, "", "//evil.example/", "client_id=x"])
def test_the_relay_state_is_no_address(sign_outs: SignOuts, state: str) -> None:
    """It only finds what this browser left with."""
    sign_outs.sign_in()
    asked, _ = sign_outs.left()
    told = query(response(sign_outs.here, asked.get("ID")), state)
    answer = sign_outs.tell(told, sign_outs.journey.browser)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_relay_state_of_the_provider_comes_back_to_the_provider_alone(
    sign_outs: SignOuts,
) -> None:
    answer = sign_outs.tell(query(request(sign_outs.here), EVIL))
    assert urlsplit(answer.location).netloc == "idp.example.com"


@pytest.mark.parametrize("path", ["/signOutElsewhere", "/signedOutElsewhere"])
def test_the_way_is_not_for_strangers_to_name(sign_outs: SignOuts, path: str) -> None:
    browser = sign_outs.world.browser()
    for to in ("", EVIL, "x" * 5000):
        answer = browser.get(path, query_string={"to": to}, base_url=ORIGIN)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_an_unregistered_target_is_refused_before_anything_ends(
    sign_outs: SignOuts, tokens: dict[str, Any]
) -> None:
    assert is_refused(sign_outs, tokens, sign_outs.sign_out(logout_uri=EVIL))


def test_without_the_setting_nobody_leaves(saml_world: World) -> None:
    """Turned off between the sign-out and its way past the provider."""
    sign_outs = make_sign_outs(saml_world, IDPSignout="false")
    sign_outs.sign_in()
    assert sign_outs.sign_out().location == LOGOUT


def test_a_form_holds_no_more_than_an_address(sign_outs: SignOuts, tokens: dict[str, Any]) -> None:
    """However well it is signed: 65,536 bytes are enough for a message without an assertion."""
    asked = request(sign_outs.here)
    asked.tail = None
    asked.append(etree.Comment("x" * 66_000))
    assert is_refused(sign_outs, tokens, sign_outs.post(form(asked)))
