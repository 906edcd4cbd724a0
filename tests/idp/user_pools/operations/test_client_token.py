"""GetClientToken: a client's own access token."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.machines import MACHINE, harbour, token
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import AppClient, Pool, World, new_email, refused


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return harbour(world)


@pytest.fixture(scope="module")
def machine(pool: Pool) -> AppClient:
    return pool.client(**MACHINE)


def test_client_gets_a_token_of_its_own(world: World, machine: AppClient) -> None:
    answer = token(machine, Scopes=["boats/read"])
    assert (answer["TokenType"], answer["ExpiresIn"]) == ("Bearer", 3600)
    assert world.verifier.verify(answer["AccessToken"])
    claims = claims_of(answer["AccessToken"])
    assert claims["sub"] == claims["client_id"] == machine.id
    assert (claims["token_use"], claims["scope"]) == ("access", "boats/read")
    assert "username" not in claims


def test_without_scopes_it_has_all_of_the_resource_servers(machine: AppClient) -> None:
    assert claims_of(token(machine)["AccessToken"])["scope"] == "boats/read boats/write"


@pytest.mark.parametrize(
    "scopes",
    [["boats/sink"], ["openid"], ["boats/read", "cars/read"], ["aws.cognito.signin.user.admin"]],
)
def test_other_scopes_are_refused(machine: AppClient, scopes: list[str]) -> None:
    with refused("InvalidParameterException"):
        token(machine, Scopes=scopes)


def test_secret_must_be_right(pool: Pool, machine: AppClient) -> None:
    other = pool.client(**MACHINE)
    for wrong in ("w" * 30, other.secret):
        with refused("NotAuthorizedException"):
            token(machine, Secret=wrong)
    with refused("ResourceNotFoundException"):
        pool.world.public.get_client_token(ClientId="absent", Secret="w" * 30)


def test_flow_must_be_enabled(pool: Pool) -> None:
    client = pool.client(GenerateSecret=True, AllowedOAuthScopes=["boats/read"])
    with refused("InvalidParameterException", "not enabled"):
        token(client)


def test_client_without_scopes_gets_nothing(pool: Pool) -> None:
    with refused("InvalidParameterException"):
        token(pool.client(**{**MACHINE, "AllowedOAuthScopes": ["openid"]}))


def test_flow_excludes_users_and_public_clients(pool: Pool) -> None:
    with refused("InvalidParameterException"):
        pool.client(**{**MACHINE, "GenerateSecret": False})
    for flow in ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"):
        with refused("InvalidParameterException"):
            pool.client(**{**MACHINE, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", flow]})
    with refused("InvalidParameterException"):
        pool.client(
            **MACHINE,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            CallbackURLs=["https://app.example/"],
        )


def test_signature_that_comes_along_is_ignored(world: World, machine: AppClient) -> None:
    answer = world.admin.get_client_token(ClientId=machine.id, Secret=machine.secret)
    assert answer["ClientAuthenticationResult"]["AccessToken"]
    with refused("NotAuthorizedException"):
        world.admin.get_client_token(ClientId=machine.id, Secret="w" * 30)


def test_clients_token_opens_no_users_operation(world: World, machine: AppClient) -> None:
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=token(machine)["AccessToken"])


FUNCTION = """
assert event['triggerSource'] == 'TokenGeneration_ClientCredentials'
assert event['version'] == '3' and event['request']['userAttributes'] == {}
event['response']['claimsAndScopeOverrideDetails'] = {'accessTokenGeneration': {
    'claimsToAddOrOverride': {
        'tenant': event['request']['clientMetadata'].get('tenant'), 'sub': 'x', 'client_id': 'x'},
    'scopesToSuppress': ['boats/write'], 'scopesToAdd': ['boats/moor']}}
"""


def triggered(world: World, version: str) -> AppClient:
    arn = world.function(f"machine_{version.lower()}", FUNCTION)
    config = {"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": arn}}
    return harbour(world, LambdaConfig=config).client(**MACHINE)


def test_third_version_of_the_function_customises_it(world: World) -> None:
    client = triggered(world, "V3_0")
    claims = claims_of(token(client, ClientMetadata={"tenant": "acme"})["AccessToken"])
    assert claims["tenant"] == "acme"
    assert claims["scope"] == "boats/read boats/moor"
    assert claims["sub"] == claims["client_id"] == client.id


def test_earlier_versions_are_not_asked(world: World) -> None:
    claims = claims_of(token(triggered(world, "V2_0"))["AccessToken"])
    assert claims["scope"] == "boats/read boats/write"
    assert "tenant" not in claims


def test_function_may_refuse(world: World) -> None:
    arn = world.function("refuses_machines", "raise ValueError('no machines')")
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V3_0", "LambdaArn": arn}}
    client = harbour(world, LambdaConfig=config).client(**MACHINE)
    with refused("UserLambdaValidationException", "no machines"):
        token(client)


def test_person_cannot_sign_in_through_a_machine(pool: Pool, machine: AppClient) -> None:
    address = new_email()
    pool.create_user(address)
    with refused("InvalidParameterException", "not enabled"):
        machine.sign_in(address)
