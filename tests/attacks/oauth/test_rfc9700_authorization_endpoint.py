"""RFC 9700 (OAuth 2.0 Security Best Current Practice) at the authorization endpoint, by section."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from werkzeug.test import TestResponse

from idp.models import AuthorizationCode, PushedRequest
from tests.idp.oauth.keys import client_key, half_hash
from tests.idp.oauth.moves import authorize, form_of, fragment_of
from tests.idp.oauth.pushes import open_page, push, pushed, sign_in
from tests.idp.oauth.signed_requests import request_claims, send
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    csrf_token,
    query_of,
    request_of,
)

ELSEWHERE = (
    "https://evil.example/",
    "https://evil.example/callback",
    "//evil.example/callback",
    "https:evil.example",
    "https:/\\evil.example/callback",
    "\\\\evil.example/callback",
    "/callback",
    "callback",
    "https://app.example.evil.example/callback",
    "https://evil.example/https://app.example/callback",
    "https://app.example@evil.example/callback",
    "https://app.example:443@evil.example/callback",
    "https://app.example%40evil.example/callback",
    "https://app.example%2f.evil.example/callback",
    "https://app.example%00.evil.example/callback",
    "https://app.example\\.evil.example/callback",
    "https://app.example#.evil.example/callback",
    "https://app.example?.evil.example/callback",
    "https://app.example:8443/callback",
    "https://app.example:443/callback",
    "https://app.example./callback",
    "https://аpp.example/callback",
    "https://app.example。evil.example/callback",
    "https://xn--pp-7ia.example/callback",
    "http://app.example/callback",
    "HTTPS://app.example/callback",
    "https://APP.example/callback",
    "https://app.example/callback/",
    "https://app.example/callback/..",
    "https://app.example/./callback",
    "https://app.example//callback",
    "https://app.example/x/../callback",
    "https://app.example/%63allback",
    "https://app.example/callback%0d%0aLocation:%20https://evil.example",
    "https://app.example/callback;x",
    "https://app.example/callback%20",
    " https://app.example/callback",
    "https://app.example/callback ",
    "javascript:alert(document.domain)//https://app.example/callback",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox",
    "file:///etc/passwd",
    "blob:https://app.example/callback",
    "com.evil.app:/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:1234/callback",
    "http://[::1]/callback",
    "http://localhost/callback",
)

SMUGGLED = (
    f"{CALLBACK}?code=stolen",
    f"{CALLBACK}?response_mode=fragment",
    f"{CALLBACK}?next=https://evil.example",
    f"{CALLBACK}?",
    f"{CALLBACK}&state=x",
    f"{CALLBACK}#",
    f"{CALLBACK}#code=stolen",
    f"{CALLBACK}#access_token=stolen",
    f"{CALLBACK}%23access_token=stolen",
    f"{CALLBACK}%3Fcode=stolen",
    f"{CALLBACK}%26state=x",
)


def leads_nowhere(answer: TestResponse) -> bool:
    """Refused on a page of ours that repeats nothing of the address."""
    is_page = answer.mimetype in {"text/html", "application/json"}
    return answer.status_code == 400 and is_page and "Location" not in answer.headers


@pytest.mark.parametrize("uri", [*ELSEWHERE, *SMUGGLED])
def test_section_4_1_a_redirect_uri_is_compared_to_the_letter(
    world: World, public_client: TestClient, proof: Pkce, uri: str
) -> None:
    """Open redirect corpus, and parameters smuggled into its query or fragment."""
    for mode in ({}, {"response_mode": "form_post"}, {"prompt": "none"}):
        given = {"redirect_uri": uri, **mode, **proof.parameters}
        answer = authorize(world, public_client, **given)
        assert leads_nowhere(answer)
        assert uri.strip() not in answer.text
    assert leads_nowhere(push(world, public_client, redirect_uri=uri, **proof.parameters))


@pytest.mark.parametrize("uri", ELSEWHERE[:12])
def test_section_4_1_nor_does_a_signed_request_lead_elsewhere(
    world: World, public_client: TestClient, proof: Pkce, uri: str
) -> None:
    world.register(public_client, jwks={"keys": [client_key().jwk()]})
    claims = request_claims(world, public_client, redirect_uri=uri, **proof.parameters)
    assert leads_nowhere(send(world, public_client, client_key().sign(claims)))


def test_section_4_1_3_a_native_app_may_change_its_port_alone(
    world: World, pool_id: str, proof: Pkce
) -> None:
    """RFC 8252 §7.3; the code is good with the very redirect URI of its request."""
    registered = "http://127.0.0.1/callback"
    client = world.client(pool_id, CallbackURLs=[registered, "http://localhost:3000/callback"])
    here = "http://127.0.0.1:51004/callback"
    page = authorize(world, client, redirect_uri=here, **proof.parameters)
    shown = world.browser().get(page.location, base_url=ORIGIN)
    assert "http://127.0.0.1:*" in shown.headers["Content-Security-Policy"]
    answer = world.sign_in(world.browser(), client, redirect_uri=here, **proof.parameters)
    assert answer.location.startswith(f"{here}?code=")
    code, verifier = query_of(answer)["code"], proof.verifier
    other = world.redeem(client, code, redirect_uri=registered, code_verifier=verifier)
    assert other.status_code == 400
    good = world.redeem(client, code, redirect_uri=here, code_verifier=verifier)
    assert good.status_code == 200
    for uri in ("http://localhost:3001/callback", "http://127.0.0.1:51004@evil.example/callback"):
        given = {"redirect_uri": uri, **proof.parameters}
        assert leads_nowhere(authorize(world, client, **given))


def test_section_4_1_3_a_web_application_may_not_change_its_port(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, confidential=True, CallbackURLs=["http://127.0.0.1/callback"])
    given = {"redirect_uri": "http://127.0.0.1:51004/callback", **proof.parameters}
    assert leads_nowhere(authorize(world, client, **given))


def test_section_4_2_no_answer_names_its_address_to_the_next_site(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    for mode in ("query", "fragment", "form_post"):
        given = {"prompt": "none", "response_mode": mode, **proof.parameters}
        answer = authorize(world, public_client, **given)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("mode", "read"), [("query", query_of), ("fragment", fragment_of), ("form_post", form_of)]
)
def test_section_4_4_every_answer_names_its_issuer(
    world: World, public_client: TestClient, proof: Pkce, mode: str, read: Any
) -> None:
    """Mix-up: the client of two servers can tell whose code or error it holds (RFC 9207)."""
    given = {"response_mode": mode, **proof.parameters}
    code = read(world.sign_in(world.browser(), public_client, **given))
    error = read(authorize(world, public_client, prompt="none", **given))
    refused = read(authorize(world, public_client, **{**given, "scope": "nothing"}))
    for members in (code, error, refused):
        assert members["iss"] == f"{ORIGIN}/{public_client.pool_id}"


def test_section_4_4_a_client_cannot_write_the_issuer_itself(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given = {"iss": "https://evil.example", "prompt": "none", **proof.parameters}
    answer = authorize(world, public_client, **given)
    members = parse_qsl(urlsplit(answer.location).query)
    issuers = [value for name, value in members if name == "iss"]
    assert issuers == [f"{ORIGIN}/{public_client.pool_id}"]


def test_section_4_5_a_stolen_code_is_worth_nothing_to_another_client(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    code, thief = world.code(public_client, **proof.parameters), world.client(pool_id)
    verifier = {"code_verifier": proof.verifier}
    for client in (thief, world.client(pool_id, confidential=True)):
        assert world.redeem(client, code, **verifier).status_code == 400
    assert world.redeem(public_client, code, **verifier).status_code == 200


def test_section_4_5_an_injected_code_does_not_fit_the_sessions_verifier(
    world: World, public_client: TestClient
) -> None:
    """Of the same client: its own verifier belongs to another code."""
    stolen, own = Pkce(), Pkce()
    code = world.code(public_client, **stolen.parameters)
    for verifier in ({"code_verifier": own.verifier}, {}, {"code_verifier": "x" * 43}):
        assert world.redeem(public_client, code, **verifier).status_code == 400


def test_section_4_5_an_id_token_of_hybrid_is_bound_to_its_code(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, AllowedOAuthFlows=["code", "implicit"])
    world.register(client, response_types=["code id_token"])
    given = {"response_type": "code id_token", **proof.parameters}
    assert fragment_of(authorize(world, client, **given))["error"] == "invalid_request"
    members = fragment_of(world.sign_in(world.browser(), client, nonce="n", **given))
    other = fragment_of(world.sign_in(world.browser(), client, nonce="n", **given))
    claims = jwt.decode(members["id_token"], options={"verify_signature": False})
    # OIDC Core §3.3.2.11
    assert claims["c_hash"] == half_hash(members["code"]) != half_hash(other["code"])


def test_section_4_7_a_state_that_was_not_sent_is_not_made_up(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given: dict[str, Any] = {"state": None, **proof.parameters}
    assert set(query_of(world.sign_in(world.browser(), public_client, **given))) == {"code", "iss"}
    error = query_of(authorize(world, public_client, prompt="none", **given))
    assert "state" not in error


def test_section_4_7_a_state_comes_back_to_the_letter(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    state = "&iss=https://evil.example&code=stolen#'\"<>%00%0a ü"
    for mode, read in (("query", query_of), ("fragment", fragment_of), ("form_post", form_of)):
        given = {"state": state, "response_mode": mode, "prompt": "none", **proof.parameters}
        members = read(authorize(world, public_client, **given))
        assert members["state"] == state
        assert members["error"] == "login_required"


def test_section_4_7_a_token_without_a_nonce_is_not_issued_through_the_browser(
    world: World, pool_id: str
) -> None:
    client = world.client(pool_id, AllowedOAuthFlows=["implicit"])
    for response_type in ("id_token", "id_token token"):
        answer = authorize(world, client, response_type=response_type)
        assert fragment_of(answer)["error"] == "invalid_request"


def test_section_4_8_the_challenge_of_a_public_client_cannot_be_stripped(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    assert query_of(authorize(world, public_client))["error"] == "invalid_request"
    assert push(world, public_client).status_code == 400
    world.register(public_client, jwks={"keys": [client_key().jwk()]})
    signed = client_key().sign(request_claims(world, public_client))
    beside = send(world, public_client, signed, **proof.parameters)
    assert query_of(beside)["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["plain", "PLAIN", "s256", "S512", "none", None])
def test_section_4_8_no_other_method_than_s256(
    world: World, confidential_client: TestClient, method: str | None
) -> None:
    given = {"code_challenge": "x" * 43, "code_challenge_method": method}
    refused = query_of(authorize(world, confidential_client, **given))
    assert refused["error"] == "invalid_request"
    assert push(world, confidential_client, **given).status_code == 400


def test_section_4_8_2_a_verifier_without_a_challenge_shows_that_it_was_stripped(
    world: World, confidential_client: TestClient, proof: Pkce
) -> None:
    code = world.code(confidential_client)
    answer = world.redeem(confidential_client, code, code_verifier=proof.verifier)
    assert answer.status_code == 400


def test_section_4_11_errors_lead_only_where_the_client_is_known(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """The server is no open redirector: nor by an unknown client, nor by a reference of nobody."""
    reference = "urn:ietf:params:oauth:request_uri:" + "x" * 43
    for given in (
        {"client_id": "unknown", "redirect_uri": "https://evil.example/"},
        {"client_id": public_client.id, "request_uri": reference, "redirect_uri": CALLBACK},
        {"client_id": public_client.id, "request_uri": reference + "%00"},
        {"request_uri": reference},
    ):
        for path in ("/oauth2/authorize", "/login", "/consent"):
            assert leads_nowhere(open_page(world.browser(), given, path))


def test_section_4_12_credentials_are_not_sent_on_by_a_redirect(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """307 and 308 repeat the form, with the password in it."""
    answer = world.sign_in(world.browser(), public_client, **proof.parameters)
    assert answer.status_code in {302, 303}
    world.register(public_client, require_consent=True)
    answer = world.sign_in(world.browser(), public_client, **proof.parameters)
    assert answer.status_code in {302, 303}


def test_section_4_16_no_page_that_decides_can_be_framed(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    world.register(public_client, require_consent=True)
    browser = world.browser()
    screen = world.sign_in(browser, public_client, **proof.parameters)
    consent = browser.get(screen.location, base_url=ORIGIN)
    form = authorize(
        world, public_client, prompt="none", response_mode="form_post", **proof.parameters
    )
    for page in (consent, form):
        assert page.status_code == 200
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "request",
        "request_uri",
        "claims",
    ],
)
def test_rfc6749_section_3_1_a_parameter_given_twice_leads_nowhere(
    world: World, public_client: TestClient, proof: Pkce, name: str
) -> None:
    given = {
        "response_mode": "query",
        "nonce": "n",
        "prompt": "none",
        **request_of(public_client, **proof.parameters),
    }
    pairs = [*given.items(), (name, given.get(name, "x")), (name, "other")]
    query = urlencode(pairs if name not in given else pairs[:-1])
    for path in ("/oauth2/authorize", "/login", "/consent"):
        assert leads_nowhere(world.browser().get(f"{path}?{query}", base_url=ORIGIN))
    posted = world.browser().post(
        "/oauth2/authorize",
        data=query,
        content_type="application/x-www-form-urlencoded",
        base_url=ORIGIN,
    )
    assert leads_nowhere(posted)
    kept = world.browser().post(
        "/oauth2/par",
        data=query,
        content_type="application/x-www-form-urlencoded",
        base_url=ORIGIN,
    )
    assert kept.status_code == 400
    assert world.rows(PushedRequest) == []


@pytest.mark.parametrize("mode", ["query", "QUERY", "query fragment", "web_message", "jwt", "%23"])
def test_multiple_response_types_section_3_tokens_never_stand_in_a_query(
    world: World, pool_id: str, mode: str
) -> None:
    """Response mode confusion: a query is kept in histories and logs (RFC 9700 §4.3)."""
    client = world.client(pool_id, AllowedOAuthFlows=["implicit"])
    browser = world.browser()
    page = browser.get(
        f"/login?{urlencode(request_of(client, response_type='token'))}", base_url=ORIGIN
    )
    form = {"csrf_token": csrf_token(page), "username": "ada@example.com", "password": "x"}
    given = request_of(client, response_type="token", response_mode=mode)
    answer = browser.post(f"/login?{urlencode(given)}", data=form, base_url=ORIGIN)
    assert fragment_of(answer)["error"] == "invalid_request"


def test_rfc9101_section_6_3_the_mode_beside_an_object_is_not_the_clients(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    world.register(public_client, jwks={"keys": [client_key().jwk()]})
    claims = request_claims(world, public_client, response_mode="form_post", **proof.parameters)
    answer = send(
        world, public_client, client_key().sign(claims), response_mode="query", state="other"
    )
    form = form_of(sign_in(world.browser(), query_of(answer)))
    assert form["state"] == "af0ifjsldkj"


def test_rfc9101_section_10_an_object_of_another_client_is_not_taken(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    """With the id of either, and though both have the same key."""
    other = world.client(pool_id)
    for client in (public_client, other):
        world.register(client, jwks={"keys": [client_key().jwk()]})
    key = client_key()
    own = request_claims(world, other, **proof.parameters)
    assert leads_nowhere(send(world, public_client, key.sign(own)))
    mixed = request_claims(world, public_client, client_id=other.id, **proof.parameters)
    assert leads_nowhere(send(world, public_client, key.sign(mixed)))
    assert leads_nowhere(send(world, other, key.sign(mixed)))


def test_rfc9126_section_7_a_reference_is_not_swapped_for_another_clients(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, **proof.parameters)
    other = world.client(pool_id)
    mine = pushed(world, other, **proof.parameters)
    for swapped in (
        {**given, "request_uri": mine["request_uri"]},
        {**mine, "request_uri": given["request_uri"]},
        {"request_uri": given["request_uri"]},
    ):
        for path in ("/oauth2/authorize", "/login"):
            assert leads_nowhere(open_page(world.browser(), swapped, path))
    assert world.rows(AuthorizationCode) == []
