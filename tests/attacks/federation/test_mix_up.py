"""Mix-up (RFC 9700 §4.4): a provider that is somebody else's must not get another one's codes.

The pool has an honest provider and one of the attacker's. A person who is to sign in at the
attacker's is sent on by it to the honest one, with the attacker's `state`: its answer must not be
taken for the attacker's, whose token endpoint would be given the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.user_pools.rules.documented_settings import WrongSetting
from tests.federation.scripted_provider import ScriptedProvider, Upstreams, scripted_provider
from tests.idp.oauth.world import ORIGIN, World, query_of

ANSWER = "/oauth2/idpresponse"
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def honest() -> Iterator[ScriptedProvider]:
    with scripted_provider() as made:
        yield made


@pytest.fixture
def attacker() -> Iterator[ScriptedProvider]:
    with scripted_provider() as made:
        yield made


@pytest.fixture
def upstreams(world: World, honest: ScriptedProvider, attacker: ScriptedProvider) -> Upstreams:
    made = Upstreams.of(world, world.pool())
    made.add("Honest", honest.details())
    made.add("Attacker", attacker.details())
    return made


def led_astray(upstreams: Upstreams, path: str, **answer: str) -> TestResponse:
    """The honest provider's answer, to the address that it knows, in the attacker's sign-in."""
    browser = upstreams.world.browser()
    state = upstreams.leave(browser, "Attacker")["state"]
    query = urlencode({"code": "of the honest one", "state": state, **answer})
    return browser.get(f"{path}?{query}", base_url=ORIGIN)


def test_an_honest_answer_that_says_whose_it_is_does_not_reach_the_attacker(
    upstreams: Upstreams, honest: ScriptedProvider, attacker: ScriptedProvider
) -> None:
    """RFC 9207."""
    answer = led_astray(upstreams, ANSWER, iss=honest.issuer)
    assert query_of(answer)["error"] == "access_denied"
    assert "/token" not in attacker.asked


@pytest.mark.parametrize("name", ["Honest", "Company/Röhre & Söhne"])
def test_a_provider_that_says_nothing_has_an_address_of_its_own(
    upstreams: Upstreams, honest: ScriptedProvider, attacker: ScriptedProvider, name: str
) -> None:
    if name not in upstreams.names:
        upstreams.add(name, honest.details())
    upstreams.world.configure(upstreams.pool_id, own_answer_address=[name])
    answer = led_astray(upstreams, f"{ANSWER}/{name}")
    assert answer.status_code == 400
    assert "the address of another provider" in answer.text
    assert "/token" not in attacker.asked
    browser = upstreams.world.browser()
    asked = upstreams.leave(browser, name)
    own = asked["redirect_uri"].removeprefix(ORIGIN)
    assert own.isascii()
    assert query_of(upstreams.come_back(browser, honest, asked, own))["code"]


def test_its_answer_is_taken_nowhere_else(upstreams: Upstreams, honest: ScriptedProvider) -> None:
    upstreams.world.configure(upstreams.pool_id, own_answer_address=["Honest"])
    for path in (ANSWER, f"{ANSWER}/Attacker", f"{ANSWER}/honest", f"{ANSWER}/Honest/"):
        browser = upstreams.world.browser()
        asked = upstreams.leave(browser, "Honest")
        assert upstreams.come_back(browser, honest, asked, path).status_code == 400
    assert "/token" not in honest.asked


def test_without_the_setting_all_answers_come_to_the_one_address(
    upstreams: Upstreams, honest: ScriptedProvider
) -> None:
    """What Cognito's users have registered."""
    browser = upstreams.world.browser()
    asked = upstreams.leave(browser, "Honest")
    assert asked["redirect_uri"] == f"{ORIGIN}{ANSWER}"
    assert query_of(upstreams.come_back(browser, honest, asked))["code"]


def test_who_says_that_it_names_itself_must(upstreams: Upstreams, honest: ScriptedProvider) -> None:
    """RFC 9207 §2.4."""
    honest.documents[DISCOVERY]["authorization_response_iss_parameter_supported"] = True
    browser = upstreams.world.browser()
    asked = upstreams.leave(browser, "Honest")
    answer = query_of(upstreams.come_back(browser, honest, asked))
    assert answer["error"] == "access_denied"
    assert "does not say whose it is" in answer["error_description"]
    asked = upstreams.leave(browser, "Honest")
    path = f"{ANSWER}?{urlencode({'iss': honest.issuer})}"
    assert "/token" not in honest.asked
    assert query_of(upstreams.come_back(browser, honest, asked, path))["code"]


def test_an_openid_answer_is_not_taken_at_samls_address(
    upstreams: Upstreams, honest: ScriptedProvider
) -> None:
    browser = upstreams.world.browser()
    state = upstreams.leave(browser, "Honest")["state"]
    form = {"code": "c", "state": state, "relayed": "1"}
    answer = browser.post("/saml2/idpresponse", data=form, base_url=ORIGIN)
    assert answer.status_code == 400


def test_a_saml_provider_needs_none(upstreams: Upstreams) -> None:
    """Its assertions are signed, and say who answers: the setting would do nothing."""
    details = {"MetadataURL": "https://idp.example/metadata"}
    upstreams.add("School", details, ProviderType="SAML")
    with pytest.raises(WrongSetting, match="whose assertions say who answers"):
        upstreams.world.configure(upstreams.pool_id, own_answer_address=["School"])


def test_a_name_that_is_mistyped_is_refused(upstreams: Upstreams) -> None:
    with pytest.raises(WrongSetting, match="which the user pool does not have"):
        upstreams.world.configure(upstreams.pool_id, own_answer_address=["Honset"])
