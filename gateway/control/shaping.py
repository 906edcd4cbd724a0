"""An import under way: what a document gives is read as the input of operations, whose types and
constraints hold for it as they do for requests, and is given to their services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from gateway.control.documents import require_storable
from gateway.control.errors import Refused
from gateway.control.models import Api
from gateway.openapi.faults import Faults, Path
from kernel.aws.contract import Shape, service
from kernel.aws.operations import Call
from kernel.aws.protocols.json_reading import Malformed, Reader, structure_reader
from kernel.aws.validation import checker


@dataclass(frozen=True)
class Import:
    """Whatever a service refuses is a fault of the document, at the place that says it."""

    SERVICE: ClassVar[str]
    """Whose operations its parts are input of."""

    session: Session
    call: Call
    api: Api
    faults: Faults

    def attempt(self, path: Path, act: Callable[..., Any], *args: Any) -> Any:
        """Let a service do its part; its refusal is a fault at a path of the document."""
        try:
            return act(*args)
        except Refused as refused:
            self.faults.add(path, str(refused))
            return None

    def shaped(self, operation: str, members: dict[str, Any], path: Path) -> Any:
        """Members as the input of an operation, without what is no member; None after a fault."""
        read, known = _reader(self.SERVICE, operation)
        for name in members:
            if name not in known:
                self.faults.warn((*path, name), "it is not known, and is left out")
        try:
            request: dict[str, Any] = read(members)
        except Malformed as error:
            self.faults.add(path, str(error))
            return None
        if self._violates(operation, request, path):
            return None
        self.attempt(path, require_storable, request)
        return request

    def _violates(self, operation: str, request: dict[str, Any], path: Path) -> bool:
        violated = False
        for fault in _checker(self.SERVICE, operation)(request):
            # What stands in the path of a request is not the document's to say.
            if "." in fault.path or fault.path not in _in_paths(self.SERVICE, operation):
                self.faults.add(path, str(fault))
                violated = True
        return violated


@cache
def _reader(service_name: str, operation: str) -> tuple[Reader, frozenset[str]]:
    members = [m for m in _input(service_name, operation).members.values() if m.location == "body"]
    return structure_reader(members), frozenset(member.wire_name for member in members)


@cache
def _checker(service_name: str, operation: str) -> Any:
    return checker(_input(service_name, operation))


@cache
def _in_paths(service_name: str, operation: str) -> frozenset[str]:
    members = _input(service_name, operation).members.values()
    return frozenset(m.name[0].lower() + m.name[1:] for m in members if m.location != "body")


def _input(service_name: str, operation: str) -> Shape:
    found = service(service_name).operation(operation)
    if found is None or found.input is None:
        raise LookupError(operation)
    return found.input
