"""Operations on the methods of a resource, and how a method's document is read and stored.

    @changes_methods(family, "DeleteMethod")
    def delete_method(
        session: Session, call: Call, api: Api, resource: Resource, request: Input
    ) -> None: ...

An unknown API is answered as an unknown resource, as AWS does for everything below a resource.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress

import orjson
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.documents import require_storable
from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest.models import Resource
from gateway.control.rest.patching import Document
from gateway.control.rest.resource_tree import UNKNOWN_RESOURCE, find_resource
from gateway.mapping.vtl import TemplateError, compile_template
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.threads import compute

MethodsChange = Callable[[Session, Call, Api, Resource, Input], Output | None]

LARGE_BYTES = 8 * 1024
"""Requests as large as this may hold templates that take a while to compile."""
UNKNOWN_METHOD = "Invalid Method identifier specified"
UNKNOWN_INTEGRATION = "Invalid Integration identifier specified"
UNKNOWN_RESPONSE = "Invalid Response status code specified"


def changes_methods(family: OperationFamily, name: str) -> Callable[[MethodsChange], MethodsChange]:
    """Register a handler that changes the methods of a resource."""

    def register(handler: MethodsChange) -> MethodsChange:
        def unit(session: Session, call: Call, request: Input) -> Output | None:
            api, resource = located(session, call, request, lock=True)
            return handler(session, call, api, resource, request)

        @family.operation(name)
        def change(call: Call, request: Input) -> Output | None:
            require_storable(request)
            if len(orjson.dumps(request)) > LARGE_BYTES:
                compute(compile_given, request)
            return call.kernel.database.write(unit, call, request)

        return handler

    return register


def compile_given(request: Input) -> None:
    """Compile the templates of a request, so that its unit of work finds them compiled.

    What is wrong with them is for the unit to say.
    """
    given = {**(request.get("requestTemplates") or {}), **(request.get("responseTemplates") or {})}
    patches = request.get("patchOperations") or []
    patched = [each.get("value") for each in patches if "Templates/" in (each.get("path") or "")]
    texts = [text for text in (*given.values(), *patched) if text]
    if sum(map(len, texts)) <= quotas.METHOD_BYTES:
        for text in texts:
            with suppress(TemplateError):
                compile_template(text)


def located(
    session: Session, call: Call, request: Input, *, lock: bool = False
) -> tuple[Api, Resource]:
    """The API and resource that a request names. Raises `Missing`."""
    try:
        api = find_rest_api(session, call, request["restApiId"], lock=lock)
    except Missing:
        raise Missing(UNKNOWN_RESOURCE) from None
    return api, find_resource(session, api, request["resourceId"])


def method_of(resource: Resource, request: Input) -> Document:
    """A copy of the method that a request names. Raises `Missing`."""
    method = resource.methods.get(request["httpMethod"])
    if method is None:
        raise Missing(UNKNOWN_METHOD)
    return copy.deepcopy(dict(method))


def integration_of(method: Document) -> Document:
    """A method's integration. Raises `Missing`."""
    integration: Document | None = method.get("methodIntegration")
    if integration is None:
        raise Missing(UNKNOWN_INTEGRATION)
    return integration


def response_of(holder: Document, member: str, status: str) -> Document:
    """A method's or an integration's response by its status. Raises `Missing`."""
    response: Document | None = holder.get(member, {}).get(status)
    if response is None:
        raise Missing(UNKNOWN_RESPONSE)
    return response


def store(session: Session, resource: Resource, method: Document) -> None:
    """Set a method of a resource. Raises `Invalid` where it is too large."""
    size = len(orjson.dumps(method))
    if size > quotas.METHOD_BYTES:
        raise Invalid(f"A method has at most {quotas.METHOD_BYTES} bytes")
    if size > quotas.METHOD_BYTES_ALWAYS_TAKEN:
        old = resource.methods.get(method["httpMethod"], {})
        _require_room(session, resource, size - len(orjson.dumps(old)))
    resource.methods = {**resource.methods, method["httpMethod"]: method}


def _require_room(session: Session, resource: Resource, more: int) -> None:
    """Bound what the methods of an API take, so that all of it can be read and deployed."""
    taken = select(func.sum(func.length(cast(Resource.methods, Text)))).where(
        Resource.api_id == resource.api_id
    )
    if (session.scalar(taken) or 0) + more > quotas.METHODS_BYTES_PER_API:
        raise Exceeded(
            f"The methods of an API have at most {quotas.METHODS_BYTES_PER_API} bytes together"
        )
