"""Tokens for a client itself."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event

from idp.models import RefreshFamily, ResourceServer
from tests.idp.oauth.moves import claims_of
from tests.idp.oauth.world import TestClient, World


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read", "write", "sink")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read", "boats/write", "openid"],
    )


def ask(world: World, machine: TestClient, **form: str) -> dict[str, str]:
    answer = world.token(machine.basic, grant_type="client_credentials", **form)
    assert answer.json
    return answer.json


def test_a_client_gets_the_scopes_it_asks_for(world: World, machine: TestClient) -> None:
    body = ask(world, machine, scope="boats/read")
    assert sorted(body) == ["access_token", "expires_in", "token_type"]
    claims = claims_of(body["access_token"])
    assert claims["scope"] == "boats/read"
    assert claims["client_id"] == claims["sub"] == machine.id
    assert claims["token_use"] == "access"


def test_without_a_scope_it_gets_all_resource_server_scopes(
    world: World, machine: TestClient
) -> None:
    claims = claims_of(ask(world, machine)["access_token"])
    assert claims["scope"] == "boats/read boats/write"


@pytest.mark.parametrize("scope", ["boats/sink", "openid", "boats/read openid", 'x"y', "ü"])
def test_other_scopes_are_refused(world: World, machine: TestClient, scope: str) -> None:
    assert ask(world, machine, scope=scope)["error"] == "invalid_scope"


def test_scopes_end_with_their_resource_server(world: World, machine: TestClient) -> None:
    world.kernel.database.write(lambda session: session.execute(delete(ResourceServer)))
    assert ask(world, machine, scope="boats/read")["error"] == "invalid_scope"


def test_a_client_of_people_gets_none(world: World, confidential_client: TestClient) -> None:
    assert ask(world, confidential_client)["error"] == "unauthorized_client"


def test_nothing_is_written(world: World, machine: TestClient) -> None:
    begun: list[str] = []

    @event.listens_for(world.kernel.database.engine, "begin")
    def count(connection: object) -> None:
        options = connection.get_execution_options()  # type: ignore[attr-defined]
        begun.append("write" if options.get("poolgate_writes") else "read")

    assert "access_token" in ask(world, machine)
    assert "write" not in begun
    assert world.rows(RefreshFamily) == []


def test_its_token_opens_no_user_info(world: World, machine: TestClient) -> None:
    token = ask(world, machine)["access_token"]
    assert world.user_info(token).status_code == 401


FUNCTION = """
def handler(event, context):
    assert event["triggerSource"] == "TokenGeneration_ClientCredentials"
    assert event["request"]["scopes"] == ["boats/read", "boats/write"]
    if event["request"]["clientMetadata"].get("refuse"):
        raise ValueError("not today")
    event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": {
        "claimsToAddOrOverride": {"tenant": event["request"]["clientMetadata"]["tenant"]},
        "scopesToSuppress": ["boats/write"]}}
    return event
"""


@pytest.fixture
def customised(world: World) -> TestClient:
    """A machine of a pool with a pre token generation function."""
    home = world.kernel.settings.instance / "functions"
    home.mkdir()
    (home / "machines.py").write_text(FUNCTION)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:machines"
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V3_0", "LambdaArn": arn}}
    pool_id = world.pool(LambdaConfig=config)
    world.resource_server(pool_id, "boats", "read", "write")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read", "boats/write"],
    )


def test_the_function_customises_it(world: World, customised: TestClient) -> None:
    body = ask(world, customised, aws_client_metadata='{"tenant": "acme"}')
    claims = claims_of(body["access_token"])
    assert (claims["tenant"], claims["scope"]) == ("acme", "boats/read")


def test_the_function_may_refuse(world: World, customised: TestClient) -> None:
    body = ask(world, customised, aws_client_metadata='{"refuse": "yes"}')
    assert "not today" in body["error_description"]
    assert "access_token" not in body


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": null}', '"text"'])
def test_malformed_metadata_is_refused(world: World, machine: TestClient, text: str) -> None:
    assert ask(world, machine, aws_client_metadata=text)["error"] == "invalid_request"
