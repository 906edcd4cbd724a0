"""Whether what an operation answers has the shape that the service model gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kernel.aws.contract import Operation, Shape, service
from kernel.aws.validation import Fault, checker, describe


def require_output(service_name: str, name: str, members: Mapping[str, Any]) -> None:
    """Fail unless an output has everything that its shape wants, and nothing besides."""
    operation, check = _checked(service_name, name)
    faults = [fault for fault in check(members) if not _is_newer(service_name, fault)]
    assert not faults, f"{name} answered {describe(faults)}"
    strays = list(_strays(operation.output, members, name))
    assert not strays, f"not in the model: {strays}"


def _is_newer(service_name: str, fault: Fault) -> bool:
    """A domain name that apigateway gave TLS 1.3 alone: apigatewayv2's model does not know that
    policy, and another one would not be true."""
    return (
        service_name == "apigatewayv2"
        and fault.path.endswith("securityPolicy")
        and fault.value == "'SecurityPolicy_TLS13_1_3_2025_09'"
    )


@cache
def _checked(service_name: str, name: str) -> tuple[Operation, Any]:
    operation = service(service_name).operation(name)
    assert operation is not None
    return operation, checker(operation.output)


def _strays(shape: Shape | None, value: Any, path: str) -> Iterator[str]:
    """Members that the model does not know, or that are of another type."""
    if shape is None:
        yield from (f"{path}.{name}" for name in value)
    elif value is None or shape.is_document:
        return
    elif shape.type == "structure":
        for name, item in value.items():
            if name in shape.members:
                yield from _strays(shape.members[name].shape, item, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif shape.type == "list":
        for item in value:
            yield from _strays(shape.element, item, path)
    elif shape.type == "map":
        for key, item in value.items():
            yield from _strays(shape.value, item, f"{path}.{key}")
    elif not isinstance(value, _TYPES.get(shape.type, object)):
        yield f"{path} is a {type(value).__name__}"


_TYPES: dict[str, Any] = {
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "string": str,
}
