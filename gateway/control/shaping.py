"""Members that a document gives, read as the input of an operation: types and constraints of the
service model hold for them as they do for requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from gateway.openapi.faults import Faults, Path
from kernel.aws.contract import Shape, service
from kernel.aws.protocols.json_reading import Malformed, Reader, structure_reader
from kernel.aws.validation import checker


def shaped(
    service_name: str, operation: str, members: dict[str, Any], path: Path, faults: Faults
) -> dict[str, Any] | None:
    """The input by the model's names, without what is no member of it; None after a fault."""
    read, known = _reader(service_name, operation)
    for name in members:
        if name not in known:
            faults.warn((*path, name), "it is not known, and is left out")
    try:
        request: dict[str, Any] = read(members)
    except Malformed as error:
        faults.add(path, str(error))
        return None
    return None if _violates(service_name, operation, request, path, faults) else request


def _violates(
    service_name: str, operation: str, request: dict[str, Any], path: Path, faults: Faults
) -> bool:
    violated = False
    for fault in _checker(service_name, operation)(request):
        # What stands in the path of a request is not the document's to say.
        if "." in fault.path or fault.path not in _in_paths(service_name, operation):
            faults.add(path, str(fault))
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
