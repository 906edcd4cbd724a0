"""Whole lines at the end of a file that all workers share."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def append(path: Path, lines: bytes) -> None:
    """Append, or leave the file as it was. Its owner alone reads it. Raises `OSError`."""
    flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path, flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = os.fstat(handle).st_size
        if os.write(handle, lines) != len(lines):
            # A full disk: half a line would swallow the next one.
            os.ftruncate(handle, before)
            raise OSError(None, "No space left on device")
    finally:
        os.close(handle)
