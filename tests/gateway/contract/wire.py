"""Every operation of both services, asked as a client asks: requests out of botocore's serializer,
answers through its parser, each answer held to the shape that the model gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from gateway.control import FAMILIES
from kernel.aws.access import Caller
from kernel.aws.contract import Operation, service
from kernel.aws.dispatch import Dispatcher
from kernel.aws.operations import Principal
from kernel.aws.wire import Reply, Request
from kernel.runtime import Kernel
from tests.kernel.aws.generated import Peer
from tests.servers import operations_seen
from tests.servers.output_shapes import require_output

SERVICES = ("apigateway", "apigatewayv2")
ACCOUNT, REGION = "000000000000", "us-east-1"
OPERATIONS = tuple(operation for name in SERVICES for operation in service(name).operations())
SERVED = {(family.service, name) for family in FAMILIES for name in family.handlers}
PEERS = {name: Peer(name) for name in SERVICES}


def is_served(operation: Operation) -> bool:
    return (operation.service.name, operation.name) in SERVED


def name_of(operation: Operation) -> str:
    return f"{operation.service.name}-{operation.name}"


@dataclass(frozen=True)
class Answer:
    """What a client makes of a reply: members, or an error's code and message."""

    status: int
    members: dict[str, Any]
    code: str = ""
    message: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status < 300


class Everybody:
    """Lets every request pass, as the account's own."""

    def authenticate(self, _request: Request, _signing_name: str) -> Caller:
        root = Principal(ACCOUNT, "AKIATEST000000000000", f"arn:aws:iam::{ACCOUNT}:root")
        return Caller(root, REGION)

    def authorize(
        self,
        _caller: Caller,
        action: str,
        _resource_arns: Sequence[str],
        _context: Mapping[str, Any],
    ) -> None:
        assert action.startswith("apigateway:")


class Wire:
    """A control plane and its client."""

    def __init__(self, kernel: Kernel) -> None:
        self._dispatcher = Dispatcher(kernel, FAMILIES, Everybody())

    def send(self, operation: Operation, parameters: dict[str, Any]) -> Answer:
        """Ask, and check the form of whatever is answered."""
        request = PEERS[operation.service.name].request(operation.name, parameters)
        return self.answer(operation, request)

    def answer(self, operation: Operation, request: Request) -> Answer:
        """The answer to a request that may be none of a client's."""
        reply = self._dispatcher.handle(replace(request, request_id="request"))
        way = "success" if reply.status < 300 else "error"
        operations_seen.note(operation.service.name, operation.name, way)
        if reply.status < 300:
            return Answer(reply.status, _members(operation, reply))
        return _error(operation, reply)

    def __call__(self, service_name: str, name: str, /, **parameters: Any) -> dict[str, Any]:
        """The members of an answer that succeeds."""
        operation = service(service_name).operation(name)
        assert operation is not None
        answer = self.send(operation, parameters)
        assert answer.succeeded, f"{name}: {answer.code} {answer.message}"
        return answer.members


def _members(operation: Operation, reply: Reply) -> dict[str, Any]:
    assert reply.status == operation.success_status, operation.name
    members = PEERS[operation.service.name].parsed(operation.name, reply)
    require_output(operation.service.name, operation.name, members)
    return members


def _error(operation: Operation, reply: Reply) -> Answer:
    parsed = create_parser("rest-json").parse(
        {"status_code": reply.status, "headers": HeadersDict(reply.headers), "body": reply.body},
        None,
    )
    error = parsed["Error"]
    assert error["Code"], reply
    assert error["Message"], reply
    assert "Traceback" not in error["Message"]
    shape = operation.service.error(error["Code"])
    if shape is not None and shape.http_status:
        # A quota that is used up is a ConflictException with the status 429, as on AWS.
        assert reply.status in (shape.http_status, 429)
    return Answer(reply.status, {}, error["Code"], error["Message"])
