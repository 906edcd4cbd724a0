"""The JWT authorizer, attacked through a served gateway."""

from __future__ import annotations

import pytest

from gateway.blueprint import Upstream
from kernel.tokens import keys, signing
from tests.gateway.conftest import CLIENT, ISSUER, ok


@pytest.fixture
def target(upstream):
    return upstream(ok())


@pytest.fixture
def server(gateway, target):
    return gateway(
        {
            "GET /": target.url,
            "GET /pets": Upstream(target.url, scopes=["pets/read", "pets/write"]),
        }
    )


def test_an_access_token_of_the_client_opens_the_api(server, tokens):
    assert server.get("/", token=tokens.access()).status == 200


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER   "])
def test_the_bearer_prefix_is_optional(server, tokens, prefix):
    answer = server.get("/", headers={"Authorization": prefix + tokens.access()})

    assert answer.status == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer a b", "a.b.c"])
def test_what_is_no_token_is_refused(server, target, value):
    answer = server.get("/", headers={"Authorization": value})

    assert answer.status == 401
    assert answer.json == {"message": "Unauthorized"}
    assert target.requests == []


def test_two_authorization_headers_are_refused(server, tokens, target):
    token = tokens.access()
    raw = f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nAuthorization: {token}\r\n\r\n"

    assert server.raw(raw.encode()).startswith(b"HTTP/1.1 401 ")
    assert target.requests == []


def test_a_token_of_another_client_is_refused_with_its_reason(server, tokens):
    answer = server.get("/", token=tokens.access(client_id="another"))

    assert answer.status == 401
    assert answer.header("www-authenticate") == (
        'Bearer scope="" error="invalid_token" '
        'error_description="the token does not have a valid audience"'
    )


def test_a_client_id_counts_only_where_there_is_no_audience(server, tokens):
    assert server.get("/", token=tokens.access(aud="https://other.example")).status == 401
    assert server.get("/", token=tokens.access(aud=[])).status == 401
    assert server.get("/", token=tokens.access(aud=["https://other", CLIENT])).status == 200


@pytest.mark.parametrize("audience", [None, 7, {"a": 1}, [None], [["x"]], ""])
def test_an_audience_of_a_wrong_type_matches_nothing(server, tokens, audience):
    token = tokens.access(client_id=audience) if audience is None else tokens.access(aud=audience)

    assert server.get("/", token=token).status == 401


def test_an_id_token_opens_nothing_unless_asked_for(server, gateway, target, tokens):
    asked = gateway({"GET /": target.url}, accept_id_tokens=True)

    assert server.get("/", token=tokens.id()).status == 401
    assert asked.get("/", token=tokens.id()).status == 200


def test_an_id_token_is_refused_where_scopes_are_asked_for(gateway, target, tokens):
    server = gateway({"GET /": Upstream(target.url, scopes=["admin"])}, accept_id_tokens=True)

    answer = server.get("/", token=tokens.id(scope="admin"))

    assert answer.status == 403
    assert answer.json == {"message": "Forbidden"}


def test_one_of_the_routes_scopes_is_enough(server, tokens):
    assert server.get("/pets", token=tokens.access(scope="openid pets/read")).status == 200
    assert server.get("/pets", token=tokens.access(scope=None, scp=["pets/write"])).status == 200


@pytest.mark.parametrize("scope", [None, "", "pets", "pets/readable", "PETS/READ", 7, ["x"]])
def test_a_token_without_the_scope_is_forbidden(server, tokens, scope):
    answer = server.get("/pets", token=tokens.access(scope=scope))

    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.header("www-authenticate")
    assert 'scope="pets/read pets/write"' in answer.header("www-authenticate")


def test_any_client_is_taken_only_where_that_was_said(gateway, target, tokens):
    server = gateway({"GET /": target.url}, client_ids=[], allow_any_client=True)

    assert server.get("/", token=tokens.access(client_id="whoever")).status == 200
    assert server.get("/", token=tokens.id()).status == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": None, "nonce": "n"},
        {"token_use": None, "at_hash": "h"},
        {"token_use": None, "client_id": None, "scope": None, "aud": CLIENT},
        {"token_use": "refresh"},
    ],
)
def test_other_issuers_id_tokens_are_recognised(server, tokens, claims):
    assert server.get("/", token=tokens.access(**claims)).status == 401


def test_other_issuers_access_tokens_are_recognised(server, tokens):
    assert server.get("/", token=tokens.access(token_use=None)).status == 200


def test_a_good_token_of_another_issuer_is_refused(server, tokens):
    foreign = tokens.access(iss="https://idp.test/us-east-1_Other")

    answer = server.get("/", token=foreign)

    assert answer.status == 401
    assert "valid issuer" in answer.header("www-authenticate")


def test_forged_and_expired_tokens_are_refused(server, tokens, target):
    forger = keys.generate()
    forged = signing.sign(
        {"iss": ISSUER, "client_id": CLIENT, "token_use": "access", "exp": 2**31}, forger
    )
    renamed = keys.SigningKey(tokens.key.kid, forger.private_key)
    impostor = signing.sign(
        {"iss": ISSUER, "client_id": CLIENT, "token_use": "access", "exp": 2**31}, renamed
    )

    for token in (forged, impostor, tokens.access(exp=1_000_000_000), tokens.access(iat=2**31)):
        assert server.get("/", token=token).status == 401
    assert target.requests == []


def test_a_path_variable_named_like_a_claim_grants_nothing(gateway, target, tokens):
    server = gateway({"GET /{sub}": Upstream(target.url, scopes=["admin"])})

    assert server.get("/admin?scope=admin", token=tokens.access()).status == 403
