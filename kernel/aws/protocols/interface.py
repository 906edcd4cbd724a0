"""What a protocol does for an operation: read its input, write its output and its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kernel.aws.contract import Operation
from kernel.aws.operations import Input, Output
from kernel.aws.wire import Reply, Request

InputReader = Callable[[Request, Mapping[str, str]], Input]
"""Input from a request and the labels of its path. It raises `Malformed`."""
OutputWriter = Callable[[Output], Reply]


@dataclass(frozen=True)
class WireError:
    """An error ready to be written: `members` are by wire name and hold the message."""

    code: str
    status: int
    members: Mapping[str, Any]
    request_id: str


class WireProtocol(Protocol):
    """One module of this package for each."""

    def input_reader(self, operation: Operation) -> InputReader: ...

    def output_writer(self, operation: Operation) -> OutputWriter: ...

    def write_error(self, error: WireError) -> Reply: ...
