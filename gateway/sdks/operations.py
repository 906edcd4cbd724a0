"""What of a REST API an SDK can call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.openapi.rest.values import Method, RestApi

VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]{1,256})\+?\}")
_PREFIX = "method.request."


@dataclass(frozen=True)
class Parameter:
    """A parameter: `place` is path, query or header."""

    place: str
    name: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """A request that an SDK has a function for."""

    verb: str
    path: str
    parameters: tuple[Parameter, ...]
    is_signed: bool
    """Whether the method asks AWS_IAM."""
    given_name: str = ""
    """Its operation name, where it has one of its own."""


def operations_of(api: RestApi) -> tuple[Operation, ...]:
    """The operations by path and verb. A method ANY is one for each verb without its own."""
    taken = {(method.path, method.verb) for method in api.methods}
    found = []
    for method in api.methods:
        verbs = VERBS if method.verb == "ANY" else (method.verb,)
        for verb in verbs:
            if method.verb != "ANY" or (method.path, verb) not in taken:
                found.append(_operation(method, verb))
    return tuple(sorted(found, key=lambda each: (each.path, each.verb)))


def _operation(method: Method, verb: str) -> Operation:
    return Operation(
        verb=verb,
        path=method.path,
        parameters=tuple(_parameters(method)),
        is_signed=method.members.get("authorizationType") == "AWS_IAM",
        given_name="" if method.verb == "ANY" else method.members.get("operationName", ""),
    )


def _parameters(method: Method) -> Iterator[Parameter]:
    """The variables of the path, declared or not, then what is declared besides."""
    for found in _VARIABLE.finditer(method.path):
        yield Parameter("path", found[1], is_required=True)
    for name, is_required in sorted(method.members.get("requestParameters", {}).items()):
        place, _, plain = name.removeprefix(_PREFIX).partition(".")
        if place in ("querystring", "header"):
            yield Parameter(place.removesuffix("string"), plain, bool(is_required))
