"""The modules of `oidcc-basic-certification-test-plan` and, with every request asking for
`form_post`, of `oidcc-formpost-basic-certification-test-plan`, in the plans' order.

A test's name is its module's. What a module does and what must come back is written anew; the
plans are of the OpenID Foundation's conformance suite.
"""

from __future__ import annotations

import secrets
import time

import jwt
import pytest
import requests

from tests.conformance.oidc.conftest import CALLBACK, PROFILE
from tests.conformance.oidc.relying_party import (
    SECONDS,
    Answer,
    Page,
    RelyingParty,
    challenge,
    left_half_of_hash,
)
from tests.servers.application import Person

NONCE = "nonce-of-this-request"


def test_oidcc_server(party: RelyingParty, person: Person) -> None:
    """A code, tokens for it, an ID token that verifies: OIDC Core §3.1."""
    browser = party.browser()
    answer = party.authenticate(browser, person, nonce=NONCE, state="state-of-this-request")
    assert answer.parameters["state"] == "state-of-this-request"
    assert answer.parameters["iss"] == party.metadata["issuer"]
    response = party.redeem(answer.code)
    assert response.status_code == 200
    # RFC 6749 §5.1
    assert response.headers["Content-Type"].partition(";")[0] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"].lower() == "bearer"
    assert tokens["expires_in"] > 0
    claims = party.claims(tokens["id_token"], NONCE)
    assert claims["sub"] == person.sub
    assert len(claims["sub"]) <= 255
    assert claims["aud"] == party.client_id
    assert abs(claims["iat"] - time.time()) < 120
    assert claims["at_hash"] == left_half_of_hash(tokens["access_token"])


def test_oidcc_response_type_missing(party: RelyingParty) -> None:
    """RFC 6749 §4.1.2.1: invalid_request, to the person or to the client."""
    shown = party.browser().open(party.address(response_type=""))
    if isinstance(shown, Answer):
        assert shown.error == "invalid_request"
        assert "code" not in shown.parameters
    else:
        assert shown.response.status_code == 400


def test_oidcc_idtoken_signature(party: RelyingParty, person: Person) -> None:
    """OIDC Core §10.1: signed with a key of the JWKS, named by `kid` where there are several."""
    id_token = party.tokens(party.browser(), person)["id_token"]
    header = jwt.get_unverified_header(id_token)
    assert header["alg"] in party.metadata["id_token_signing_alg_values_supported"]
    assert header["kid"]
    party.claims(id_token)


def test_oidcc_idtoken_unsigned(party: RelyingParty, person: Person) -> None:
    """`none` is not supported, and nobody gets an unsigned ID token."""
    assert "none" not in party.metadata["id_token_signing_alg_values_supported"]
    id_token = party.tokens(party.browser(), person)["id_token"]
    assert jwt.get_unverified_header(id_token)["alg"] != "none"


def _is_user_info_of(person: Person, response: requests.Response) -> None:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].partition(";")[0] == "application/json"
    assert response.json()["sub"] == person.sub


def test_oidcc_userinfo_get(party: RelyingParty, person: Person) -> None:
    token = party.tokens(party.browser(), person)["access_token"]
    _is_user_info_of(person, party.user_info(token))


def test_oidcc_userinfo_post_header(party: RelyingParty, person: Person) -> None:
    token = party.tokens(party.browser(), person)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    address = party.metadata["userinfo_endpoint"]
    _is_user_info_of(person, requests.post(address, headers=headers, timeout=SECONDS))


def test_oidcc_userinfo_post_body(party: RelyingParty, person: Person) -> None:
    token = party.tokens(party.browser(), person)["access_token"]
    address = party.metadata["userinfo_endpoint"]
    form = {"access_token": token}
    _is_user_info_of(person, requests.post(address, data=form, timeout=SECONDS))


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    party: RelyingParty, person: Person
) -> None:
    id_token = party.tokens(party.browser(), person, nonce="")["id_token"]
    assert "nonce" not in party.claims(id_token)


CLAIMS_OF_SCOPE = {
    "profile": {"name", "family_name", "given_name", "nickname", "birthdate", "zoneinfo", "locale"},
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
}


def _user_info_for(party: RelyingParty, person: Person, scope: str) -> dict[str, object]:
    token = party.tokens(party.browser(), person, scope=scope)["access_token"]
    response = party.user_info(token)
    _is_user_info_of(person, response)
    found: dict[str, object] = response.json()
    return found


def _has_claims_of(found: dict[str, object], person: Person, *scopes: str) -> None:
    """OIDC Core §5.4, with the types of §5.1."""
    for scope in scopes:
        assert CLAIMS_OF_SCOPE[scope] <= set(found), scope
    for name in CLAIMS_OF_SCOPE["profile"] & set(found):
        assert found[name] == PROFILE[name]
    for name in {"email_verified", "phone_number_verified"} & set(found):
        assert found[name] is True
    if "email" in found:
        assert found["email"] == person.email


