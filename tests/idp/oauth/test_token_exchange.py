"""The token-exchange grant. What may be exchanged is tested with GetDerivedToken."""

from __future__ import annotations

import pytest

from tests.idp.oauth.moves import ACCESS, ID, claims_of, exchange
from tests.idp.oauth.world import Pkce, TestClient, World


@pytest.fixture
def service(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read")
    flows = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]
    return world.client(pool_id, confidential=True, ExplicitAuthFlows=flows)


@pytest.fixture
def tokens(world: World, public_client: TestClient) -> dict[str, str]:
    proof = Pkce()
    code = world.code(public_client, **proof.parameters)
    answer: dict[str, str] | None = world.redeem(
        public_client, code, code_verifier=proof.verifier
    ).json
    assert answer
    return answer


def test_service_exchanges_a_users_token(
    world: World, service: TestClient, tokens: dict[str, str]
) -> None:
    body = exchange(
        world,
        service,
        subject_token=tokens["access_token"],
        subject_token_type=ACCESS,
        scope="email",
        resource="boats",
    )
    assert body["issued_token_type"] == ACCESS
    assert (body["token_type"], body["scope"]) == ("Bearer", "email")
    claims = claims_of(body["access_token"])
    assert (claims["aud"], claims["scope"]) == ("boats", "email")
    assert claims["client_id"] == service.id
    assert claims["sub"] == claims_of(tokens["access_token"])["sub"]


def test_it_exchanges_id_tokens_and_names_actors(
    world: World, service: TestClient, tokens: dict[str, str]
) -> None:
    body = exchange(
        world,
        service,
        subject_token=tokens["id_token"],
        subject_token_type=ID,
        actor_token=tokens["access_token"],
        actor_token_type=ACCESS,
        requested_token_type=ID,
        audience="https://ships.example",
    )
    assert (body["issued_token_type"], body["token_type"]) == (ID, "N_A")
    claims = claims_of(body["access_token"])
    assert (claims["aud"], claims["azp"]) == ("https://ships.example", service.id)
    assert claims["act"] == {"sub": claims["sub"]}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"subject_token_type": ID}, "invalid_grant"),
        ({"subject_token": "x.y.z"}, "invalid_grant"),
        ({"actor_token": "x.y.z"}, "invalid_request"),
        ({"actor_token_type": ACCESS}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"audience": "a", "resource": "boats"}, "invalid_request"),
        ({"resource": "cars"}, "invalid_target"),
        ({"scope": "phone"}, "invalid_scope"),
    ],
)
def test_what_does_not_fit_is_refused(
    world: World,
    service: TestClient,
    tokens: dict[str, str],
    changes: dict[str, str],
    error: str,
) -> None:
    form = {"subject_token": tokens["access_token"], "subject_token_type": ACCESS, **changes}
    assert exchange(world, service, **form)["error"] == error


@pytest.mark.parametrize(
    ("target", "is_good"),
    [
        ({"resource": "boats"}, True),
        ({"audience": "https://ships.example"}, True),
        ({"audience": "boats"}, True),
        ({"resource": "harbours"}, False),
        ({"audience": "https://elsewhere.example"}, False),
        ({"audience": "https://ships.example/"}, False),
        ({}, False),
        ({"audience": ""}, False),
    ],
)
def test_rfc8693_section_2_1_a_client_with_targets_exchanges_for_those_alone(
    world: World,
    service: TestClient,
    tokens: dict[str, str],
    target: dict[str, str],
    is_good: bool,
) -> None:
    world.resource_server(service.pool_id, "harbours", "read")
    world.register(service, exchange_targets=["boats", "https://ships.example"])
    form = {"subject_token": tokens["access_token"], "subject_token_type": ACCESS, **target}
    body = exchange(world, service, **form)
    assert ("access_token" in body) is is_good
    assert body.get("error") == (None if is_good else "invalid_target")


def test_an_id_token_for_another_audience_goes_no_further(
    world: World, service: TestClient, tokens: dict[str, str]
) -> None:
    """Whoever is shown it would have tokens for everybody else from it."""
    form = {"subject_token": tokens["id_token"], "subject_token_type": ID}
    ships = "https://ships.example"
    made = exchange(world, service, requested_token_type=ID, audience=ships, **form)
    form["subject_token"] = made["access_token"]
    for target in ({"audience": "https://elsewhere.example"}, {"resource": "boats"}, {}):
        assert exchange(world, service, **form, **target)["error"] == "invalid_target"
    assert "access_token" in exchange(world, service, audience=ships, **form)


def test_another_client_is_no_target_though_it_is_listed(
    world: World, service: TestClient, public_client: TestClient, tokens: dict[str, str]
) -> None:
    form = {"subject_token": tokens["access_token"], "subject_token_type": ACCESS}
    for targets in ([public_client.id], None):
        world.register(service, **({"exchange_targets": targets} if targets else {}))
        body = exchange(world, service, audience=public_client.id, **form)
        assert body["error"] == "invalid_target"


def test_a_client_with_no_target_exchanges_nothing(
    world: World, service: TestClient, tokens: dict[str, str]
) -> None:
    world.register(service, exchange_targets=[])
    for kind in (ACCESS, ID):
        form = {"subject_token": tokens["access_token"], "subject_token_type": ACCESS}
        body = exchange(world, service, requested_token_type=kind, **form)
        assert body["error"] == "invalid_target"


def test_clients_without_the_flow_exchange_nothing(
    world: World, public_client: TestClient, tokens: dict[str, str]
) -> None:
    body = exchange(
        world,
        public_client,
        client_id=public_client.id,
        subject_token=tokens["access_token"],
        subject_token_type=ACCESS,
    )
    assert "access_token" not in body


def test_secret_must_be_right(world: World, service: TestClient, tokens: dict[str, str]) -> None:
    thief = TestClient(service.id, service.pool_id, "wrong")
    form = {"subject_token": tokens["access_token"], "subject_token_type": ACCESS}
    assert exchange(world, thief, **form)["error"] == "invalid_client"
    assert exchange(world, thief, client_id=service.id, **form)["error"] == "invalid_client"
