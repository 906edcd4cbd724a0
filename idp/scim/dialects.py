"""What directories are known to send otherwise than RFC 7643 and RFC 7644 have it.

Words for `op` in capitals, booleans as texts, values of a removal and paths of addresses that are
not there yet are the library's (`models.POLICY`). What is left is Entra ID's manager: a text where
the schema has an object.
"""

from __future__ import annotations

from typing import Any

from idp.scim import schemas
from idp.scim.context import Document

MANAGER = "manager"
MANAGER_PATHS = (
    f"{schemas.ENTERPRISE}:{MANAGER}".lower(),
    f"{schemas.ENTERPRISE}.{MANAGER}".lower(),
)


def resource(body: Document) -> Document:
    """The body of a creation or replacement."""
    return {name: _extension(name, value) for name, value in body.items()}


def patch(body: Document) -> Document:
    """The body of a PATCH."""
    return {
        name: [_operation(each) for each in value]
        if name.lower() == "operations" and isinstance(value, list)
        else value
        for name, value in body.items()
    }


def _operation(operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    path, value = operation.get("path"), operation.get("value")
    if isinstance(path, str) and path.lower() in MANAGER_PATHS:
        return {**operation, "value": _manager(value)}
    if isinstance(path, str) and path.lower() == schemas.ENTERPRISE.lower():
        return {**operation, "value": _extension(schemas.ENTERPRISE, value)}
    if not path and isinstance(value, dict):
        return {**operation, "value": {name: _member(name, each) for name, each in value.items()}}
    return operation


def _member(name: str, value: Any) -> Any:
    return _manager(value) if name.lower() in MANAGER_PATHS else _extension(name, value)


def _extension(name: str, value: Any) -> Any:
    if name.lower() != schemas.ENTERPRISE.lower() or not isinstance(value, dict):
        return value
    return {
        member: _manager(each) if member.lower() == MANAGER else each
        for member, each in value.items()
    }


def _manager(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) and value else value
