"""Which operation a request is for.

JSON 1.1 names it in X-Amz-Target, query in `Action`, rest-json by method and path. Paths that are
no operation's are left alone: hosted pages, APIs and discovery live on the same port.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from kernel.aws import errors
from kernel.aws.contract import Service, service
from kernel.aws.credential_scope import Credential, claimed_credential, is_signed
from kernel.aws.protocols.json import CONTENT_TYPE as JSON
from kernel.aws.protocols.json_reading import Malformed
from kernel.aws.protocols.query import CONTENT_TYPE as FORM
from kernel.aws.protocols.query import form_fields
from kernel.aws.rest_routes import Located, RestRoutes
from kernel.aws.wire import Request

JSON_SERVICES = ("cognito-idp", "cognito-identity")
QUERY_SERVICES = ("sts", "iam")
CONTROL_PLANES = frozenset({"apigateway", "cognito-sync"})
CONNECTIONS = "/@connections/"
PAGE = "/account"
"""API Gateway's GetAccount and UpdateAccount, and the page where people look after their accounts.
Nobody signs for a page, and it always names its client; no operation there has a query."""


def is_for_wire(environ: Mapping[str, Any], routes: RestRoutes) -> bool:
    """Whether a WSGI request is for an AWS operation, judged without its body.

    Signed requests to an API (scope `execute-api`) are the gateway's, but for `@connections`.
    """
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if path in ("", "/"):
        return (
            environ["REQUEST_METHOD"] == "POST"
            or "HTTP_X_AMZ_TARGET" in environ
            or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            or "Action=" in query
            or is_signed(authorization, query)
        )
    if is_signed(authorization, query):
        credential = claimed_credential(authorization, query)
        if credential and credential.service in CONTROL_PLANES:
            return True
        if credential and CONNECTIONS in path:
            return True
    elif path == PAGE and not authorization and "client_id=" in query:
        return False
    return routes.may_know(path) and routes.knows(Request.from_environ(environ, False).path)


def locate(request: Request, routes: RestRoutes) -> Located:
    """The operation that a request is for. Raises `AwsError`."""
    if request.body_fault is not None:
        raise errors.of_body(request.body_fault)
    if request.path != "/":
        return _locate_by_path(request, routes)
    if "x-amz-target" in request.headers:
        return _locate_by_target(request)
    return _locate_by_action(request)


def spoken_service(request: Request) -> Service:
    """The service in whose form a request is answered that no operation was found for."""
    if request.path != "/":
        credential = _credential(request)
        is_sync = bool(credential and credential.service == "cognito-sync")
        return service("cognito-sync" if is_sync else "apigateway")
    if "x-amz-target" in request.headers:
        prefix = request.headers["x-amz-target"].partition(".")[0]
        return _json_service(prefix) or service("cognito-idp")
    speaks_query = request.media_type == FORM or "Action=" in request.query
    return service("sts" if speaks_query else "cognito-idp")


def _locate_by_path(request: Request, routes: RestRoutes) -> Located:
    found = routes.locate(request.method, request.path, request.query)
    if found is None and CONNECTIONS in request.path:
        found = _locate_connection(request)
    if found is None:
        raise errors.undetermined_operation()
    return found


def _locate_connection(request: Request) -> Located | None:
    """The management operation on a WebSocket connection, under whatever stands before it."""
    base_path, _, connection_id = request.path.rpartition(CONNECTIONS)
    if not connection_id or "/" in connection_id:
        return None
    each = service("apigatewaymanagementapi")
    for operation in each.operations():
        if operation.method == request.method:
            return Located(operation, {"connectionId": unquote(connection_id)}, base_path)
    return None


def _locate_by_target(request: Request) -> Located:
    target = request.headers["x-amz-target"]
    prefix, _, name = target.partition(".")
    each = _json_service(prefix)
    operation = each.operation(name) if each else None
    if operation is None or request.method != "POST":
        raise errors.unknown_operation(target)
    if request.media_type != JSON:
        raise errors.unsupported_media_type(JSON)
    return Located(operation, {})


def _json_service(prefix: str) -> Service | None:
    for name in JSON_SERVICES:
        each = service(name)
        if each.target_prefix == prefix:
            return each
    return None


def _locate_by_action(request: Request) -> Located:
    action, version = _action_and_version(request)
    for name in QUERY_SERVICES:
        each = service(name)
        operation = each.operation(action)
        if operation is not None and version in ("", each.api_version):
            return Located(operation, {})
    raise errors.unknown_operation(action)


def _action_and_version(request: Request) -> tuple[str, str]:
    """The operation of the query protocol, and the version of its service's model."""
    if request.method not in ("GET", "POST"):
        raise errors.unknown_operation("")
    try:
        fields = dict(form_fields(request))
    except Malformed as error:
        raise errors.malformed(str(error)) from None
    return fields.get("Action", ""), fields.get("Version", "")


def _credential(request: Request) -> Credential | None:
    return claimed_credential(request.headers.get("authorization", ""), request.query)
