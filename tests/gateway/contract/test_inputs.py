"""What the models say of inputs, asked of every operation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from kernel.aws.contract import Operation
from tests.gateway.contract.conftest import Inhabited
from tests.gateway.contract.samples import Violation, minimal, violations
from tests.gateway.contract.wire import OPERATIONS, PEERS, Answer, is_served, name_of

SERVED = [each for each in OPERATIONS if is_served(each)]
CODES = {"apigateway": "ValidationException", "apigatewayv2": "BadRequestException"}


def required(operation: Operation) -> list[str]:
    members = operation.input.members.values() if operation.input else ()
    return [each.name for each in members if each.is_required and each.location != "uri"]


@pytest.mark.parametrize("operation", [o for o in SERVED if required(o)], ids=name_of)
def test_every_required_member_is_missed(inhabited: Inhabited, operation: Operation) -> None:
    whole = minimal(operation, inhabited.world.names(operation))
    for name in required(operation):
        without = {each: value for each, value in whole.items() if each != name}

        answer = inhabited.wire.send(operation, without)

        assert answer.code == CODES[operation.service.name]
        camel = name[0].lower() + name[1:]
        assert f"{camel}' failed to satisfy constraint: Member must not be null" in answer.message


def broken(operation: Operation) -> list[Violation]:
    return list(violations(operation))


@pytest.mark.parametrize("operation", [o for o in SERVED if broken(o)], ids=name_of)
def test_every_constraint_is_checked(inhabited: Inhabited, operation: Operation) -> None:
    whole = minimal(operation, inhabited.world.names(operation))
    for violation in broken(operation):
        answer = inhabited.wire.send(operation, {**whole, **violation.request})

        assert answer.code == CODES[operation.service.name], violation
        assert f"{violation.path}' failed to satisfy constraint" in answer.message
        assert violation.wording in answer.message


@pytest.mark.parametrize("operation", SERVED, ids=name_of)
def test_unknown_members_change_nothing(disposable: Inhabited, operation: Operation) -> None:
    """As on AWS, which must take what newer clients send. Nothing that is asked for exists."""
    asked = {name: _nowhere(name) for name in disposable.world.names(operation)}
    request = PEERS[operation.service.name].request(operation.name, minimal(operation, asked))
    expected = disposable.wire.answer(operation, request)
    if not _takes_any_query(operation):
        separator = "&" if request.query else ""
        queried = replace(request, query=f"{request.query}{separator}unexpected=1")
        assert _alike(disposable.wire.answer(operation, queried), expected)
    has_payload = operation.input is not None and operation.input.payload
    if request.body.startswith(b"{") and not has_payload:
        body: dict[str, Any] = {**orjson.loads(request.body), "unexpected": {"x": [1, None]}}
        told = replace(request, body=orjson.dumps(body))
        told.headers["content-length"] = str(len(told.body))
        assert _alike(disposable.wire.answer(operation, told), expected)


def _alike(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same. What is made anew each time has an id of its own."""
    if not (one.succeeded and other.succeeded):
        return one == other
    return one.status == other.status and one.members.keys() == other.members.keys()


def _takes_any_query(operation: Operation) -> bool:
    """Whether a member holds whatever the query has."""
    members = operation.input.members.values() if operation.input else ()
    return any(each.location == "querystring" and each.shape.type == "map" for each in members)


def _nowhere(name: str) -> str:
    return {"ResourceArn": "nothing", "resourceArn": "nothing"}.get(name, "zzzzzzzzzz")
