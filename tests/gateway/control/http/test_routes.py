from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.snapshot import IamAuthorizer, SnapshotHolder
from tests.gateway.control.caller import Caller


def test_new_route_has_the_defaults_of_aws(caller: Caller) -> None:
    api_id = caller.create_api()
    target = f"integrations/{caller.create_integration(api_id)}"

    made = caller("CreateRoute", ApiId=api_id, RouteKey="GET /pets/{id}", Target=target)

    assert made == {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": made["RouteId"],
        "RouteKey": "GET /pets/{id}",
        "Target": target,
    }
    assert caller("GetRoute", ApiId=api_id, RouteId=made["RouteId"]) == made


@pytest.mark.parametrize(
    "key",
    ["$default", "ANY /{proxy+}", "GET /", "POST /a/b/", "DELETE /a/{b}/c/{d+}", "OPTIONS /a~b"],
)
def test_route_keys_of_http_apis_are_taken(caller: Caller, key: str) -> None:
    api_id = caller.create_api()

    caller.create_route(api_id, key)

    assert caller("GetRoutes", ApiId=api_id)["Items"][0]["RouteKey"] == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "$connect",
        "GET",
        "GET pets",
        "GET/pets",
        "get /pets",
        "TRACE /pets",
        "GET /pets?x=1",
        "GET /{a+}/b",
        "GET /{a}/{a}",
        "GET /a{b}",
        "GET /{}",
        "GET //a",
        "GET /a b",
        "GET /\r\nX: y",
        "GET /é",
        "GET /" + "x" * 2000,
    ],
)
def test_malformed_route_key_is_refused_in_the_words_of_aws(caller: Caller, key: str) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid, match="The provided route key is not formatted properly"):
        caller.create_route(api_id, key)


