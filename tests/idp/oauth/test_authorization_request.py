"""What the authorization endpoint accepts, what it sends back, and what it never redirects."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from idp.models import AuthorizationCode
from tests.idp.oauth.moves import authorize
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World, query_of, request_of


@pytest.fixture
def challenge(proof: Pkce) -> dict[str, str]:
    return proof.parameters


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    answer = authorize(world, public_client, **challenge)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?")
    assert query_of(answer) == request_of(public_client, **challenge)


def test_who_is_signed_in_gets_a_code_at_once(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    answer = authorize(world, public_client, browser, **challenge)
    assert answer.location.startswith(CALLBACK)
    assert "code" in query_of(answer)


def test_parameters_may_come_by_post(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    """OIDC Core §3.1.2.1: servers MUST support GET and POST."""
    form = request_of(public_client, **challenge)
    answer = world.browser().post("/oauth2/authorize", data=form, base_url=ORIGIN)
    assert answer.status_code == 303
    assert query_of(answer) == form


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/",
        CALLBACK + "/",
        CALLBACK + "?next=https://evil.example",
        CALLBACK.upper(),
        "https://app.example@evil.example/callback",
        "//app.example/callback",
        "javascript:alert(1)",
        'https://app.example/callback"><script>',
        "https://app.example/callbück",
        "",
    ],
)
def test_an_unregistered_redirect_uri_is_never_followed(
    world: World, public_client: TestClient, challenge: dict[str, str], redirect_uri: str
) -> None:
    """Open redirect: exact matching, and the refusal is a page that repeats nothing."""
    for path in ("/oauth2/authorize", "/login", "/signup", "/forgotPassword"):
        query = urlencode(request_of(public_client, redirect_uri=redirect_uri, **challenge))
        answer = world.browser().get(f"{path}?{query}", base_url=ORIGIN)
        assert answer.status_code == 400
        assert answer.mimetype == "text/html"
        assert "Location" not in answer.headers
        assert not redirect_uri or redirect_uri not in answer.text


@pytest.mark.parametrize("client_id", ["unknown", "", None, "a'b\"<c>", "x" * 500])
def test_an_unknown_client_is_shown_an_error(
    world: World, public_client: TestClient, client_id: str | None
) -> None:
    answer = authorize(world, public_client, client_id=client_id)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": 'a"b\\ü'}, "unsupported_response_type"),
        ({"response_type": "code code"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "١"}, "invalid_request"),
        ({"max_age": "9" * 400}, "invalid_request"),
        ({"identity_provider": "Google"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge": "ü" * 43}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_other_errors_go_back_to_the_client_with_its_state(
    world: World,
    public_client: TestClient,
    challenge: dict[str, str],
    changed: dict[str, str | None],
    error: str,
) -> None:
    answer = authorize(world, public_client, **{**challenge, **changed})
    assert answer.location.startswith(CALLBACK + "?")
    carried = query_of(answer)
    assert carried["error"] == error
    assert carried["state"] == "af0ifjsldkj"
    assert carried["iss"] == f"{ORIGIN}/{public_client.pool_id}"
    assert "code" not in carried


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge"])
def test_a_parameter_given_twice_is_refused(
    world: World, public_client: TestClient, challenge: dict[str, str], name: str
) -> None:
    given = request_of(public_client, **challenge)
    query = urlencode([*given.items(), (name, given[name])])
    answer = world.browser().get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_client_setting_relaxes_pkce(world: World, pool_id: str) -> None:
    client = world.client(pool_id)
    world.relax_pkce(client)
    code = world.code(client)
    assert world.redeem(client, code).status_code == 200


def test_a_client_without_the_code_flow_gets_no_code(world: World, pool_id: str) -> None:
    world.resource_server(pool_id, "boats", "read")
    machine = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )
    assert query_of(authorize(world, machine))["error"] == "unauthorized_client"


def test_a_client_without_local_users_shows_no_password_form(world: World, pool_id: str) -> None:
    client = world.client(pool_id, confidential=True, SupportedIdentityProviders=[])
    assert query_of(authorize(world, client))["error"] == "invalid_request"


def test_the_default_redirect_uri_stands_in_for_a_missing_one(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, DefaultRedirectURI=CALLBACK)
    code = world.code(client, redirect_uri=None, **proof.parameters)  # type: ignore[arg-type]
    answer = world.redeem(client, code, redirect_uri="", code_verifier=proof.verifier)
    assert answer.status_code == 200


def test_a_native_app_is_called_back_by_its_own_scheme(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, CallbackURLs=["com.example.app:/callback"])
    answer = world.sign_in(
        world.browser(), client, redirect_uri="com.example.app:/callback", **proof.parameters
    )
    assert answer.location.startswith("com.example.app:/callback?code=")


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_prompt_login_asks_again(
    world: World, public_client: TestClient, challenge: dict[str, str], prompt: str
) -> None:
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    answer = authorize(world, public_client, browser, prompt=prompt, **challenge)
    assert answer.location.startswith("/login?")


def test_prompt_none_answers_with_a_code_when_signed_in(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    assert "code" in query_of(authorize(world, public_client, browser, prompt="none", **challenge))


def test_max_age_asks_again_when_the_sign_in_is_older(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    world.time.now += 61
    fresh = authorize(world, public_client, browser, max_age="120", **challenge)
    assert fresh.location.startswith(CALLBACK)
    stale = authorize(world, public_client, browser, max_age="60", **challenge)
    assert stale.location.startswith("/login?")


def test_a_clients_own_oldest_age_holds_where_the_request_says_none(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    """OpenID Connect Dynamic Client Registration 1.0 §2, default_max_age."""
    world.register(public_client, default_max_age=60)
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    world.time.now += 61
    asked = authorize(world, public_client, browser, max_age="120", **challenge)
    assert asked.location.startswith(CALLBACK)
    unasked = authorize(world, public_client, browser, **challenge)
    assert unasked.location.startswith("/login?")


def test_a_refused_request_leaves_no_code(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    browser = world.browser()
    world.sign_in(browser, public_client, **challenge)
    before = len(world.rows(AuthorizationCode))
    authorize(world, public_client, browser, scope="openid admin", **challenge)
    authorize(world, public_client, browser)
    assert len(world.rows(AuthorizationCode)) == before


def test_no_redirect_is_kept_or_named_to_the_next_site(
    world: World, public_client: TestClient, challenge: dict[str, str]
) -> None:
    browser = world.browser()
    to_sign_in = authorize(world, public_client, browser, **challenge)
    world.sign_in(browser, public_client, **challenge)
    with_code = authorize(world, public_client, browser, **challenge)
    with_error = authorize(world, public_client, browser, **challenge, scope="admin")
    for answer in (to_sign_in, with_code, with_error):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
