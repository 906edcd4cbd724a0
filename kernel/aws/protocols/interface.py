"""What a protocol does for an operation: read its input, write its output and its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kernel.aws.contract import Operation, Service
from kernel.aws.operations import Input, Output
from kernel.aws.wire import Reply, Request

InputReader = Callable[[Request, Mapping[str, str]], Input]
"""Input from a request and the labels of its path. It raises `Malformed`."""
OutputWriter = Callable[[Output, str], Reply]
"""A reply from output and the request id."""


@dataclass(frozen=True)
class WireError:
    """An error ready to be written: `members` are by wire name and hold the message."""

    code: str
    status: int
    request_id: str
    members: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class WireProtocol(Protocol):
    """One module of this package for each."""

    def input_reader(self, operation: Operation) -> InputReader:
        """Compile the reading of an operation's input."""

    def output_writer(self, operation: Operation) -> OutputWriter:
        """Compile the writing of an operation's output."""

    def write_error(self, error: WireError, service: Service) -> Reply:
        """The reply that says `error`."""
