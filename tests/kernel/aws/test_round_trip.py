"""botocore's serializers and parsers agree with ours on every operation of every service."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kernel.aws.contract import Operation, service
from kernel.aws.endpoint import PROTOCOLS
from kernel.aws.rest_routes import RestRoutes
from kernel.aws.routing import locate
from tests.kernel.aws.generated import Peer, structure

SERVED = {
    "cognito-idp": 141,
    "cognito-identity": 23,
    "cognito-sync": 17,
    "apigateway": 124,
    "apigatewayv2": 103,
    "apigatewaymanagementapi": 3,
    "sts": 11,
    "iam": 180,
}
FULL, SPARSE = 1.0, 0.4


@pytest.fixture(scope="module")
def routes() -> RestRoutes:
    return RestRoutes()


@pytest.mark.parametrize("name", SERVED)
def test_every_request_of_botocore_is_located_and_read_as_it_was_meant(name, routes):
    peer, dice = Peer(name), random.Random(name)  # noqa: S311 - a seed, not a secret
    for operation in service(name).operations():
        for chance in (FULL, SPARSE):
            sent = _input(operation, dice, chance)
            request = peer.request(operation.name, sent)
            located = locate(request, routes)
            assert located.operation is operation
            read = PROTOCOLS[operation.service.protocol].input_reader(operation)
            assert read(request, located.labels) == sent, operation.name


@pytest.mark.parametrize("name", SERVED)
def test_every_answer_is_parsed_by_botocore_as_it_was_meant(name):
    peer, dice = Peer(name), random.Random(name)  # noqa: S311 - a seed, not a secret
    for operation in service(name).operations():
        for chance in (FULL, SPARSE):
            meant = _output(operation, dice, chance)
            write = PROTOCOLS[operation.service.protocol].output_writer(operation)
            parsed = peer.parsed(operation.name, write(meant, "an-id"))
            assert {k: v for k, v in parsed.items() if k in meant} == meant, operation.name


@pytest.mark.parametrize(("name", "count"), SERVED.items())
def test_the_pinned_model_has_the_operations_we_counted(name, count):
    assert len(service(name).operation_names) == count


def test_thirteen_operations_of_user_pools_have_an_empty_body():
    empty = [each.name for each in service("cognito-idp").operations() if each.output is None]
    assert len(empty) == 13
    for name in empty:
        operation = service("cognito-idp").operation(name)
        assert operation is not None
        assert PROTOCOLS["json"].output_writer(operation)({}, "").body == b""


def _input(operation: Operation, dice: random.Random, chance: float) -> dict[str, Any]:
    return structure(operation.input, dice, chance) if operation.input else {}


def _output(operation: Operation, dice: random.Random, chance: float) -> dict[str, Any]:
    return structure(operation.output, dice, chance) if operation.output else {}
