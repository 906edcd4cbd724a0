"""Every algorithm, from the sign-in page to the last endpoint that takes a token."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from idp.user_pools.rules.key_rotation import FRESH_SECONDS, STALE_SECONDS, Turn
from idp.user_pools.services import access, key_rotation
from idp.user_pools.services.key_rotation import SIGNING, Order
from tests.idp.oauth.moves import ACCESS, exchange
from tests.idp.oauth.world import LOGOUT, ORIGIN, TestClient, World

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
HALF_HASHES = {"EdDSA": hashlib.sha512}


def rotate(world: World, pool_id: str, turn: Turn = Turn.AT_ONCE, leaked: str | None = None):
    """As `poolgate keys rotate-signing`."""
    kernel = world.kernel
    order = Order(pool_id, turn, leaked)
    return key_rotation.carry_out(kernel.database, kernel.sealer, kernel.clock, order)


@pytest.fixture(params=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest, world: World, pool_id: str) -> str:
    """What signs the pool's tokens."""
    world.configure(pool_id, signing_algorithm=request.param)
    rotate(world, pool_id)
    return str(request.param)


@pytest.fixture
def tokens(world: World, algorithm: str, public_client: TestClient, proof: Any) -> dict[str, str]:
    asked = {"scope": "openid email aws.cognito.signin.user.admin", "nonce": "n-0S6"}
    code = world.code(public_client, **asked, **proof.parameters)
    answer = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert answer.json
    assert jwt.get_unverified_header(answer.json["id_token"])["alg"] == algorithm
    return dict(answer.json)


@pytest.fixture
def public_client(world: World, pool_id: str) -> TestClient:
    scopes = ["openid", "email", "aws.cognito.signin.user.admin"]
    return world.client(pool_id, AllowedOAuthScopes=scopes)


def document(world: World, pool_id: str, name: str) -> Any:
    answer = world.browser().get(f"/{pool_id}/.well-known/{name}", base_url=ORIGIN)
    assert answer.status_code == 200
    return answer.json


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_two_other_libraries_verify_what_it_signs(
    world: World, pool_id: str, algorithm: str, tokens: dict[str, str], public_client: TestClient
) -> None:
    jwks = document(world, pool_id, "jwks.json")
    for name in ("id_token", "access_token"):
        kid = jwt.get_unverified_header(tokens[name])["kid"]
        key = next(each for each in jwt.PyJWKSet.from_dict(jwks).keys if each.key_id == kid)
        options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        claims = jwt.decode(tokens[name], key.key, algorithms=[algorithm], options=options)
        decoded = joserfc_jwt.decode(
            tokens[name], KeySet.import_key_set(jwks), algorithms=[algorithm]
        )
        assert decoded.claims == claims
        assert claims["iss"] == f"{ORIGIN}/{pool_id}"
    identity = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (identity["aud"], identity["nonce"]) == (public_client.id, "n-0S6")


def test_the_half_hash_is_of_the_algorithm(algorithm: str, tokens: dict[str, str]) -> None:
    """OIDC Core §3.1.3.6."""
    digest = HALF_HASHES.get(algorithm, hashlib.sha256)(tokens["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert claims["at_hash"] == half


def test_discovery_names_it(world: World, pool_id: str, algorithm: str) -> None:
    described = document(world, pool_id, "openid-configuration")
    assert described["id_token_signing_alg_values_supported"] == [algorithm]
    keys = document(world, pool_id, "jwks.json")["keys"]
    assert [key["alg"] for key in keys][:2] == [algorithm] * 2


def test_endpoints_take_the_tokens_until_they_are_revoked(
    world: World, public_client: TestClient, tokens: dict[str, str]
) -> None:
    info = world.user_info(tokens["access_token"])
    assert info.json
    assert info.json["email"] == "ada@example.com"
    assert access.authenticate(world.kernel, tokens["access_token"]).user.username
    form = {"client_id": public_client.id, "refresh_token": tokens["refresh_token"]}
    refreshed = world.token(grant_type="refresh_token", **form).json
    assert refreshed
    assert world.user_info(refreshed["access_token"]).status_code == 200
    revoked = world.browser().post(
        "/oauth2/revoke",
        data={"client_id": public_client.id, "token": tokens["refresh_token"]},
        base_url=ORIGIN,
    )
    assert revoked.status_code == 200
    assert world.user_info(refreshed["access_token"]).status_code == 401


def test_tokens_are_exchanged(world: World, pool_id: str, tokens: dict[str, str]) -> None:
    service = world.client(
        pool_id, confidential=True, ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
    )
    body = exchange(world, service, subject_token=tokens["access_token"], subject_token_type=ACCESS)
    old, new = (jwt.get_unverified_header(each["access_token"]) for each in (tokens, body))
    assert old == new


def test_an_id_token_is_a_hint(world: World, tokens: dict[str, str]) -> None:
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LOGOUT}
    answer = world.browser().get("/logout?" + urlencode(query), base_url=ORIGIN)
    assert answer.location == LOGOUT


def test_a_token_of_the_former_algorithm_stays_good(
    world: World, pool_id: str, tokens: dict[str, str]
) -> None:
    """Only its own key verifies it, and that one retires slowly."""
    for other in ("EdDSA", "ES256"):
        world.configure(pool_id, signing_algorithm=other)
        rotate(world, pool_id)
        assert world.user_info(tokens["access_token"]).status_code == 200


def test_discovery_names_both_while_one_follows_the_other(world: World, pool_id: str) -> None:
    world.configure(pool_id, signing_algorithm="ES256")
    rotate(world, pool_id, Turn.WHEN_DUE)
    described = document(world, pool_id, "openid-configuration")
    assert described["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]


def test_the_key_set_says_how_long_it_may_be_kept(world: World, pool_id: str) -> None:
    address = f"/{pool_id}/.well-known/jwks.json"
    answer = world.browser().get(address)
    assert answer.headers["Cache-Control"] == (
        f"public, max-age={FRESH_SECONDS}, stale-while-revalidate={STALE_SECONDS}"
    )
    etag = answer.headers["ETag"]
    again = world.browser().get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    rotate(world, pool_id)
    changed = world.browser().get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_a_leaked_keys_tokens_fail_at_every_endpoint(
    world: World, pool_id: str, tokens: dict[str, str], public_client: TestClient
) -> None:
    kid = jwt.get_unverified_header(tokens["access_token"])["kid"]
    rotate(world, pool_id, Turn.WHEN_DUE, SIGNING)
    world.notice_keys()
    assert kid not in [key["kid"] for key in document(world, pool_id, "jwks.json")["keys"]]
    assert world.user_info(tokens["access_token"]).status_code == 401
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LOGOUT}
    answer = world.browser().get("/logout?" + urlencode(query), base_url=ORIGIN)
    assert answer.status_code == 400
    form = {"client_id": public_client.id, "refresh_token": tokens["refresh_token"]}
    refreshed = world.token(grant_type="refresh_token", **form).json
    assert refreshed
    assert world.user_info(refreshed["access_token"]).status_code == 200
