"""GetDerivedToken: a token for one service in exchange for a user's (RFC 8693)."""

from __future__ import annotations

import time

import pytest

from tests.idp.user_pools.operations.machines import EXCHANGER, MACHINE, derive, harbour, token
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import (
    FLOWS,
    AppClient,
    Pool,
    World,
    new_email,
    refused,
)

ADMIN_SCOPE = "aws.cognito.signin.user.admin"


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    """Its function gives users' tokens scopes, as the hosted pages do."""
    arn = world.function(
        "grants_boats",
        "if event['triggerSource'] == 'TokenGeneration_Authentication':\n"
        "    event['response']['claimsAndScopeOverrideDetails'] = {'accessTokenGeneration': {\n"
        "        'scopesToAdd': ['boats/read', 'boats/write', 'email']}}",
    )
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": arn}}
    return harbour(world, LambdaConfig=config)


@pytest.fixture(scope="module")
def app(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture(scope="module")
def service(pool: Pool) -> AppClient:
    return pool.client(**EXCHANGER)


@pytest.fixture(scope="module")
def machine(pool: Pool) -> AppClient:
    return pool.client(**MACHINE)


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, email=address, email_verified="true", name="Ada")
    return address


def actor(client: AppClient) -> dict[str, str]:
    return {"ActorToken": token(client)["AccessToken"], "ActorTokenType": "ACCESS_TOKEN"}


