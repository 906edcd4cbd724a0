"""An operation, compiled: what its requests need, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kernel.aws import errors
from kernel.aws.contract import Operation
from kernel.aws.operations import AwsError, Call, Handler, Input, OperationFamily, Output
from kernel.aws.protocols.interface import InputReader, OutputWriter, WireProtocol
from kernel.aws.protocols.json import JsonProtocol
from kernel.aws.protocols.json_reading import Malformed
from kernel.aws.protocols.query import QueryProtocol
from kernel.aws.protocols.rest_json import RestJsonProtocol
from kernel.aws.validation import Fault, checker, describe
from kernel.aws.wire import Request
from kernel.database import DatabaseBusy

PROTOCOLS: Mapping[str, WireProtocol] = {
    "json": JsonProtocol(),
    "rest-json": RestJsonProtocol(),
    "query": QueryProtocol(),
}


@dataclass(frozen=True)
class Endpoint:
    """An operation's reading, checking, handling and writing."""

    operation: Operation
    read: InputReader
    check: Callable[[Input], Sequence[Fault]]
    handle: Handler
    write: OutputWriter

    def checked_input(self, request: Request, labels: Mapping[str, str]) -> Input:
        """The input of a request. Raises `AwsError` for all that is wrong with it."""
        try:
            parsed = self.read(request, labels)
        except Malformed as error:
            raise errors.malformed(str(error)) from None
        faults = self.check(parsed)
        if faults:
            raise AwsError(errors.validation_code(self.operation.service.name), describe(faults))
        return parsed


def compile_endpoint(operation: Operation, family: OperationFamily) -> Endpoint:
    """The endpoint of an operation that `family` has a handler for."""
    protocol = PROTOCOLS[operation.service.protocol]
    return Endpoint(
        operation=operation,
        read=protocol.input_reader(operation),
        check=checker(operation.input, errors.path_root(operation)),
        handle=_translating(family.handlers[operation.name], family),
        write=protocol.output_writer(operation),
    )


def _translating(handler: Handler, family: OperationFamily) -> Handler:
    """The handler, with its domain errors as AWS errors by its family's table."""

    def handle(call: Call, parsed: Input) -> Output | None:
        try:
            return handler(call, parsed)
        except AwsError:
            raise
        except DatabaseBusy:
            raise errors.database_busy() from None
        except Exception as error:
            translated = errors.translated(error, family)
            if translated is None:
                raise
            raise translated from None

    return handle
