"""One runner process, as its worker sees it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from kernel.functions.confinement import Confinement
from kernel.functions.errors import (
    FunctionFailed,
    FunctionMalformed,
    FunctionTimedOut,
    FunctionUnavailable,
    failure,
)
from kernel.functions.frames import MAX_STREAMED, BrokenFrame, frame, read_frame
from kernel.functions.output import Output
from kernel.functions.sources import Code

# The program's own modules are found by the folder of `kernel`; the function's are not.
START = (
    "import sys; home = sys.argv.pop(); sys.path.insert(0, home); "
    "from kernel.functions.runner.main import main; sys.path.remove(home); main()"
)
HOME = str(Path(__file__).resolve().parents[2])


class RunnerProcess:
    """Runs one function's code, one call at a time. Not shared between callers."""

    def __init__(self, code: Code, confinement: Confinement) -> None:
        self.code = code
        self.calls = 0
        self.is_usable = True
        self._name = code.name
        self._setup = asdict(confinement.setup(code))
        self._control, control = socket.socketpair()
        output, printed = socket.socketpair()
        with control, printed:
            self._process = _start(control, printed, confinement.environment(code))
        self._output = Output(code.name, output)

    @property
    def is_alive(self) -> bool:
        return self.is_usable and self._process.poll() is None

    def call(self, request: dict[str, Any], ends: float) -> Any:
        """Send `{"id", "event", "context"}` and wait for the result until `ends` (monotonic).

        Whatever goes wrong leaves the runner unusable, except an error of the function's own.
        Raises `FunctionFailed`, `FunctionTimedOut`, `FunctionMalformed`.
        """
        with self._explained(request["id"]):
            self._send(request, ends)
            reply = self._receive(ends)
        return self._result(request["id"], reply)

    def stream(self, request: dict[str, Any], ends: float, idle: float) -> Iterator[bytes]:
        """The pieces of an answer as the function gives them, each within `idle` seconds.

        A runner whose pieces are not taken to the end is unusable. Raises as `call` does.
        """
        with self._explained(request["id"]):
            self._send({**request, "streams": True}, ends)
        left = MAX_STREAMED
        while True:
            with self._explained(request["id"]):
                reply = self._receive(min(ends, time.monotonic() + idle))
            piece = self._piece(request["id"], reply)
            if piece is None:
                self._result(request["id"], reply)
                return
            left -= len(piece)
            if left < 0:
                raise FunctionMalformed(f"{self._name} streams more than {MAX_STREAMED} bytes")
            yield piece

    def kill(self) -> None:
        """End the process and every other process of its group."""
        self.is_usable = False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    @contextlib.contextmanager
    def _explained(self, request_id: str) -> Iterator[None]:
        """Turns what can go wrong with a runner into what its caller is told."""
        try:
            yield
        except TimeoutError:
            raise FunctionTimedOut(f"{self._name} gave no result in time") from None
        except (EOFError, OSError):
            raise FunctionFailed("Runtime.ExitError", self._ending(request_id)) from None
        except (BrokenFrame, orjson.JSONDecodeError):
            raise FunctionMalformed(f"{self._name} answered what is not JSON") from None

    def _send(self, request: dict[str, Any], ends: float) -> None:
        self.is_usable, self.calls = False, self.calls + 1
        self._output.renew()
        messages = b"" if self.calls > 1 else frame(orjson.dumps(self._setup))
        messages += frame(orjson.dumps({**request, "seconds": _until(ends)}))
        self._control.settimeout(_until(ends))
        self._control.sendall(messages)

    def _receive(self, ends: float) -> Any:
        def receive(size: int) -> bytes:
            self._control.settimeout(_until(ends))
            return self._control.recv(size)

        return orjson.loads(read_frame(receive))

    def _piece(self, request_id: str, reply: Any) -> bytes | None:
        """What a message holds of a streamed answer; None for the one that ends it."""
        if not isinstance(reply, dict) or reply.get("id") != request_id or "piece" not in reply:
            return None
        try:
            return base64.b64decode(reply["piece"], validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise FunctionMalformed(f"{self._name} streams what is no base64") from None

    def _result(self, request_id: str, reply: Any) -> Any:
        if not isinstance(reply, dict) or reply.get("id") != request_id:
            raise FunctionMalformed(f"{self._name} answered another call")
        error = reply.get("error", {})
        if not isinstance(error, dict):
            raise FunctionMalformed(f"{self._name} answered an error without a type")
        self.is_usable = not reply.get("final")
        if "error" in reply:
            raise failure(error)
        return reply.get("result")

    def _ending(self, request_id: str) -> str:
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return f"RequestId: {request_id} Error: Runtime hung up"
        how = f"exit status {status}" if status >= 0 else f"signal: {-status}"
        return f"RequestId: {request_id} Error: Runtime exited with error: {how}"


def _until(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _start(
    control: socket.socket, printed: socket.socket, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-B", "-c", START, HOME],
            stdin=control.fileno(),
            stdout=printed.fileno(),
            stderr=printed.fileno(),
            close_fds=True,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise FunctionUnavailable(f"no runner starts: {error.strerror}") from None
