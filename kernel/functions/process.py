"""One runner process, as its worker sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
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
from kernel.functions.frames import BrokenFrame, frame, read_frame
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
        self.is_usable, self.calls = False, self.calls + 1
        self._output.renew()
        try:
            reply = self._exchange(request, ends)
        except TimeoutError:
            raise FunctionTimedOut(f"{self._name} gave no result in time") from None
        except (EOFError, OSError):
            raise FunctionFailed("Runtime.ExitError", self._ending(request["id"])) from None
        except (BrokenFrame, orjson.JSONDecodeError):
            raise FunctionMalformed(f"{self._name} answered what is not JSON") from None
        return self._result(request["id"], reply)

    def kill(self) -> None:
        """End the process and every other process of its group."""
        self.is_usable = False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    def _exchange(self, request: dict[str, Any], ends: float) -> Any:
        def remaining() -> float:
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            return left

        def receive(size: int) -> bytes:
            self._control.settimeout(remaining())
            return self._control.recv(size)

        messages = b"" if self.calls > 1 else frame(orjson.dumps(self._setup))
        messages += frame(orjson.dumps({**request, "seconds": remaining()}))
        self._control.settimeout(remaining())
        self._control.sendall(messages)
        return orjson.loads(read_frame(receive))

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
