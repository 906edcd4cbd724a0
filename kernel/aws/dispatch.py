"""From an HTTP request to a handler and back.

Whatever goes wrong is answered in AWS's form, never as HTML, and an unexpected exception never
shows its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from kernel.aws import cors, errors, unserved
from kernel.aws.access import Authenticator, Caller
from kernel.aws.contract import Operation, service
from kernel.aws.credential_scope import is_signed
from kernel.aws.endpoint import PROTOCOLS, Endpoint, compile_endpoint
from kernel.aws.operations import AwsError, Call, Input, OperationFamily
from kernel.aws.permissions import condition_keys, needed_permission, permission_for_own_tags
from kernel.aws.rest_routes import Located, RestRoutes
from kernel.aws.routing import is_for_wire, locate, spoken_service
from kernel.aws.wire import Reply, Request
from kernel.telemetry.access_log import name_request
from kernel.telemetry.logs import where_it_happened
from kernel.telemetry.request_ids import new_request_id

if TYPE_CHECKING:
    from kernel.runtime import Kernel

log = structlog.get_logger("poolgate.aws")


class Dispatcher:
    """Serves every operation of the registered families. Made once for each process."""

    def __init__(
        self, kernel: Kernel, families: Sequence[OperationFamily], authenticator: Authenticator
    ) -> None:
        self._kernel = kernel
        self._authenticator = authenticator
        self._families = _by_operation(families)
        self._endpoints: dict[tuple[str, str], Endpoint] = {}

    def matches(self, environ: Mapping[str, Any]) -> bool:
        """Whether a WSGI request is for an AWS operation; its body is not touched."""
        return is_for_wire(environ, self._routes)

    def answer(self, environ: dict[str, Any]) -> Reply:
        """Serve a WSGI request for which `matches` holds, and name it for the access log."""
        reply = self.handle(Request.from_environ(environ))
        if reply.operation is not None:
            name_request(environ, reply.operation.service.name, reply.operation.name)
        return reply

    def handle(self, request: Request) -> Reply:
        """Serve one request. Nothing that a request holds makes it raise."""
        if cors.is_preflight(request):
            return cors.preflight()
        request_id = request.request_id or new_request_id()
        reply = self._reply(request, request_id)
        reply.headers["x-amzn-RequestId"] = request_id
        if cors.is_cross_origin(request):
            reply.headers.update(cors.EXPOSED)
        return reply

    @cached_property
    def _routes(self) -> RestRoutes:
        return RestRoutes()

    def _reply(self, request: Request, request_id: str) -> Reply:
        operation: Operation | None = None
        try:
            located = locate(request, self._routes)
            operation = located.operation
            return replace(self._perform(request, located, request_id), operation=operation)
        except AwsError as error:
            fault = error
        except Exception as error:
            _log_unexpected(error, operation, request_id)
            fault = errors.internal_error()
        if operation is None:
            absent = unserved.absent_service(request.headers, request.query)
            if absent is not None:
                return unserved.refusal(absent, request.headers, request_id)
        each = operation.service if operation else spoken_service(request)
        reply = PROTOCOLS[each.protocol].write_error(
            errors.wire_error(fault, each, request_id), each
        )
        return replace(reply, operation=operation)

    def _perform(self, request: Request, located: Located, request_id: str) -> Reply:
        caller = self._authenticate(request, located.operation)
        endpoint = self._endpoint(located.operation)
        call = self._call(request, located, caller, request_id)
        parsed = endpoint.checked_input(request, located.labels)
        if caller is not None:
            self._authorize(caller, call, request, located, parsed)
        return endpoint.write(endpoint.handle(call, parsed) or {}, request_id)

    def _endpoint(self, operation: Operation) -> Endpoint:
        key = (operation.service.name, operation.name)
        endpoint = self._endpoints.get(key)
        if endpoint is None:
            if key not in self._families:
                raise errors.not_implemented(operation)
            endpoint = compile_endpoint(operation, self._families[key])
            self._endpoints[key] = endpoint
        return endpoint

    def _authenticate(self, request: Request, operation: Operation) -> Caller | None:
        """A signature that comes along with an unsigned operation is ignored, as on AWS."""
        if operation.is_unsigned:
            return None
        authorization = request.headers.get("authorization", "")
        if operation.is_optionally_signed and not is_signed(authorization, request.query):
            return None
        return self._authenticator.authenticate(request, operation.service.signing_name)

    def _call(
        self, request: Request, located: Located, caller: Caller | None, request_id: str
    ) -> Call:
        settings = self._kernel.settings
        return Call(
            kernel=self._kernel,
            service=located.operation.service.name,
            operation=located.operation.name,
            account=caller.principal.account if caller else settings.account_id,
            region=caller.region if caller else settings.region,
            request_id=request_id,
            principal=caller.principal if caller else None,
            source_ip=request.remote_address,
            user_agent=request.headers.get("user-agent", ""),
            base_path=located.base_path,
        )

    def _authorize(
        self, caller: Caller, call: Call, request: Request, located: Located, parsed: Input
    ) -> None:
        needed = (
            needed_permission(located, request, call, parsed),
            permission_for_own_tags(located, call, parsed),
        )
        context = condition_keys(request, call)
        for each in filter(None, needed):
            self._authenticator.authorize(caller, each.action, each.resource_arns, context)


def _by_operation(
    families: Sequence[OperationFamily],
) -> dict[tuple[str, str], OperationFamily]:
    """Families by service and operation. Raises `ValueError` for a name AWS does not have."""
    found: dict[tuple[str, str], OperationFamily] = {}
    for family in families:
        for name in family.handlers:
            if name not in service(family.service).operation_names:
                raise ValueError(f"{family.service} has no operation {name}")
            if found.setdefault((family.service, name), family) is not family:
                raise ValueError(f"{family.service} {name} has two handlers")
    return found


def _log_unexpected(error: Exception, operation: Operation | None, request_id: str) -> None:
    log.error(
        "operation failed",
        service=operation.service.name if operation else None,
        operation=operation.name if operation else None,
        request_id=request_id,
        **where_it_happened(error),
    )