def test_second_route_with_a_key_is_refused(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /pets")
    other = caller.create_route(api_id, "POST /pets")

    with pytest.raises(Conflicting, match="Route with key GET /pets already exists for this API"):
        caller.create_route(api_id, "GET /pets")
    with pytest.raises(Conflicting, match="Route with key GET /pets already exists for this API"):
        caller("UpdateRoute", ApiId=api_id, RouteId=other, RouteKey="GET /pets")


def test_keys_that_differ_in_a_variable_s_name_alone_are_refused(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /pets/{id}")

    with pytest.raises(Conflicting, match="conflicting variable on the same hierarchical level"):
        caller.create_route(api_id, "GET /pets/{pet}")
    caller.create_route(api_id, "GET /pets/{pet+}")
    caller.create_route(api_id, "POST /pets/{pet}")


def test_second_spelling_of_a_route_cannot_slip_past_its_authorizer(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /~pets")

    with pytest.raises(Conflicting):
        caller.create_route(api_id, "GET /%7Epets")
    with pytest.raises(Invalid):
        caller.create_route(api_id, "GET /../pets")


@pytest.mark.parametrize("target", [None, "", "integrations/none", "integrations/", "none"])
def test_target_must_be_an_integration_of_the_api(caller: Caller, target: str | None) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid, match=r"[Tt]arget"):
        caller("CreateRoute", ApiId=api_id, RouteKey="GET /pets", Target=target)


def test_integration_of_another_api_is_no_target(caller: Caller) -> None:
    foreign = caller.create_integration(caller.create_api())

    with pytest.raises(Invalid, match="Invalid target"):
        caller.create_route(caller.create_api(), Target=f"integrations/{foreign}")


def test_jwt_route_names_an_authorizer_of_the_api(caller: Caller) -> None:
    api_id = caller.create_api()
    foreign = caller.create_authorizer(caller.create_api())

    for authorizer in ({}, {"AuthorizerId": foreign}, {"AuthorizerId": "x"}):
        with pytest.raises(Invalid, match="Invalid authorizer ID specified"):
            caller.create_route(api_id, AuthorizationType="JWT", **authorizer)


def test_a_route_takes_authorizers_of_its_own_type_only(caller: Caller) -> None:
    api_id = caller.create_api()
    jwt = caller.create_authorizer(api_id)
    function = caller.create_function_authorizer(api_id)

    for kind, other in (("CUSTOM", jwt), ("JWT", function)):
        with pytest.raises(Invalid, match="Invalid authorizer ID specified"):
            caller.create_route(api_id, AuthorizationType=kind, AuthorizerId=other)
    caller.create_route(api_id, AuthorizationType="CUSTOM", AuthorizerId=function)


def test_signed_requests_need_no_authorizer(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    authorizer = caller.create_authorizer(api_id)
    with pytest.raises(Invalid, match="AWS_IAM takes no authorizer"):
        caller.create_route(api_id, AuthorizationType="AWS_IAM", AuthorizerId=authorizer)
    caller.create_route(api_id, AuthorizationType="AWS_IAM")
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    caller.create_route(api_id, "GET /more", AuthorizationType="AWS_IAM")

    routes = served.current.apis[api_id].stages["$default"].routes
    assert {type(each.authorizer) for each in routes} == {IamAuthorizer}


def test_scopes_and_authorizers_without_jwt_are_refused_rather_than_forgotten(
    caller: Caller,
) -> None:
    api_id = caller.create_api()
    authorizer = caller.create_authorizer(api_id)

    with pytest.raises(Invalid, match="need the authorization type JWT"):
        caller.create_route(api_id, AuthorizationScopes=["pets/read"])
    with pytest.raises(Invalid, match="NONE takes no authorizer"):
        caller.create_route(api_id, AuthorizerId=authorizer)


def test_update_takes_the_authorizer_and_its_scopes_off(caller: Caller) -> None:
    api_id = caller.create_api()
    authorizer = caller.create_authorizer(api_id)
    route = caller.create_route(
        api_id,
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=["pets/read"],
    )

    kept = caller("UpdateRoute", ApiId=api_id, RouteId=route, OperationName="listPets")
    opened = caller("UpdateRoute", ApiId=api_id, RouteId=route, AuthorizationType="NONE")

    assert kept["AuthorizerId"] == authorizer
    assert kept["AuthorizationScopes"] == ["pets/read"]
    assert opened["AuthorizationType"] == "NONE"
    assert {"AuthorizerId", "AuthorizationScopes"}.isdisjoint(opened)
    caller("DeleteAuthorizer", ApiId=api_id, AuthorizerId=authorizer)


def test_scopes_are_bounded_and_well_formed(caller: Caller) -> None:
    api_id = caller.create_api()
    members = {"AuthorizationType": "JWT", "AuthorizerId": caller.create_authorizer(api_id)}
    many = [f"s{number}" for number in range(quotas.SCOPES_PER_ROUTE + 1)]

    with pytest.raises(Conflicting, match="at most 10"):
        caller.create_route(api_id, AuthorizationScopes=many, **members)
    for scope in ("", "a b", 'a"b', "é"):
        with pytest.raises(Invalid, match="Invalid authorization scope"):
            caller.create_route(api_id, AuthorizationScopes=[scope], **members)


@pytest.mark.parametrize(
    "members",
    [
        {"ApiKeyRequired": True},
        {"ModelSelectionExpression": "$x"},
        {"RequestModels": {"a": "b"}},
        {"RequestParameters": {"route.request.querystring.a": {"Required": True}}},
        {"RouteResponseSelectionExpression": "$default"},
    ],
)
def test_settings_of_websocket_routes_are_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    with pytest.raises(Invalid, match="is not supported"):
        caller.create_route(caller.create_api(), **members)


def test_key_of_a_managed_route_changes_through_the_api_alone(caller: Caller) -> None:
    api_id = caller.create_api(Target="https://backend.example")
    (route,) = caller("GetRoutes", ApiId=api_id)["Items"]

    with pytest.raises(Invalid, match="quick create"):
        caller("UpdateRoute", ApiId=api_id, RouteId=route["RouteId"], RouteKey="GET /pets")


def test_deleted_route_is_missing(caller: Caller) -> None:
    api_id = caller.create_api()
    route = caller.create_route(api_id)

    caller("DeleteRoute", ApiId=api_id, RouteId=route)

    for operation in ("GetRoute", "UpdateRoute", "DeleteRoute"):
        with pytest.raises(Missing, match=f"Invalid Route identifier specified {route}"):
            caller(operation, ApiId=api_id, RouteId=route)


def test_route_of_another_api_is_missing(caller: Caller) -> None:
    route = caller.create_route(caller.create_api())

    with pytest.raises(Missing):
        caller("GetRoute", ApiId=caller.create_api(), RouteId=route)


def test_api_has_at_most_its_quota_of_routes(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "ROUTES_PER_API", 2)
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /a")
    caller.create_route(api_id, "GET /b")

    with pytest.raises(Conflicting, match=r"Maximum number of Routes .* The limit is 2"):
        caller.create_route(api_id, "GET /c")
