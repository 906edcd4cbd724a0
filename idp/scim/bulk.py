"""`/Bulk` (RFC 7644 §3.7): several operations in one request, each of them on its own.

An operation that fails undoes none of the others. One that refers to a resource that another one
makes (`bulkId:NAME`) waits for it; those that wait for each other in a circle are refused (§3.7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scim2_models import InvalidSyntaxException, InvalidValueException, PayloadTooLargeException

from idp.scim import bodies
from idp.scim.context import Context, Document, Request
from idp.scim.discovery import MOST_OPERATIONS
from idp.scim.replies import Reply, refusal

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
REFERENCE = "bulkId:"
MOST_ENTRIES = 10_000
"""Members and values of the bodies of all users."""
METHODS = ("POST", "PUT", "PATCH", "DELETE")
ENDPOINTS = ("Users", "Groups")

Run = Callable[[Context, Request], Reply]


def run(context: Context, asked: Request, answer: Run) -> Reply:
    """`answer` is the way of a single request."""
    body = {name.lower(): value for name, value in asked.body.items()}
    operations = _operations(body.get("operations"))
    most_errors = _most_errors(body.get("failonerrors"))
    results: dict[int, Document] = {}
    ids: dict[str, str | None] = {}
    failed = 0
    for place, operation in _in_order(operations, ids):
        result, made = _run(context, operation, ids, answer)
        results[place] = result
        if operation.get("method") == "POST" and isinstance(operation.get("bulkid"), str):
            ids[operation["bulkid"]] = made
        failed += int(result["status"]) >= 400
        if most_errors is not None and failed >= most_errors:
            break
    told = [results[place] for place in sorted(results)]
    return Reply(200, {"schemas": [RESPONSE], "Operations": told})


def _operations(value: Any) -> list[Document]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidSyntaxException(detail="Operations must be a list of objects.")
    if len(value) > MOST_OPERATIONS:
        raise PayloadTooLargeException(detail=f"There are {MOST_OPERATIONS} operations at most.")
    operations = [{name.lower(): part for name, part in each.items()} for each in value]
    for each in operations:
        method = each.get("method")
        each["method"] = method.upper() if isinstance(method, str) else ""
    _check_names(operations)
    users = (each.get("data") for each in operations if "users" in str(each.get("path")).lower())
    if sum(map(bodies.entries, users)) > MOST_ENTRIES:
        raise PayloadTooLargeException(detail=f"The users have {MOST_ENTRIES} values at most.")
    return operations


def _check_names(operations: list[Document]) -> None:
    """bulkId is "unique within a bulk request"."""
    names = [
        each["bulkid"]
        for each in operations
        if each["method"] == "POST" and isinstance(each.get("bulkid"), str)
    ]
    if len(set(names)) != len(names):
        raise InvalidValueException(detail="A bulkId is given twice.")


def _most_errors(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise InvalidValueException(detail="failOnErrors must be a whole number from 1.")
    return value


def _in_order(
    operations: list[Document], ids: dict[str, str | None]
) -> Iterator[tuple[int, Document]]:
    """Operations with their places, each when those that it refers to are done; then the rest."""
    waiting = list(enumerate(operations))
    makers = {each["bulkid"] for each in operations if isinstance(each.get("bulkid"), str)}
    references = {place: _references(each) & makers for place, each in waiting}
    while waiting:
        ready = [each for each in waiting if references[each[0]] <= ids.keys()]
        if not ready:
            break
        # One at a time, so that what does not wait keeps its place.
        waiting.remove(ready[0])
        yield ready[0]
    yield from waiting


def _references(operation: Document) -> set[str]:
    path = operation.get("path")
    segments = path.split("/") if isinstance(path, str) else []
    texts = _texts([*segments, operation.get("data")])
    return {name for text in texts if (name := _referred(text)) is not None}


def _texts(value: Any) -> Iterator[str]:
    """Every text of a body, whose depth is bounded (`bodies`)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _referred(text: str) -> str | None:
    """The bulkId of `bulkId:NAME`."""
    return text.removeprefix(REFERENCE) if text.startswith(REFERENCE) else None


def _run(
    context: Context, operation: Document, ids: dict[str, str | None], answer: Run
) -> tuple[Document, str | None]:
    """The result, and the id of what was made."""
    reply = _answered(context, operation, ids, answer)
    bulk_id, location = operation.get("bulkid"), _location(context, operation, ids, reply)
    result: Document = {"method": operation["method"], "status": str(reply.status)}
    if isinstance(bulk_id, str):
        result["bulkId"] = bulk_id
    if location is not None:
        result["location"] = location
    if "ETag" in reply.headers:
        result["version"] = reply.headers["ETag"]
    if reply.status >= 400:
        result["response"] = reply.document
    made = reply.document["id"] if reply.status == 201 and reply.document else None
    return result, made


def _location(
    context: Context, operation: Document, ids: dict[str, str | None], reply: Reply
) -> str | None:
    """RFC 7644 §3.7: in each result but that of a POST that failed."""
    if operation["method"] == "POST":
        return reply.headers.get("Location")
    path = _path(operation, ids)
    return None if path is None else "/".join((context.base, *path))


def _answered(
    context: Context, operation: Document, ids: dict[str, str | None], answer: Run
) -> Reply:
    unknown = [name for name in _references(operation) if ids.get(name) is None]
    if unknown:
        return refusal(409, f"bulkId:{unknown[0]} stands for nothing that was made before.")
    path, data = _path(operation, ids), operation.get("data") or {}
    is_complete = operation["method"] != "POST" or isinstance(operation.get("bulkid"), str)
    if operation["method"] not in METHODS or path is None or not isinstance(data, dict):
        return refusal(400, "An operation has a method, a path and data.", "invalidSyntax")
    if not is_complete or (operation["method"] == "POST") != (len(path) == 1):
        return refusal(400, "The path or the bulkId does not fit the method.", "invalidValue")
    version = operation.get("version")
    request = Request(
        operation["method"],
        path,
        body=_resolved(data, ids),
        if_match=version if isinstance(version, str) else None,
    )
    return answer(context, request)


def _path(operation: Document, ids: dict[str, str | None]) -> tuple[str, ...] | None:
    """The segments of the operation's path; None where it is none of a resource."""
    path = operation.get("path")
    if not isinstance(path, str):
        return None
    segments = tuple(str(_resolved(each, ids)) for each in path.strip("/").split("/"))
    return segments if segments[0] in ENDPOINTS and len(segments) <= 2 else None


def _resolved(value: Any, ids: dict[str, str | None]) -> Any:
    """The value with ids in the place of references."""
    if isinstance(value, dict):
        return {name: _resolved(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, ids) for each in value]
    name = _referred(value) if isinstance(value, str) else None
    return value if name is None else ids.get(name) or value
