"""What functions print goes to the log, up to a budget."""

from __future__ import annotations

import socket
import threading
import time

import structlog

MAX_LINE = 4_096
MAX_BYTES = 65_536
"""Bytes of one call that are logged; the rest is read and dropped."""
MAX_LINES = 1_000
"""Of one call: each costs the worker a record of its own, however short it is."""

PAUSE = 0.01

log = structlog.get_logger(__name__)


class Output:
    """Reads one runner's standard output and error until it ends.

    A function that prints without end is held back: its reader pauses after each read once the
    budget is spent, so that it costs the worker nothing that counts.
    """

    def __init__(self, function: str, stream: socket.socket) -> None:
        self._function = function
        self._stream = stream
        self._budget = MAX_BYTES
        self._lines_left = MAX_LINES
        self._line = bytearray()
        threading.Thread(target=self._drain, daemon=True, name="function output").start()

    def renew(self) -> None:
        """Begin a call: its output has a budget of its own."""
        self._budget = MAX_BYTES
        self._lines_left = MAX_LINES

    def _drain(self) -> None:
        with self._stream:
            while part := self._receive():
                if self._budget <= 0:
                    time.sleep(PAUSE)
                    continue
                self._take(part[: self._budget])
                self._budget -= len(part)
                if self._lines_left <= 0:
                    self._budget = 0
                if self._budget <= 0:
                    log.warning("function_output_dropped", function=self._function)
        self._emit()

    def _receive(self) -> bytes:
        try:
            return self._stream.recv(16_384)
        except OSError:
            return b""

    def _take(self, part: bytes) -> None:
        *lines, rest = part.split(b"\n")
        for line in lines:
            self._line += line
            self._emit()
        self._line += rest
        if len(self._line) > MAX_LINE:
            self._emit()

    def _emit(self) -> None:
        if self._line and self._lines_left > 0:
            self._lines_left -= 1
            text = self._line[:MAX_LINE].decode("utf-8", "replace")
            log.info("function_output", function=self._function, line=text)
        self._line.clear()
