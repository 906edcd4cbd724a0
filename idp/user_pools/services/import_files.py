"""The files of user import jobs, in INSTANCE/imports: what was uploaded, and each job's log.

Nothing here runs on the hub: callers use `in_thread`. Both files hold what is the instance owner's
alone; the log holds line numbers and reasons, and no user data.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from idp.user_pools.rules.csv_users import LONGEST_LINE
from kernel.settings import Settings

MOST_LINE_BYTES = 4 * LONGEST_LINE + 2
SKIPPED_AT_ONCE = 64 * 1024
UPLOAD_SUFFIX = ".csv"
LOG_SUFFIX = ".log"

LogLine = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of a file; `text` is None where it is too long, or no UTF-8."""

    number: int
    text: str | None
    end: int
    """The byte after it."""


def folder(settings: Settings) -> Path:
    """INSTANCE/imports, which is made where it is missing."""
    path = settings.instance / "imports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def upload_path(settings: Settings, name: str) -> Path:
    return settings.instance / "imports" / f"{name}{UPLOAD_SUFFIX}"


def log_path(settings: Settings, job_id: str) -> Path:
    return settings.instance / "imports" / f"{job_id}{LOG_SUFFIX}"


def create_upload(settings: Settings, name: str) -> BinaryIO:
    """A new file for its owner alone. The name is ours and was never used."""
    folder(settings)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    return os.fdopen(os.open(upload_path(settings, name), flags, 0o600), "wb")


def finish_upload(file: BinaryIO) -> None:
    """A job that was told of its file finds all of it after a power cut too."""
    file.flush()
    os.fsync(file.fileno())
    file.close()


def remove_upload(settings: Settings, name: str | None) -> None:
    if name:
        upload_path(settings, name).unlink(missing_ok=True)


def read_lines(path: Path, position: int, number: int, most: int) -> list[Line]:
    """At most `most` lines from a byte on; `number` lines were before it. Memory is bounded."""
    with path.open("rb") as file:
        file.seek(position)
        return list(_lines(file, position, number, most))


def _lines(file: BinaryIO, position: int, number: int, most: int) -> Iterator[Line]:
    for each in range(1, most + 1):
        line = file.readline(MOST_LINE_BYTES)
        if not line:
            return
        position += len(line)
        is_whole = line.endswith(b"\n") or len(line) < MOST_LINE_BYTES
        if not is_whole:
            position += _skip_rest(file)
        yield Line(number + each, _text(line) if is_whole else None, position)


def _skip_rest(file: BinaryIO) -> int:
    """Read up to the end of a line that is too long; how many bytes that were."""
    skipped = 0
    while piece := file.readline(SKIPPED_AT_ONCE):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _text(line: bytes) -> str | None:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return None


def write_log(path: Path, position: int, lines: Sequence[LogLine]) -> int:
    """Write lines at a byte, dropping what is beyond it; the byte after them.

    What a crash has left half written, or would repeat, is beyond it.
    """
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "r+b") as file:
        file.truncate(position)
        file.seek(position)
        file.write(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        return file.tell()


def log_bytes(lines: Sequence[LogLine]) -> int:
    """How many bytes `write_log` writes."""
    return sum(len(orjson.dumps(line)) + 1 for line in lines)
