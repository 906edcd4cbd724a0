"""Where log entries can go, and what each such place must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["log_group", "stream", "bucket"]


class SinkFailed(Exception):
    """A batch was not taken. The text holds nothing of what was in it."""


@dataclass(frozen=True)
class Destination:
    """One place of a kind, as its ARN names it. `prefix` is where in a bucket objects go."""

    kind: Kind
    arn: str
    account: str
    region: str
    name: str
    prefix: str = ""


class Sink(Protocol):
    """Takes batches of entries for all destinations of one kind."""

    @property
    def linger(self) -> float:
        """Seconds that the first entry of a batch waits for others."""

    def deliver(self, destination: Destination, entries: Sequence[bytes]) -> None:
        """Hand over entries, each of them one JSON object. Raises `SinkFailed`."""
