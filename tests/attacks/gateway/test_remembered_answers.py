"""What an authorizer answered counts for what it was asked, and for nothing else."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from gateway.effects import Keep, Recall
from gateway.performers.memory import MOST_BYTES_IN_ALL, Memory
from gateway.snapshot import (
    Api,
    Canary,
    FunctionAuthorizer,
    HttpProxyIntegration,
    RestMethod,
    RestSettings,
    Route,
    Snapshot,
    Stage,
)
from tests.gateway.conftest import ok
from tests.gateway.plane import ACCOUNT, API_HOST, API_ID, MOCK

SOURCES = ("method.request.header.Authorization",)


def answers(effect: str) -> str:
    return f"""
def handler(event, context):
    statement = {{"Effect": "{effect}", "Action": "execute-api:Invoke", "Resource": "*"}}
    return {{
        "principalId": "ada",
        "policyDocument": {{"Version": "2012-10-17", "Statement": [statement]}},
    }}
"""


@pytest.fixture(autouse=True)
def both(write_function):
    write_function("yes", answers("Allow"))
    write_function("no", answers("Deny"))


def guard(**changes) -> FunctionAuthorizer:
    made = FunctionAuthorizer("a1", "guard", "yes", "TOKEN", identity_sources=SOURCES)
    return replace(made, **changes)


def stage(name: str = "prod", *routes: Route, **options) -> Stage:
    return Stage(name, routes, rest=RestSettings(), **options)


def method(key: str, authorizer: FunctionAuthorizer) -> Route:
    return Route(key, MOCK, authorizer, rest=RestMethod(key))


def api(*stages: Stage, api_id: str = API_ID) -> Api:
    named = {each.name: each for each in stages}
    return Api(api_id, "pets", named, "REST", account=ACCOUNT, region="us-east-1")


def test_it_does_not_open_another_stage_authorizer_or_api(plane, send, serve):
    yes, no = guard(), guard(function="no")
    one = api(
        stage("prod", method("GET /pets", yes), method("GET /cats", replace(no, id="a2"))),
        stage("test", method("GET /pets", no)),
    )
    other = api(stage("prod", method("GET /pets", no)), api_id="other1")
    plane.holder.swap(Snapshot.of([one, other]))
    me = {"Authorization": "me"}
    assert send("/prod/pets", headers=me).status == 200
    assert send("/test/pets", headers=me).status == 403
    assert send("/prod/cats", headers=me).status == 403
    host = API_HOST.replace(API_ID, "other1")
    assert send("/prod/pets", headers={**me, "Host": host}).status == 403


def test_it_does_not_open_a_later_deployment_with_another_function(plane, send):
    me = {"Authorization": "me"}
    plane.holder.swap(Snapshot.of([api(stage("prod", method("GET /pets", guard())))]))
    assert send("/prod/pets", headers=me).status == 200
    later = method("GET /pets", guard(function="no"))
    plane.holder.swap(Snapshot.of([api(stage("prod", later))]))
    assert send("/prod/pets", headers=me).status == 403


def test_a_canarys_answer_does_not_open_the_production_release(plane, send):
    route = method("GET /pets", guard(function="${stageVariables.guard}"))
    canary = stage("prod", route, variables={"guard": "yes"}, is_canary=True)
    served = stage("prod", route, variables={"guard": "no"})
    me = {"Authorization": "me"}
    for percent, status in ((100.0, 200), (0.0, 403), (100.0, 200)):
        release = replace(
            served,
            canary=Canary(percent=percent, deployment_id="d2", variables={}),
            canary_stage=canary,
        )
        plane.holder.swap(Snapshot.of([api(release)]))
        assert send("/prod/pets", headers=me).status == status


def test_identities_in_other_places_are_other_identities(plane, send, write_function):
    write_function(
        "yes",
        """
def handler(event, context):
    effect = "Allow" if event["headers"]["x-user"] == "ada" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}
    return {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
""",
    )
    sources = ("method.request.header.X-User", "method.request.header.X-Tenant")
    authorizer = guard(kind="REQUEST", identity_sources=sources)
    plane.holder.swap(Snapshot.of([api(stage("prod", method("GET /pets", authorizer)))]))
    ada = {"X-User": "ada", "X-Tenant": "b"}
    assert send("/prod/pets", headers=ada).status == 200
    for headers in (
        {"X-User": "b", "X-Tenant": "ada"},
        {"X-User": "ada1:b", "X-Tenant": "b"},
        {"X-User": "ada,b", "X-Tenant": "b"},
        {"X-User": "adab", "X-Tenant": "b"},
    ):
        assert send("/prod/pets", headers=headers).status == 403
    assert send("/prod/pets", headers={"X-User": "ada"}).status == 401


def test_a_token_authorizers_answer_is_not_a_request_authorizers(plane, send):
    me = {"Authorization": "me"}
    plane.holder.swap(Snapshot.of([api(stage("prod", method("GET /pets", guard())))]))
    assert send("/prod/pets", headers=me).status == 200
    other = guard(kind="REQUEST", function="no")
    plane.holder.swap(Snapshot.of([api(stage("prod", method("GET /pets", other)))]))
    assert send("/prod/pets", headers=me).status == 403


def test_an_http_apis_answer_is_not_a_rest_apis(plane, send, upstream, write_function):
    write_function("simple", "def handler(event, context):\n    return {'isAuthorized': True}\n")
    simple = guard(
        function="simple",
        kind="REQUEST",
        payload_version="2.0",
        simple_responses=True,
        identity_sources=("$request.header.Authorization",),
    )
    target = upstream(ok())
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url), simple), stage="prod")
    me = {"Authorization": "me"}
    assert send("/prod/pets", headers=me).status == 200
    plane.show(
        Route("GET /pets", HttpProxyIntegration(target.url), replace(simple, function="no")),
        stage="prod",
    )
    assert send("/prod/pets", headers=me).status == 500


def test_made_up_tokens_fill_no_memory_with_what_is_said_of_them():
    memory = Memory()
    tracemalloc.start()
    try:
        for number in range(2000):
            memory.keep(Keep(f"authorizer/{number}", bytes(60_000), 300))
        assert tracemalloc.get_traced_memory()[0] < MOST_BYTES_IN_ALL + 5_000_000
    finally:
        tracemalloc.stop()
    assert memory.recall(Recall("authorizer/0")) is None
    assert memory.recall(Recall("authorizer/1999")) is not None


def test_a_value_that_is_kept_anew_counts_once():
    memory = Memory()
    for _ in range(2000):
        memory.keep(Keep("a", bytes(60_000), 300))
    memory.keep(Keep("b", b"b", 300))
    memory.forget("a")
    assert memory.recall(Recall("a")) is None
    assert memory.recall(Recall("b")) == b"b"


def test_a_parameter_that_comes_twice_opens_nothing_for_its_first_value(
    plane, send, write_function
):
    """Functions look at the last value, backends often at the first."""
    chosen = "'Allow' if event['queryStringParameters']['tenant'] == 'mine' else 'Deny'"
    write_function("tenants", answers("X").replace('"X"', chosen))
    sources = ("method.request.querystring.tenant",)
    authorizer = guard(function="tenants", kind="REQUEST", identity_sources=sources)
    plane.holder.swap(Snapshot.of([api(stage("prod", method("GET /pets", authorizer)))]))
    assert send("/prod/pets?tenant=theirs&tenant=mine").status == 200
    assert send("/prod/pets?tenant=theirs").status == 403