def test_exchanged_token_speaks_of_the_user_for_the_service(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    before = claims_of(subject := app.tokens(email)["AccessToken"])
    world.time.pass_by(minutes=10)
    answer = derive(service, subject, Scopes=["boats/read", "boats/write"])
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ACCESS_TOKEN", "Bearer")
    assert answer["Scopes"] == ["boats/read"]
    assert world.verifier.verify(answer["IssuedToken"])
    after = claims_of(answer["IssuedToken"])
    assert after["client_id"] == service.id
    assert after["scope"] == "boats/read"
    assert "act" not in after
    assert "aud" not in after
    for same in ("sub", "iss", "username", "origin_jti", "event_id", "auth_time", "acr", "amr"):
        assert after[same] == before[same]
    assert after["jti"] != before["jti"]


def test_without_scopes_it_keeps_those_of_the_subject_that_the_client_may_have(
    app: AppClient, service: AppClient, email: str
) -> None:
    answer = derive(service, app.tokens(email)["AccessToken"])
    assert set(answer["Scopes"]) == {ADMIN_SCOPE, "boats/read", "email"}


@pytest.mark.parametrize("scopes", [["boats/write"], ["boats/sink"], ["openid"], [ADMIN_SCOPE]])
def test_scopes_only_shrink(
    app: AppClient, service: AppClient, email: str, scopes: list[str]
) -> None:
    with refused("InvalidParameterException"):
        derive(service, app.tokens(email)["AccessToken"], Scopes=scopes)


def test_it_never_outlives_what_it_was_bought_with(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    """However often it is exchanged again."""
    present = app.tokens(email)["AccessToken"]
    expires = claims_of(present)["exp"]
    for _ in range(3):
        world.time.pass_by(minutes=15)
        answer = derive(service, present)
        present = answer["IssuedToken"]
        assert claims_of(present)["exp"] == expires
        assert answer["ExpiresIn"] == expires - world.time.now
    world.time.pass_by(minutes=15)
    with refused("NotAuthorizedException", "expired"):
        derive(service, present)


def test_it_is_bound_to_its_audience(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    subject = app.tokens(email)["AccessToken"]
    for given in ({"Audiences": ["https://ships.example"]}, {"Resources": ["boats"]}):
        claims = claims_of(derive(service, subject, **given)["IssuedToken"])
        assert [claims["aud"]] == next(iter(given.values()))
        assert ADMIN_SCOPE not in claims["scope"]
    with refused("NotAuthorizedException"):
        world.public.get_user(
            AccessToken=derive(service, subject, Resources=["boats"])["IssuedToken"]
        )


def test_targets_are_one_and_known(app: AppClient, service: AppClient, email: str) -> None:
    subject = app.tokens(email)["AccessToken"]
    with refused("InvalidParameterException", "exclude"):
        derive(service, subject, Audiences=["a"], Resources=["boats"])
    with refused("ResourceNotFoundException"):
        derive(service, subject, Resources=["cars"])
    with refused("InvalidParameterException"):
        derive(service, subject, Audiences=["a", "b"])


def test_no_token_is_made_for_another_client(
    app: AppClient, service: AppClient, email: str
) -> None:
    """What an application takes for a sign-in of its own must be one."""
    tokens = app.tokens(email)
    for kind in ("ACCESS_TOKEN", "ID_TOKEN"):
        with refused("InvalidParameterException", "another app client"):
            derive(service, tokens["AccessToken"], Audiences=[app.id], RequestedTokenType=kind)


def test_actor_is_named(app: AppClient, service: AppClient, machine: AppClient, email: str) -> None:
    answer = derive(service, app.tokens(email)["AccessToken"], **actor(machine))
    claims = claims_of(answer["IssuedToken"])
    assert claims["act"] == {"sub": machine.id}
    assert ADMIN_SCOPE not in answer["Scopes"]


def test_chain_of_actors_is_kept_and_bounded(
    pool: Pool, app: AppClient, service: AppClient, email: str
) -> None:
    machines = [pool.client(**MACHINE) for _ in range(2)]
    present = app.tokens(email)["AccessToken"]
    for each in machines:
        present = derive(service, present, **actor(each))["IssuedToken"]
    expected = {"sub": machines[1].id, "act": {"sub": machines[0].id}}
    assert claims_of(present)["act"] == expected
    hidden = derive(service, present)["IssuedToken"]
    assert claims_of(hidden)["act"] == expected
    for _ in range(3):
        present = derive(service, present, **actor(machines[0]))["IssuedToken"]
    with refused("InvalidParameterException", "chain"):
        derive(service, present, **actor(machines[0]))


def test_user_may_be_the_actor(pool: Pool, app: AppClient, service: AppClient, email: str) -> None:
    helper = new_email()
    sub = pool.create_user(helper)
    tokens = app.tokens(helper)
    given = {"ActorToken": tokens["IdToken"], "ActorTokenType": "ID_TOKEN"}
    subject = app.tokens(email)["AccessToken"]
    claims = claims_of(derive(service, subject, **given)["IssuedToken"])
    assert claims["act"] == {"sub": sub}
    app.call("revoke_token", Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException", "ActorToken"):
        derive(service, subject, **given)


def test_id_token_buys_an_id_token(app: AppClient, service: AppClient, email: str) -> None:
    subject = app.tokens(email)["IdToken"]
    answer = derive(service, subject, SubjectTokenType="ID_TOKEN", RequestedTokenType="ID_TOKEN")
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ID_TOKEN", "N_A")
    claims = claims_of(answer["IssuedToken"])
    assert (claims["token_use"], claims["aud"]) == ("id", service.id)
    assert (claims["email"], claims["name"]) == (email, "Ada")
    assert "nonce" not in claims
    assert "at_hash" not in claims


def test_bound_id_token_names_who_asked_for_it(
    app: AppClient, service: AppClient, email: str
) -> None:
    answer = derive(
        service,
        app.tokens(email)["AccessToken"],
        RequestedTokenType="ID_TOKEN",
        Audiences=["https://ships.example"],
    )
    claims = claims_of(answer["IssuedToken"])
    assert (claims["aud"], claims["azp"]) == ("https://ships.example", service.id)


def test_id_token_opens_nothing_by_exchange(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    answer = derive(service, app.tokens(email)["IdToken"], SubjectTokenType="ID_TOKEN")
    assert answer["Scopes"] == []
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=answer["IssuedToken"])


def test_types_must_be_what_they_say(
    app: AppClient, service: AppClient, machine: AppClient, email: str
) -> None:
    tokens = app.tokens(email)
    for name, kind in (
        ("IdToken", "ACCESS_TOKEN"),
        ("AccessToken", "ID_TOKEN"),
        ("RefreshToken", "ACCESS_TOKEN"),
    ):
        with refused("NotAuthorizedException", "Invalid SubjectToken"):
            derive(service, tokens[name], SubjectTokenType=kind)
    given = {**actor(machine), "ActorTokenType": "ID_TOKEN"}
    with refused("NotAuthorizedException", "Invalid ActorToken"):
        derive(service, tokens["AccessToken"], **given)


def test_clients_own_token_is_no_subject(service: AppClient, machine: AppClient) -> None:
    with refused("NotAuthorizedException", "no user"):
        derive(service, token(machine)["AccessToken"])


def test_revoked_expired_and_disabled_buy_nothing(
    world: World, pool: Pool, app: AppClient, service: AppClient, email: str
) -> None:
    revoked = app.tokens(email)
    app.call("revoke_token", Token=revoked["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        derive(service, revoked["AccessToken"])
    old = app.tokens(email)["AccessToken"]
    world.time.pass_by(hours=1)
    with refused("NotAuthorizedException", "expired"):
        derive(service, old)
    present = app.tokens(email)["AccessToken"]
    pool.call("admin_disable_user", Username=email)
    with refused("NotAuthorizedException"):
        derive(service, present)


def test_deleted_users_and_machines_buy_nothing(
    world: World, pool: Pool, app: AppClient, service: AppClient, email: str
) -> None:
    subject = app.tokens(email)["AccessToken"]
    gone = pool.client(**MACHINE)
    given = actor(gone)
    pool.call("delete_user_pool_client", ClientId=gone.id)
    with refused("NotAuthorizedException", "ActorToken"):
        derive(service, subject, **given)
    pool.call("admin_delete_user", Username=email)
    with refused("NotAuthorizedException"):
        derive(service, subject)


def test_other_pools_tokens_are_foreign(
    world: World, app: AppClient, service: AppClient, machine: AppClient, email: str
) -> None:
    other = harbour(world)
    other.create_user(email)
    foreign, foreign_machine = other.client().tokens(email), other.client(**MACHINE)
    with refused("NotAuthorizedException", "Invalid SubjectToken"):
        derive(service, foreign["AccessToken"])
    with refused("NotAuthorizedException", "Invalid ActorToken"):
        derive(service, app.tokens(email)["AccessToken"], **actor(foreign_machine))


def test_altered_tokens_are_refused(app: AppClient, service: AppClient, email: str) -> None:
    head, body, signature = app.tokens(email)["AccessToken"].split(".")
    for each in (f"{head}.{body}.{signature[::-1]}", f"{head}.{body}.", "x", "a" * 100_000):
        with refused("NotAuthorizedException", "Invalid SubjectToken"):
            derive(service, each)


def test_derived_token_ends_with_the_sign_in(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    tokens = app.tokens(email)
    derived = derive(service, tokens["AccessToken"])["IssuedToken"]
    assert world.public.get_user(AccessToken=derived)["Username"]
    app.call("revoke_token", Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=derived)


def test_each_kind_needs_its_flow(
    pool: Pool, app: AppClient, machine: AppClient, email: str
) -> None:
    subject = app.tokens(email)["AccessToken"]
    for kind, given in (("IMPERSONATION", actor(machine)), ("DELEGATION", {})):
        client = pool.client(
            GenerateSecret=True, ExplicitAuthFlows=[f"ALLOW_TOKEN_EXCHANGE_{kind}"]
        )
        with refused("InvalidParameterException", "not enabled"):
            derive(client, subject, **given)
    with refused("InvalidParameterException", "not enabled"):
        derive(pool.client(ExplicitAuthFlows=FLOWS), subject)


def test_client_proves_itself_or_iam_does(
    world: World, app: AppClient, service: AppClient, email: str
) -> None:
    request = {
        "ClientId": service.id,
        "SubjectToken": app.tokens(email)["AccessToken"],
        "SubjectTokenType": "ACCESS_TOKEN",
    }
    for caller, wrong in ((world.public, {}), (world.public, {"ClientSecret": "w" * 30})):
        with refused("NotAuthorizedException"):
            caller.get_derived_token(**request, **wrong)
    # boto3 knows no credentials that are optional: the model signs by default.
    assert world.admin.get_derived_token(**request)["IssuedToken"]
    with refused("NotAuthorizedException"):
        world.admin.get_derived_token(**request, ClientSecret="w" * 30)
    stranger = world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.get_derived_token(**request)


def test_other_providers_tokens_wait_for_federation(
    app: AppClient, service: AppClient, email: str
) -> None:
    subject = app.tokens(email)["AccessToken"]
    for given in (
        {"SubjectTokenType": "SAML2"},
        {"SubjectTokenProviderName": "Partner"},
        {"ActorToken": subject, "ActorTokenType": "SAML2"},
        {"ActorToken": subject, "ActorTokenType": "ID_TOKEN", "ActorTokenProviderName": "Partner"},
        {"ActorToken": subject},
        {"ActorTokenType": "ACCESS_TOKEN"},
        {"ActorTokenProviderName": "Partner"},
    ):
        with refused("InvalidParameterException"):
            derive(service, subject, **given)
    with refused("InvalidParameterException"):
        derive(service, "")


def test_function_customises_what_is_issued(world: World, email: str) -> None:
    arn = world.function(
        "marks_exchanges",
        "if event['triggerSource'] == 'TokenGeneration_TokenExchange':\n"
        "    event['response']['claimsAndScopeOverrideDetails'] = {'accessTokenGeneration': {\n"
        "        'scopesToAdd': ['boats/sink'], 'scopesToSuppress': ['email'],\n"
        "        'claimsToAddOrOverride': {'marked': 'yes', 'act': {'sub': 'forged'},\n"
        "                                  'aud': 'forged', 'origin_jti': 'forged'}}}",
    )
    config = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": arn}}
    pool = world.email_pool(LambdaConfig=config)
    pool.create_user(email)
    subject = pool.client().tokens(email)["AccessToken"]
    service = pool.client(**{**EXCHANGER, "AllowedOAuthScopes": []})
    answer = derive(service, subject)
    claims = claims_of(answer["IssuedToken"])
    assert claims["marked"] == "yes"
    assert answer["Scopes"] == claims["scope"].split() == [ADMIN_SCOPE]
    assert "act" not in claims
    assert "aud" not in claims
    assert claims["origin_jti"] == claims_of(subject)["origin_jti"]


def test_exchange_is_quick(app: AppClient, service: AppClient, email: str) -> None:
    subject = app.tokens(email)["AccessToken"]
    started = time.monotonic()
    for _ in range(10):
        derive(service, subject)
    assert time.monotonic() - started < 5
