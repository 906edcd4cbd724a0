"""A flood of tokens that nobody knows: each would have an authorizer's function called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway import quotas
from gateway.chain import run_from
from gateway.context import Address, Reply, Request, Routed
from gateway.effects import CallFunction, FunctionReply, Recall, TakeToken
from gateway.handlers.authorize import authorize
from gateway.performers import functions as called
from gateway.performers.functions import calling
from gateway.route_tree import Match
from gateway.snapshot import Api, FunctionAuthorizer, RestMethod, Route, Snapshot, Stage, Throttle
from kernel.functions import pool
from tests.gateway.plane import ACCOUNT, API_ID, MOCK

BURST = 3
KNOWS_ADA = """
def handler(event, context):
    effect = "Allow" if event["authorizationToken"] == "ada" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}
    return {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
"""
AUTHORIZER = FunctionAuthorizer(
    "a1", "guard", "guard", "TOKEN", identity_sources=("method.request.header.Authorization",)
)
ROUTE = Route("GET /pets", MOCK, AUTHORIZER, rest=RestMethod("r"))


@pytest.fixture(autouse=True)
def few_calls(monkeypatch, write_function):
    write_function("guard", KNOWS_ADA)
    monkeypatch.setattr(quotas, "AUTHORIZER_CALLS_PER_SECOND", 0.001)
    monkeypatch.setattr(quotas, "AUTHORIZER_CALLS_BURST", BURST)


def context(address: str = "192.0.2.1", stage: str = "prod", throttle: Throttle | None = None):
    served = Stage(stage, (ROUTE,), default_throttle=throttle)
    api = Api(API_ID, "pets", {stage: served}, "REST", account=ACCOUNT, account_throttle=throttle)
    request = Request("id", "GET", "https", "h", 10, "", {"authorization": "made-up"}, address)
    where = Address(API_ID, stage, "/pets")
    return Routed(request, where, Snapshot.of([api]), api, served, Match(ROUTE, {}))


def bucket_of(asked: Routed) -> str:
    """The only bucket that a request for an unknown token takes from, and nothing else is done."""
    taken = []

    def perform(effect):
        if isinstance(effect, Recall):
            return None
        assert isinstance(effect, TakeToken)
        taken.append(effect)
        return False

    answer = run_from(asked, (authorize,), perform).answer
    assert (answer.status, answer.kind) == (429, "THROTTLED")
    (one,) = taken
    return one.bucket


def test_made_up_tokens_have_a_function_called_so_often_and_no_more(plane, send):
    plane.show_rest(ROUTE, replace(ROUTE, key="GET /cats"))
    assert send("/prod/pets", headers={"Authorization": "ada"}).status == 200
    answers = [send("/prod/pets", headers={"Authorization": f"t{each}"}) for each in range(6)]
    assert [each.status for each in answers] == [403] * (BURST - 1) + [429] * (7 - BURST)
    assert answers[-1].body == b'{"message":"Too Many Requests"}'
    assert send("/prod/cats", headers={"Authorization": "t9"}).status == 429
    # Whoever is known goes on: the answer is kept.
    assert send("/prod/pets", headers={"Authorization": "ada"}).status == 200


def test_each_client_and_each_stage_has_calls_of_its_own():
    mine = bucket_of(context())
    assert mine == bucket_of(context())
    assert mine == bucket_of(context("::ffff:192.0.2.1"))
    assert mine != bucket_of(context("192.0.2.2"))
    assert mine != bucket_of(context("::ffff:192.0.2.2"))
    assert mine != bucket_of(context(stage="test"))


def test_the_addresses_of_one_network_are_one_client():
    mine = bucket_of(context("2001:db8:1:2::1"))
    assert mine == bucket_of(context("2001:db8:1:2:ffff:ffff:ffff:ffff"))
    assert mine != bucket_of(context("2001:db8:1:3::1"))
    assert bucket_of(context("fe80::1%eth0"))
    assert bucket_of(context("no:address"))


def test_made_up_tokens_take_nothing_from_those_who_are_let_in():
    """The throttles of stage and account come behind the authorizer."""
    bucket = bucket_of(context(throttle=Throttle(1.0, 1)))
    assert bucket.startswith("gateway/authorizer/")


@pytest.mark.parametrize(("module", "bound"), [(pool, "MAX_RUNNERS"), (called, "MOST_AUTHORIZING")])
def test_an_authorizer_without_a_free_place_answers_429(functions, monkeypatch, module, bound):
    monkeypatch.setattr(module, bound, 0)
    monkeypatch.setitem(pool.PATIENCE, "authorizer", 0.0)
    call: Callable[[CallFunction], FunctionReply] = calling(functions)

    def perform(effect):
        return call(effect) if isinstance(effect, CallFunction) else isinstance(effect, TakeToken)

    route = replace(ROUTE, authorizer=replace(AUTHORIZER, result_ttl=0))
    asked = replace(context(), match=Match(route, {}))
    answer = run_from(asked, (authorize,), perform).answer
    assert isinstance(answer, Reply)
    assert (answer.status, answer.kind) == (429, "THROTTLED")
