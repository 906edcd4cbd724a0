"""How recently, and how strongly, somebody proved himself to the provider that he comes from."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from flask.testing import FlaskClient

from idp.models import RefreshFamily
from tests.federation.scripted_provider import (
    NAME,
    ScriptedProvider,
    Upstreams,
    scripted_provider,
)
from tests.idp.oauth.world import ORIGIN, World, query_of

SCOPES = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
LEVELS = {"Level1": "urn:theirs:low", "Level3": "urn:theirs:high", "Level4": "urn:theirs:high"}


@pytest.fixture
def upstreams(world: World, provider: ScriptedProvider) -> Upstreams:
    made = Upstreams.of(world, world.pool(), AllowedOAuthScopes=SCOPES)
    made.add(NAME, provider.details(), AcrMapping=LEVELS)
    return made


@pytest.fixture
def browser(upstreams: Upstreams) -> FlaskClient:
    return upstreams.world.browser()


def come(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    browser: FlaskClient,
    claims: dict[str, Any],
    **parameters: str,
) -> dict[str, str]:
    """What the client is answered."""
    asked = upstreams.leave(browser, NAME, **parameters)
    return query_of(upstreams.come_back(browser, provider, asked, **claims))


def ago(upstreams: Upstreams, seconds: int) -> dict[str, Any]:
    return {"auth_time": int(upstreams.world.time.now) - seconds}


# --- max_age and prompt -----------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (400, True), (700, False)])
def test_the_proof_must_be_as_recent_as_the_client_wants_it(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    browser: FlaskClient,
    seconds: int,
    is_good: bool,
) -> None:
    """The provider's own session may have answered for the person."""
    answer = come(upstreams, provider, browser, ago(upstreams, seconds), max_age="300")
    assert ("code" in answer) is is_good
    if not is_good:
        assert "signed in anew" in answer["error_description"]


