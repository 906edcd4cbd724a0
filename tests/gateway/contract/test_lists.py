"""Every list comes in pages, and takes no token that it did not make for the same question."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.aws.contract import Operation
from tests.gateway.contract.conftest import Inhabited
from tests.gateway.contract.samples import minimal
from tests.gateway.contract.wire import OPERATIONS, Answer, is_served, name_of

TOKENS = {"position": "limit", "NextToken": "MaxResults"}
"""What continues a list, and what bounds its pages."""
ONE_PAGE = {
    "GetDomainNameAccessAssociations": "there are none: no domain is private",
    "GetSdkTypes": "there are two",
    "GetTags": "a resource has at most 50",
}
QUESTIONS = {"GetUsage": {"startDate": "2026-05-01", "endDate": "2026-05-04"}}


def token_of(operation: Operation) -> str | None:
    members = operation.input.members if operation.input else {}
    return next((each for each in TOKENS if each in members), None)


LISTS = [each for each in OPERATIONS if is_served(each) and token_of(each)]
PAGED = [each for each in LISTS if each.name not in ONE_PAGE]


def ask(inhabited: Inhabited, operation: Operation, **more: Any) -> Answer:
    question = minimal(operation, inhabited.world.names(operation))
    return inhabited.wire.send(operation, {**question, **QUESTIONS.get(operation.name, {}), **more})


def items(members: dict[str, Any]) -> list[Any]:
    """What is listed: the one list, or the map by key, of an answer."""
    (found,) = (value for value in members.values() if isinstance(value, list | dict))
    return list(found.items()) if isinstance(found, dict) else list(found)


@pytest.mark.parametrize("operation", PAGED, ids=name_of)
def test_pages_of_one_hold_everything_once(inhabited: Inhabited, operation: Operation) -> None:
    token = token_of(operation)
    assert token is not None
    size = 1 if operation.service.name == "apigateway" or _is_number(operation) else "1"
    everything = items(ask(inhabited, operation).members)
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        answer = ask(inhabited, operation, **{TOKENS[token]: size}, **more)
        assert answer.succeeded, answer
        found.extend(items(answer.members))
        if token not in answer.members:
            break
        assert len(items(answer.members)) == 1
        more = {token: answer.members[token]}

    assert found == everything
    assert len(found) >= (1 if operation.name == "GetRouteResponses" else 2)


def _is_number(operation: Operation) -> bool:
    assert operation.input is not None
    return operation.input.members["MaxResults"].shape.type == "integer"


@pytest.mark.parametrize("operation", PAGED, ids=name_of)
def test_forged_tokens_are_refused(inhabited: Inhabited, operation: Operation) -> None:
    token = token_of(operation)
    assert token is not None
    for forged in ("forged", "\u2603", "x" * 1500, _of_another_list(inhabited, operation)):
        answer = ask(inhabited, operation, **{token: forged})

        assert answer.code == "BadRequestException", answer


def _of_another_list(inhabited: Inhabited, operation: Operation) -> str:
    """A token that was made here, for another question."""
    token = token_of(operation)
    other = next(
        each
        for each in PAGED
        if each.service is operation.service
        and each.name != operation.name
        and each.name in ("GetRestApis", "GetModels", "GetApis", "GetRoutes")
    )
    size = 1 if operation.service.name == "apigateway" else "1"
    members = ask(inhabited, other, **{TOKENS[str(token)]: size}).members
    return str(members[str(token)])


@pytest.mark.parametrize("operation", PAGED, ids=name_of)
def test_pages_without_a_size_are_refused(inhabited: Inhabited, operation: Operation) -> None:
    if operation.service.name == "apigateway":
        sizes: list[Any] = [0, -1]
    else:
        sizes = [0, -1] if _is_number(operation) else ["0", "-1", "many", "9" * 30]
    for size in sizes:
        answer = ask(inhabited, operation, **{TOKENS[str(token_of(operation))]: size})

        assert answer.status == 400, (size, answer)