def test_oidcc_scope_profile(party: RelyingParty, person: Person) -> None:
    found = _user_info_for(party, person, "openid profile")
    _has_claims_of(found, person, "profile")
    assert "email" not in found


def test_oidcc_scope_email(party: RelyingParty, person: Person) -> None:
    found = _user_info_for(party, person, "openid email")
    _has_claims_of(found, person, "email")
    assert "name" not in found


def test_oidcc_scope_address(party: RelyingParty, person: Person) -> None:
    """Skipped by the plan where the provider does not offer the scope; as in Cognito, the claim
    belongs to `profile`."""
    assert "address" not in party.metadata["scopes_supported"]
    found = _user_info_for(party, person, "openid profile")
    assert found["address"] == {"formatted": PROFILE["address"]}


def test_oidcc_scope_phone(party: RelyingParty, person: Person) -> None:
    found = _user_info_for(party, person, "openid phone")
    _has_claims_of(found, person, "phone")
    assert "email" not in found


def test_oidcc_scope_all(party: RelyingParty, person: Person) -> None:
    found = _user_info_for(party, person, "openid profile email phone")
    _has_claims_of(found, person, "profile", "email", "phone")


def test_oidcc_ensure_other_scope_order_succeeds(party: RelyingParty, person: Person) -> None:
    _has_claims_of(_user_info_for(party, person, "email openid"), person, "email")


@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(party: RelyingParty, person: Person, display: str) -> None:
    """oidcc-display-page and oidcc-display-popup: the parameter does no harm."""
    party.claims(party.tokens(party.browser(), person, display=display)["id_token"])


def test_oidcc_prompt_login(party: RelyingParty, person: Person) -> None:
    """OIDC Core §3.1.2.1: the person proves anew who he is, and auth_time says so."""
    browser = party.browser()
    first = party.claims(party.tokens(browser, person)["id_token"])
    time.sleep(1.1)  # auth_time counts seconds
    shown = browser.open(party.address(prompt="login"))
    assert isinstance(shown, Page)
    assert shown.asks_for_password
    again = browser.sign_in(shown, person)
    assert isinstance(again, Answer)
    second = party.claims(party.redeem(again.code).json()["id_token"])
    assert second["sub"] == first["sub"]
    assert second["auth_time"] > first["auth_time"]


def test_oidcc_prompt_none_not_logged_in(party: RelyingParty) -> None:
    shown = party.browser().open(party.address(prompt="none"))
    assert isinstance(shown, Answer)
    assert shown.error in {
        "interaction_required", "login_required", "account_selection_required", "consent_required",
    }  # fmt: skip
    assert "code" not in shown.parameters


def test_oidcc_prompt_none_logged_in(party: RelyingParty, person: Person) -> None:
    browser = party.browser()
    first = party.claims(party.tokens(browser, person)["id_token"])
    shown = browser.open(party.address(prompt="none"))
    assert isinstance(shown, Answer)
    second = party.claims(party.redeem(shown.code).json()["id_token"])
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_max_age_1(party: RelyingParty, person: Person) -> None:
    browser = party.browser()
    first = party.claims(party.tokens(browser, person)["id_token"])
    time.sleep(2.1)
    shown = browser.open(party.address(max_age="1"))
    assert isinstance(shown, Page)
    assert shown.asks_for_password
    again = browser.sign_in(shown, person)
    assert isinstance(again, Answer)
    second = party.claims(party.redeem(again.code).json()["id_token"])
    assert second["auth_time"] > first["auth_time"]
    assert abs(time.time() - second["auth_time"]) < 120


def test_oidcc_max_age_10000(party: RelyingParty, person: Person) -> None:
    browser = party.browser()
    first = party.claims(party.tokens(browser, person)["id_token"])
    shown = browser.open(party.address(max_age="10000"))
    assert isinstance(shown, Answer)
    second = party.claims(party.redeem(shown.code).json()["id_token"])
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(
    party: RelyingParty, person: Person
) -> None:
    """RFC 6749 §3.1: "The authorization server MUST ignore unrecognized request parameters."""
    party.tokens(party.browser(), person, extra="foobar")


def test_oidcc_id_token_hint(party: RelyingParty, person: Person) -> None:
    browser = party.browser()
    first = party.tokens(browser, person)["id_token"]
    shown = browser.open(party.address(prompt="none", id_token_hint=first))
    assert isinstance(shown, Answer)
    second = party.claims(party.redeem(shown.code).json()["id_token"])
    assert second["sub"] == party.claims(first)["sub"]


def test_oidcc_login_hint(party: RelyingParty, person: Person) -> None:
    browser = party.browser()
    shown = browser.open(party.address(login_hint=person.email))
    assert isinstance(shown, Page)
    assert shown.value_of("username") == person.email
    assert isinstance(browser.sign_in(shown, person), Answer)


@pytest.mark.parametrize("parameter", ["ui_locales", "claims_locales"])
def test_oidcc_locales(party: RelyingParty, person: Person, parameter: str) -> None:
    """oidcc-ui-locales and oidcc-claims-locales: locales that are unknown are no error."""
    party.tokens(party.browser(), person, **{parameter: "se xx-XX"})


