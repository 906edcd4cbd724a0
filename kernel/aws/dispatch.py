"""From an HTTP request to a handler and back.

Whatever goes wrong is answered in AWS's form, never as HTML, and an unexpected exception never
shows its text.
"""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from kernel.aws import cors, errors
from kernel.aws.access import Authenticator, Caller
from kernel.aws.contract import Operation, Service, service
from kernel.aws.credential_scope import is_signed
from kernel.aws.operations import AwsError, Call, Handler, Input, OperationFamily, Output
from kernel.aws.permissions import condition_keys, needed_permission
from kernel.aws.protocols.interface import InputReader, OutputWriter, WireProtocol
from kernel.aws.protocols.json import JsonProtocol
from kernel.aws.protocols.query import QueryProtocol
from kernel.aws.protocols.rest_json import RestJsonProtocol
from kernel.aws.protocols.values import Malformed
from kernel.aws.rest_routes import Located, RestRoutes
from kernel.aws.routing import is_for_wire, locate, spoken_service
from kernel.aws.validation import Fault, checker, describe
from kernel.aws.wire import Reply, Request
from kernel.telemetry.access_log import name_request

if TYPE_CHECKING:
    from kernel.runtime import Kernel

PROTOCOLS: Mapping[str, WireProtocol] = {
    "json": JsonProtocol(),
    "rest-json": RestJsonProtocol(),
    "query": QueryProtocol(),
}

log = structlog.get_logger("poolgate.aws")


@dataclass(frozen=True)
class Endpoint:
    """An operation, compiled: what its requests need, made once."""

    operation: Operation
    read: InputReader
    check: Callable[[Input], Sequence[Fault]]
    write: OutputWriter
    family: OperationFamily | None


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
        request_id = request.request_id or str(uuid.uuid4())
        reply = self._reply(request, request_id)
        reply.headers["x-amzn-RequestId"] = request_id
        if cors.is_cross_origin(request):
            reply.headers.update(cors.EXPOSED)
        return reply

    @cached_property
    def _routes(self) -> RestRoutes:
        return RestRoutes()

    def _reply(self, request: Request, request_id: str) -> Reply:
        try:
            located = locate(request, self._routes)
        except AwsError as error:
            return _error_reply(error, spoken_service(request), request_id)
        operation = located.operation
        try:
            reply = self._perform(request, located, request_id)
        except AwsError as error:
            reply = _error_reply(error, operation.service, request_id)
        except Exception as error:
            _log_unexpected(error, operation, request_id)
            reply = _error_reply(errors.internal_error(), operation.service, request_id)
        return replace(reply, operation=operation)

    def _perform(self, request: Request, located: Located, request_id: str) -> Reply:
        endpoint = self._endpoint(located.operation)
        caller = self._authenticate(request, located.operation)
        call = self._call(request, located, caller, request_id)
        handler = _handler(endpoint)
        parsed = _checked_input(endpoint, request, located)
        if caller is not None:
            self._authorize(caller, call, request, located, parsed)
        return endpoint.write(handler(call, parsed) or {}, request_id)

    def _endpoint(self, operation: Operation) -> Endpoint:
        key = (operation.service.name, operation.name)
        endpoint = self._endpoints.get(key)
        if endpoint is None:
            endpoint = self._endpoints[key] = _compile(operation, self._families.get(key))
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
            origin=f"{request.scheme}://{request.host}",
            headers=request.headers,
            base_path=located.base_path,
        )

    def _authorize(
        self, caller: Caller, call: Call, request: Request, located: Located, parsed: Input
    ) -> None:
        needed = needed_permission(located, request, call, parsed)
        if needed is not None:
            context = condition_keys(request, call)
            self._authenticator.authorize(caller, needed.action, needed.resource_arns, context)


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


def _compile(operation: Operation, family: OperationFamily | None) -> Endpoint:
    protocol = PROTOCOLS[operation.service.protocol]
    return Endpoint(
        operation,
        protocol.input_reader(operation),
        checker(operation.input, errors.path_prefix(operation)),
        protocol.output_writer(operation),
        family,
    )


def _handler(endpoint: Endpoint) -> Handler:
    """The operation's handler, whose domain errors are AWS errors by its family's table."""
    family = endpoint.family
    if family is None:
        raise errors.not_implemented(endpoint.operation)
    handler = family.handlers[endpoint.operation.name]

    def handle(call: Call, parsed: Input) -> Output | None:
        try:
            return handler(call, parsed)
        except AwsError:
            raise
        except Exception as error:
            translated = errors.translated(error, family)
            if translated is None:
                raise
            raise translated from None

    return handle


def _checked_input(endpoint: Endpoint, request: Request, located: Located) -> Input:
    try:
        parsed = endpoint.read(request, located.labels)
    except Malformed as error:
        raise errors.malformed(str(error)) from None
    faults = endpoint.check(parsed)
    if faults:
        code = errors.validation_code(endpoint.operation.service.name)
        raise AwsError(code, describe(faults))
    return parsed


def _error_reply(error: AwsError, each: Service, request_id: str) -> Reply:
    wire_error = errors.wire_error(error, each, request_id)
    return PROTOCOLS[each.protocol].write_error(wire_error, each)


def _log_unexpected(error: Exception, operation: Operation, request_id: str) -> None:
    """Where it happened, but not the exception's text: it may hold a password or a token."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "operation failed",
        service=operation.service.name,
        operation=operation.name,
        request_id=request_id,
        exception=type(error).__name__,
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
