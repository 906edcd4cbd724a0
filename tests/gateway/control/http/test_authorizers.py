from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.flushing import AUTHORIZERS, on_flush
from gateway.snapshot import FunctionAuthorizer, SnapshotHolder
from tests.gateway.control.caller import Caller


def _jwt(issuer: str = "https://issuer.example", audience: list[str] | None = None) -> object:
    return {"Issuer": issuer, "Audience": ["client"] if audience is None else audience}


def test_authorizer_is_read_as_it_was_made(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_authorizer(api_id)

    assert caller("GetAuthorizer", ApiId=api_id, AuthorizerId=made) == {
        "AuthorizerId": made,
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["client"]},
        "Name": "people",
    }


@pytest.mark.parametrize(
    "issuer",
    [
        "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc",
        "http://localhost:8080/us-east-1_abc",
        "http://127.0.0.1:8400/us-east-1_abc",
        "http://idp.localhost/",
        "https://issuer.example/",
    ],
)
def test_issuers_that_are_safe_to_fetch_from_are_taken(caller: Caller, issuer: str) -> None:
    caller.create_authorizer(caller.create_api(), JwtConfiguration=_jwt(issuer))


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "issuer.example",
        "http://issuer.example",
        "http://localhost.evil.example",
        "http://169.254.169.254/latest",
        "https://",
        "https://user:secret@issuer.example",
        "https://issuer.example?x=1",
        "https://issuer.example#x",
        "https://issuer.example:x",
        "https://issuer.example/ x",
        "javascript:alert(1)",
    ],
)
def test_issuer_that_could_be_spoofed_is_refused(caller: Caller, issuer: str) -> None:
    with pytest.raises(Invalid, match="Invalid issuer"):
        caller.create_authorizer(caller.create_api(), JwtConfiguration=_jwt(issuer))


@pytest.mark.parametrize("audience", [[], [""]])
def test_authorizer_without_an_audience_is_refused(caller: Caller, audience: list[str]) -> None:
    with pytest.raises(Invalid, match="Audience"):
        caller.create_authorizer(caller.create_api(), JwtConfiguration=_jwt(audience=audience))


def test_authorizer_has_at_most_its_quota_of_audiences(caller: Caller) -> None:
    many = [f"client{number}" for number in range(quotas.AUDIENCES_PER_AUTHORIZER + 1)]

    with pytest.raises(Conflicting, match="at most 50"):
        caller.create_authorizer(caller.create_api(), JwtConfiguration=_jwt(audience=many))


@pytest.mark.parametrize(
    "members",
    [
        {"AuthorizerType": "REQUEST"},
        {"AuthorizerUri": "arn:aws:lambda:us-east-1:000000000000:function:a"},
        {"AuthorizerResultTtlInSeconds": 300},
        {"AuthorizerPayloadFormatVersion": "2.0"},
        {"EnableSimpleResponses": True},
        {"IdentityValidationExpression": ".*"},
        {"IdentitySource": []},
        {"IdentitySource": ["$request.header.A", "$request.header.B"]},
        {"IdentitySource": ["$context.identity.sourceIp"]},
        {"IdentitySource": ["$request.header.A B"]},
        {"JwtConfiguration": None},
        {"Name": None},
    ],
)
def test_authorizer_that_nothing_enforces_is_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid):
        caller.create_authorizer(api_id, **members)
    assert caller("GetAuthorizers", ApiId=api_id) == {"Items": []}


def test_update_keeps_the_audience_when_the_issuer_changes(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_authorizer(api_id)

    changed = caller(
        "UpdateAuthorizer",
        ApiId=api_id,
        AuthorizerId=made,
        JwtConfiguration={"Issuer": "https://other.example"},
    )

    assert changed["JwtConfiguration"] == {
        "Issuer": "https://other.example",
        "Audience": ["client"],
    }


def test_names_of_authorizers_are_unique_in_an_api(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_authorizer(api_id)

    with pytest.raises(Conflicting, match="must be unique"):
        caller.create_authorizer(api_id)
    caller.create_authorizer(caller.create_api())


def test_authorizer_in_use_cannot_be_deleted(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_authorizer(api_id)
    route = caller.create_route(api_id, AuthorizationType="JWT", AuthorizerId=made)

    expected = "Cannot delete authorizer 'people', is referenced in route: GET /pets"
    with pytest.raises(Conflicting, match=expected):
        caller("DeleteAuthorizer", ApiId=api_id, AuthorizerId=made)
    caller("DeleteRoute", ApiId=api_id, RouteId=route)
    caller("DeleteAuthorizer", ApiId=api_id, AuthorizerId=made)


def test_a_function_authorizer_is_read_as_it_was_made_and_served(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    made = caller.create_function_authorizer(api_id, EnableSimpleResponses=True)
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    caller.create_route(api_id, AuthorizationType="CUSTOM", AuthorizerId=made)

    assert caller("GetAuthorizer", ApiId=api_id, AuthorizerId=made) == {
        "AuthorizerId": made,
        "AuthorizerPayloadFormatVersion": "2.0",
        "AuthorizerResultTtlInSeconds": 300,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": "arn:aws:lambda:us-east-1:000000000000:function:guard",
        "EnableSimpleResponses": True,
        "IdentitySource": ["$request.header.Authorization"],
        "Name": "guard",
    }
    authorizer = served.current.apis[api_id].stages["$default"].routes[0].authorizer
    assert authorizer == FunctionAuthorizer(
        id=made,
        name="guard",
        function="arn:aws:lambda:us-east-1:000000000000:function:guard",
        kind="REQUEST",
        payload_version="2.0",
        simple_responses=True,
        identity_sources=("$request.header.Authorization",),
    )


@pytest.mark.parametrize(
    "members",
    [
        {"AuthorizerUri": None},
        {"AuthorizerUri": "https://example.com/"},
        {"AuthorizerPayloadFormatVersion": None},
        {"AuthorizerPayloadFormatVersion": "3.0"},
        {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
        {"IdentitySource": ["$request.body.x"]},
        {"IdentitySource": ["$context.authorizer.x"]},
        {"IdentitySource": [], "AuthorizerResultTtlInSeconds": 60},
        {"IdentitySource": [f"$request.header.h{n}" for n in range(21)]},
        {"JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["client"]}},
        {"AuthorizerCredentialsArn": "arn:aws:iam::000000000000:role/x"},
    ],
)
def test_a_function_authorizer_that_could_not_work_is_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        caller.create_function_authorizer(caller.create_api(), **members)


def test_the_type_of_an_authorizer_stays(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_function_authorizer(api_id)

    with pytest.raises(Invalid, match="cannot be changed"):
        caller("UpdateAuthorizer", ApiId=api_id, AuthorizerId=made, AuthorizerType="JWT")


def test_resetting_the_cache_of_authorizers_tells_the_workers(caller: Caller) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="dev")
    heard: list[tuple[str, str]] = []
    on_flush(caller.kernel.shared_state, AUTHORIZERS, lambda *stage: heard.append(stage))

    caller("ResetAuthorizersCache", ApiId=api_id, StageName="dev")

    assert heard == [(api_id, "dev")]
    with pytest.raises(Missing):
        caller("ResetAuthorizersCache", ApiId=api_id, StageName="nothing")
