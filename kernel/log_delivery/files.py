"""Log groups as files of JSON lines: INSTANCE/logs/ACCOUNT/REGION/GROUP.jsonl.

Files are opened anew for each batch, so that they can be rotated by renaming them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kernel.appending import append
from kernel.log_delivery.sink import Destination, SinkFailed
from kernel.threads import in_thread

LONGEST_NAME = 240
"""Bytes of a group's name in its file's name, which has at most 255."""


@dataclass(frozen=True)
class FileSink:
    """Appends to one file for each log group."""

    folder: Path
    linger: float = 0.0

    def deliver(self, destination: Destination, entries: Sequence[bytes]) -> None:
        parts = destination.account, destination.region, f"{encoded(destination.name)}.jsonl"
        try:
            in_thread(_append, self.folder, parts, b"".join(entry + b"\n" for entry in entries))
        except OSError as error:
            raise SinkFailed(f"the file cannot be written: {error.strerror}") from None


def encoded(name: str) -> str:
    """A group's name as one component of a path."""
    return quote(name, safe="")


def _append(folder: Path, parts: Sequence[str], lines: bytes) -> None:
    for part in parts:
        # `parents=True` would make the folders between with other rights.
        folder.mkdir(mode=0o700, exist_ok=True)
        folder /= part
    append(folder, lines)