def test_oidcc_ensure_request_with_acr_values_succeeds(party: RelyingParty, person: Person) -> None:
    values = party.metadata.get("acr_values_supported", ["1", "2"])
    id_token = party.tokens(party.browser(), person, acr_values=values[0])["id_token"]
    assert party.claims(id_token).get("acr", values[0])


def test_oidcc_codereuse(party: RelyingParty, person: Person) -> None:
    """RFC 6749 §4.1.2, at once."""
    code = party.authenticate(party.browser(), person).code
    assert party.redeem(code).status_code == 200
    again = party.redeem(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"


def test_oidcc_codereuse_30seconds(party: RelyingParty, person: Person) -> None:
    """The suite waits half a minute, and then asks whether what the code bought is revoked. Here
    nothing depends on the wait: a spent code stays spent."""
    code = party.authenticate(party.browser(), person).code
    bought = party.redeem(code).json()
    assert party.redeem(code).json()["error"] == "invalid_grant"
    refused = party.user_info(bought["access_token"])
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_oidcc_ensure_registered_redirect_uri(party: RelyingParty) -> None:
    """RFC 6749 §4.1.2.1: the person is told, and sent nowhere."""
    shown = party.browser().open(party.address(redirect_uri="https://foreign.example/callback"))
    assert isinstance(shown, Page)
    assert shown.response.status_code == 400
    assert "foreign.example" not in shown.response.headers.get("Location", "")


def test_oidcc_ensure_post_request_succeeds(party: RelyingParty, person: Person) -> None:
    """OIDC Core §3.1.2.1: "MUST support the use of the HTTP GET and POST methods"."""
    browser = party.browser()
    shown = browser.open(party.metadata["authorization_endpoint"], party.request(nonce=NONCE))
    assert isinstance(shown, Page)
    answer = browser.sign_in(shown, person)
    assert isinstance(answer, Answer)
    party.claims(party.redeem(answer.code).json()["id_token"], NONCE)


def test_oidcc_server_client_secret_post(party: RelyingParty, person: Person) -> None:
    code = party.authenticate(party.browser(), person, nonce=NONCE).code
    response = party.redeem(code, posted=True)
    assert response.status_code == 200
    party.claims(response.json()["id_token"], NONCE)


def _unsigned(party: RelyingParty, **claims: str) -> str:
    """An unsigned request object (OIDC Core §6.1)."""
    return jwt.encode({**party.request(), **claims}, "", algorithm="none")


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    party: RelyingParty,
) -> None:
    asked = party.address(request_uri="https://client.example/request.jwt", state="asked")
    shown = party.browser().open(asked)
    assert isinstance(shown, Answer)
    assert shown.error in {"request_uri_not_supported", "invalid_request_uri"}
    assert shown.parameters["state"] == "asked"


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    party: RelyingParty,
) -> None:
    shown = party.browser().open(party.address(request=_unsigned(party), state="asked"))
    assert isinstance(shown, Answer)
    assert shown.error in {"request_not_supported", "invalid_request_object"}
    assert "code" not in shown.parameters


def test_oidcc_claims_essential(party: RelyingParty, person: Person) -> None:
    """OIDC Core §5.5: an essential claim of userInfo is there, or the parameter is unsupported."""
    asked = '{"userinfo":{"name":{"essential":true}}}'
    tokens = party.tokens(party.browser(), person, scope="openid email", claims=asked)
    found = party.user_info(tokens["access_token"]).json()
    if party.metadata["claims_parameter_supported"]:
        assert found["name"] == PROFILE["name"]
    else:
        assert "name" not in found


def test_oidcc_ensure_request_object_with_redirect_uri(party: RelyingParty) -> None:
    """A request object must not slip a redirect URI past the check."""
    foreign = _unsigned(party, redirect_uri="https://foreign.example/callback")
    shown = party.browser().open(party.address(request=foreign, redirect_uri=CALLBACK))
    if isinstance(shown, Answer):
        assert shown.error in {"request_not_supported", "invalid_request_object"}
    else:
        assert shown.response.status_code == 400


def test_oidcc_refresh_token(party: RelyingParty, person: Person) -> None:
    """OIDC Core §12.2: same issuer, subject, audience and auth_time; a fresh iat."""
    tokens = party.tokens(party.browser(), person, nonce=NONCE)
    first = party.claims(tokens["id_token"], NONCE)
    sent = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    response = party.ask_for_tokens(sent)
    assert response.status_code == 200, response.text
    second = party.claims(response.json()["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert second[name] == first[name]
    assert second["iat"] >= first["iat"]
    assert second.get("nonce", NONCE) == NONCE
    _is_user_info_of(person, party.user_info(response.json()["access_token"]))


def test_oidcc_ensure_request_with_valid_pkce_succeeds(party: RelyingParty, person: Person) -> None:
    verifier = secrets.token_urlsafe(48)
    proof = {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    code = party.authenticate(party.browser(), person, **proof).code
    assert party.redeem(code, code_verifier=verifier).status_code == 200
