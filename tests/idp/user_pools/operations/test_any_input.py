"""Whatever an operation is sent, it answers in AWS's form: never a 5xx, never a stack trace.

Inputs are made from the service model: values that satisfy it, values that break it in one place,
and names of things that exist, so that they get past the wire and into the handlers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from idp.user_pools import operations
from kernel.aws.contract import Member, Operation, Shape, service
from kernel.aws.validation import checker
from tests.idp.user_pools.operations.world import PASSWORD, Pool, World

NAMES = sorted(name for family in operations.FAMILIES for name in family.handlers)
INPUTS = 24
BREAKS = 0.06
"""The chance that a value is one that its shape forbids."""

TEXTS = (
    "a",
    "anna",
    "A1b2C3d4",
    "123456",
    "0",
    "-1",
    " ",
    "é漢😀",
    "a\u202eb",
    "{####}",
    "code {####} for {username}",
    "%00",
    "../../etc/passwd",
    "us-east-1_abc123",
    "https://example.com/callback",
    "http://169.254.169.254/latest",
    "anna@example.com",
    "+15555550123",
    'email = "anna"',
    "custom:colour",
    "name",
    "3f2a1c9e-8d7b-4a6f-9b1c-2d3e4f5a6b7c",
    "us-east-1_3f2a1c9e-8d7b-4a6f-9b1c-2d3e4f5a6b7c",
    "arn:aws:lambda:us-east-1:000000000000:function:missing",
    "arn:aws:iam::000000000000:role/any",
    "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc123",
    "MTIz",
    "eyJhbGciOiJub25lIn0.e30.",
    "tkn" + "0" * 25,
    "0123456789abcdef" * 4,
    "us-east-1",
    "PHNhbWw+",
    "x" * 300,
)
BROKEN: tuple[Any, ...] = ("", "\0", "x" * 200_000, [], {}, 7, -(2**40), True, 1.5, None, "\ud800")


class Inputs:
    """Makes inputs of an operation around one pool, in which some names exist."""

    def __init__(self, seed: str, known: dict[str, Any]) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - inputs of a test
        self.known = known

    def of(self, operation: Operation) -> dict[str, Any]:
        shape = operation.input
        return {} if shape is None else self._structure(shape, 0)

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        chance = 0.5 if depth < 3 else 0.2
        return {
            member.name: self._member(member, depth)
            for member in shape.members.values()
            if self.dice.random() < (0.97 if member.is_required else chance)
        }

    def _member(self, member: Member, depth: int) -> Any:
        if self.dice.random() < BREAKS:
            return self.dice.choice(BROKEN)
        if member.name in self.known and self.dice.random() < 0.9:
            return self.known[member.name]
        return self._value(member.shape, depth + 1)

    def _value(self, shape: Shape, depth: int) -> Any:
        if shape.is_document:
            return {"any": ["json", 1, None]}
        match shape.type:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                count = self.dice.randint(0, 2)
                return [self._value(shape.element, depth + 1) for _ in range(count)]
            case "map":
                return {self._key(): self._value(shape.value, depth + 1) for _ in range(2)}
            case "boolean":
                return self.dice.random() < 0.5
            case "integer" | "long":
                return self._fitting(shape, [0, 1, 5, 60, 90, 365, 1000, -1, 2**31])
            case "double" | "float":
                return self.dice.choice([0.0, 1.5, -1.0])
            case "blob":
                return self.dice.choice(["MTIz", "", "not base64!"])
            case "timestamp":
                return self.dice.choice([0, 1_700_000_000, -1e15, "yesterday"])
        return self._fitting(shape, [*shape.model.get("enum", ()), *TEXTS])

    def _key(self) -> str:
        keys = ["USERNAME", "PASSWORD", "SRP_A", "SECRET_HASH", "ANSWER", "NEW_PASSWORD", "colour"]
        return self.dice.choice(keys)

    def _fitting(self, shape: Shape, candidates: list[Any]) -> Any:
        check = checker(shape)
        fitting = [each for each in candidates if not check(each)]
        return self.dice.choice(fitting or candidates)


@pytest.fixture(scope="module")
def send(world: World) -> Callable[[str, Any], urllib3.BaseHTTPResponse]:
    address = f"http://127.0.0.1:{world._server.port}/"
    http = urllib3.PoolManager()

    def post(name: str, body: Any) -> urllib3.BaseHTTPResponse:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{name}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/cognito-idp/"
            "aws4_request, SignedHeaders=host, Signature=00",
        }
        return http.request("POST", address, body=json.dumps(body), headers=headers)

    return post


def known_of(pool: Pool) -> dict[str, Any]:
    """Names of things that exist, by the members that hold them."""
    client = pool.client()
    pool.create_user("anna", email="anna@example.com", email_verified="true")
    pool.call("create_group", GroupName="staff")
    tokens = client.tokens("anna")
    return {
        "UserPoolId": pool.id,
        "ClientId": client.id,
        "Username": "anna",
        "GroupName": "staff",
        "AccessToken": tokens["AccessToken"],
        "RefreshToken": tokens["RefreshToken"],
        "Token": tokens["RefreshToken"],
        "Password": PASSWORD,
        "AuthParameters": {"USERNAME": "anna", "PASSWORD": PASSWORD},
    }


@pytest.mark.parametrize("name", NAMES)
def test_operation_answers_any_input_in_aws_form(
    world: World, send: Callable[[str, Any], urllib3.BaseHTTPResponse], name: str
) -> None:
    operation = service("cognito-idp").operation(name)
    assert operation is not None
    inputs = Inputs(name, known_of(world.pool(PoolName=name)))
    for _ in range(INPUTS):
        given = inputs.of(operation)
        reply = send(name, given)
        shown = json.dumps(given)[:2000]
        assert reply.status < 500, (reply.status, reply.data[:500], shown)
        assert b"Traceback" not in reply.data, shown
        if reply.status != 200:
            assert json.loads(reply.data)["__type"], shown
