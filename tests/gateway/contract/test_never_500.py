"""No request makes an operation fail: whatever the model allows, and whatever is a little beside
it, is done or refused."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.aws.contract import Member, Operation, Shape
from tests.gateway.contract.conftest import Inhabited
from tests.gateway.contract.samples import is_needed, sample
from tests.gateway.contract.wire import OPERATIONS, is_served, name_of

SERVED = [each for each in OPERATIONS if is_served(each)]
EXAMPLES = 12
MOST_DEPTH = 5

WORDS = (
    "",
    " ",
    "a",
    "0",
    "-1",
    "*",
    "/",
    "//",
    "$default",
    "ANY /{proxy+}",
    "application/json",
    "arn:aws:lambda:us-east-1:000000000000:function:f",
    "https://backend.example/{x}",
    "http://[::1",
    "integration.request.header.x",
    "method.request.path.x",
    "{",
    '{"$ref": "#"}',
    '{"Version": "2012-10-17", "Statement": [{}]}',
    "[" * 200,
    "/*/*/throttling/rateLimit",
    "/variables/x",
    "/endpointConfiguration/types/REGIONAL",
    "~1~0~",
    "%00",
    "\x00",
    "\ud800",
    "é漢😀",
    "x" * 3000,
)
TEXTS = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(exclude_categories=()), max_size=30)
)
LABELS = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_.$~ /%é", min_size=1, max_size=20),
    st.sampled_from(("x" * 300, "$default", "a.example.com", "é漢😀", "200", "GET")),
).filter(lambda text: text.strip("."))
NUMBERS = st.sampled_from((0, 1, -1, 29_000, 2**31 - 1, -(2**31), 10**9))
FLOATS = st.sampled_from((0.0, -1.5, 1e300, 5.0, float("inf"), float("nan")))


def values(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape's type, within its constraints or not."""
    if depth > MOST_DEPTH:
        return st.just(sample(shape))
    match shape.type:
        case "structure":
            return _structures(shape, depth)
        case "list":
            return st.lists(values(shape.element, depth + 1), max_size=3)
        case "map":
            return st.dictionaries(TEXTS, values(shape.value, depth + 1), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return NUMBERS
        case "double" | "float":
            return FLOATS
        case "timestamp":
            return st.just(sample(shape))
        case "blob":
            return st.one_of(st.binary(max_size=50), TEXTS.map(_encoded))
    enum = shape.model.get("enum")
    return st.one_of(st.sampled_from(enum), TEXTS) if enum else TEXTS


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _structures(shape: Shape, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    needed = {m.name: values(m.shape, depth + 1) for m in shape.members.values() if m.is_required}
    others = {m.name: values(m.shape, depth + 1) for m in _others(shape)}
    return st.fixed_dictionaries(needed, optional=others)


def _others(shape: Shape) -> list[Member]:
    return [each for each in shape.members.values() if not each.is_required]


def requests(operation: Operation, names: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of an operation; most of what they name exists."""
    members = operation.input.members.values() if operation.input else ()

    def of(member: Member) -> st.SearchStrategy[Any]:
        known = names.get(member.name)
        if member.location in ("uri", "header") or member.name in ("MaxResults", "NextToken"):
            other: st.SearchStrategy[Any] = LABELS
        elif member.location == "querystring":
            other = _queries(member)
        else:
            other = values(member.shape)
        is_named = known is not None and member.shape.type == "string"
        return st.one_of(st.just(known), st.just(known), other) if is_named else other

    return st.fixed_dictionaries(
        {each.name: of(each) for each in members if is_needed(each)},
        optional={each.name: of(each) for each in members if not is_needed(each)},
    )


def _queries(member: Member) -> st.SearchStrategy[Any]:
    if member.shape.type == "list":
        return st.lists(LABELS, max_size=3)
    if member.shape.type == "map":
        return st.dictionaries(LABELS, LABELS, max_size=2)
    return values(member.shape) if member.shape.type != "string" else LABELS


@pytest.mark.parametrize("operation", SERVED, ids=name_of)
def test_no_input_makes_an_operation_fail(disposable: Inhabited, operation: Operation) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(request=requests(operation, disposable.world.names(operation)))
    def ask(request: dict[str, Any]) -> None:
        answer = disposable.wire.send(operation, request)

        assert answer.status < 500, (request, answer)

    ask()