def test_a_proof_whose_age_is_not_told_is_not_recent(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    assert "code" not in come(upstreams, provider, browser, {}, max_age="300")
    assert "code" in come(upstreams, provider, browser, {})


def test_a_session_here_is_no_more_recent_than_the_proof_there(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    """A sign-in of a minute ago, by a proof of an hour ago, does not answer `max_age=300`."""
    assert "code" in come(upstreams, provider, browser, ago(upstreams, 3600))
    upstreams.world.time.now += 60
    parameters = {"max_age": "300", "prompt": "none"}
    assert upstreams.leave(browser, NAME, **parameters)["error"] == "login_required"
    parameters = {"max_age": "9000", "prompt": "none"}
    assert "code" in upstreams.leave(browser, NAME, **parameters)
    assert "code" in upstreams.leave(browser, NAME, prompt="none")


def test_a_provider_that_ignores_prompt_login_is_found_out(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    old, fresh = ago(upstreams, 3600), ago(upstreams, 5)
    assert "code" not in come(upstreams, provider, browser, old, prompt="login")
    assert "code" in come(upstreams, provider, browser, fresh, prompt="login")
    assert "code" in come(upstreams, provider, browser, {}, prompt="login")  # it does not say


# --- the account page -------------------------------------------------------------------------


def account(upstreams: Upstreams, browser: FlaskClient, section: str = "data") -> str:
    """The address that a section sends the person to; "" where it is shown."""
    query = urlencode({"client_id": upstreams.client.id})
    answer = browser.get(f"/account/{section}?{query}", base_url=ORIGIN)
    return answer.location or ""


def again(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    browser: FlaskClient,
    address: str,
    **claims: Any,
) -> Any:
    """From the sign-in page of a section to the provider, and back."""
    query = dict(parse_qsl(urlsplit(address).query))
    link = "/signInElsewhere?" + urlencode({**query, "provider": NAME})
    asked = query_of(browser.get(link, base_url=ORIGIN))
    assert asked["max_age"] == "600"
    return upstreams.come_back(browser, provider, asked, **claims)


def test_the_account_page_takes_no_old_session_of_a_provider_for_a_recent_sign_in(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    """Somebody at an unlocked screen need only press the provider's button."""
    come(upstreams, provider, browser, ago(upstreams, 3600))
    login = account(upstreams, browser)
    assert urlsplit(login).path == "/login"
    silent = again(upstreams, provider, browser, login, **ago(upstreams, 3600))
    assert silent.status_code == 400
    assert "signed in anew" in silent.text
    assert account(upstreams, browser) != ""
    fresh = again(upstreams, provider, browser, login, **ago(upstreams, 10))
    assert urlsplit(fresh.location).path == "/account/data"
    assert account(upstreams, browser) == ""


def test_leaving_max_age_out_of_the_address_gains_nothing(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    come(upstreams, provider, browser, ago(upstreams, 3600))
    query = dict(parse_qsl(urlsplit(account(upstreams, browser)).query))
    del query["max_age"]
    link = "/signInElsewhere?" + urlencode({**query, "provider": NAME})
    asked = query_of(browser.get(link, base_url=ORIGIN))
    upstreams.come_back(browser, provider, asked, **ago(upstreams, 3600))
    assert urlsplit(account(upstreams, browser)).path == "/login"


def test_a_provider_that_tells_no_time_opens_no_sensitive_section(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    come(upstreams, provider, browser, {})
    assert urlsplit(account(upstreams, browser)).path == "/login"
    assert account(upstreams, browser, "sessions") == ""


# --- levels -----------------------------------------------------------------------------------


def strength(upstreams: Upstreams, answer: dict[str, str]) -> tuple[str | None, list[str] | None]:
    tokens = upstreams.world.redeem(upstreams.client, answer["code"]).get_json()
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    return claims.get("acr"), claims.get("amr")


def test_levels_are_translated_both_ways(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    """CreateIdentityProvider, AcrMapping."""
    wanted = "urn:cognito:loa:4 urn:cognito:loa:2 urn:cognito:loa:1"
    asked = upstreams.leave(browser, NAME, acr_values=wanted)
    assert asked["acr_values"] == "urn:theirs:high urn:theirs:low"
    said = {"acr": "urn:theirs:low", "amr": ["pwd", "otp", "mfa"]}
    answer = query_of(upstreams.come_back(browser, provider, asked, **said))
    assert strength(upstreams, answer) == ("urn:cognito:loa:1", ["pwd", "otp", "mfa"])


@pytest.mark.parametrize(
    ("said", "acr"),
    [
        ({"acr": "urn:theirs:high"}, "urn:cognito:loa:3"),  # the lower of two
        ({"acr": "urn:theirs:low"}, "urn:cognito:loa:1"),
        ({"acr": "urn:unknown"}, "urn:cognito:loa:1"),
        ({"acr": "urn:cognito:loa:4"}, "urn:cognito:loa:1"),  # our name is not theirs to use
        ({}, None),
        ({"acr": 4}, None),
        ({"acr": ["urn:theirs:high"]}, None),
    ],
)
def test_what_a_provider_says_of_the_level_counts_as_far_as_it_is_mapped(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    browser: FlaskClient,
    said: dict[str, Any],
    acr: str | None,
) -> None:
    answer = come(upstreams, provider, browser, said)
    assert strength(upstreams, answer)[0] == acr


def test_who_reaches_none_of_the_levels_gets_no_code(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    wanted = {"acr_values": "urn:cognito:loa:3"}
    weak, strong = {"acr": "urn:theirs:low", "amr": ["pwd", "otp"]}, {"acr": "urn:theirs:high"}
    answer = come(upstreams, provider, browser, weak, **wanted)
    assert answer["error"] == "unmet_authentication_requirements"
    assert "code" in come(upstreams, provider, browser, strong, **wanted)


def test_methods_of_any_form_are_bounded(
    upstreams: Upstreams, provider: ScriptedProvider, browser: FlaskClient
) -> None:
    said = {"amr": ["pwd", "pwd", 7, "a b", "ü", "x" * 65, "otp", *map(str, range(20))]}
    answer = come(upstreams, provider, browser, said)
    assert strength(upstreams, answer) == (None, ["pwd", "otp", "0", "1", "2"])


def test_a_provider_without_a_mapping_says_nothing_of_levels(
    upstreams: Upstreams, browser: FlaskClient
) -> None:
    """As before: tokens of its people have neither claim."""
    with scripted_provider() as other:
        upstreams.add("Other", other.details())
        asked = upstreams.leave(browser, "Other", acr_values="urn:cognito:loa:1")
        assert "acr_values" not in asked
        said = {"acr": "urn:cognito:loa:4", "amr": ["hwk"]}
        answer = query_of(upstreams.come_back(browser, other, asked, **said))
        assert answer["error"] == "unmet_authentication_requirements"
    assert upstreams.world.rows(RefreshFamily) == []
