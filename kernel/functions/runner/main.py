"""Confine, load, then call until the worker hangs up."""

from __future__ import annotations

import base64
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from kernel.functions import sender_codes
from kernel.functions.frames import BrokenFrame, frame, read_frame
from kernel.functions.runner.code import LoadError, load_handler
from kernel.functions.runner.confinement import confine, limit_cpu_time, limit_processes
from kernel.functions.runner.lambda_context import LambdaContext
from kernel.functions.runner.streaming import pieces
from kernel.functions.setup import Limits, Setup

Handler = Callable[[Any, LambdaContext], Any]
Reply = dict[str, Any]


def main() -> None:
    """Serve the worker at the other end of standard input."""
    control = _take_control()
    setup = _setup(read_frame(control.recv))
    confine(setup)
    os.environ.update(setup.environment)
    sys.modules["poolgate_codes"] = sender_codes
    calls: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(control, calls), daemon=True).start()
    limit_processes(setup.limits)
    handler: Handler | None = None
    while True:
        call = calls.get()
        limit_cpu_time(call["seconds"])
        try:
            handler = handler or load_handler(setup)
            reply = _call(handler, call, control)
        except LoadError as error:
            reply = _error(error.error_type, str(error), final=True)
        _send(control, {"id": call["id"], **reply})
        if reply.get("final"):
            return


def _take_control() -> socket.socket:
    # The function's own input and output are elsewhere: nothing that it prints is taken as a reply.
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # A process that the function forks must not answer in its place.
    os.register_at_fork(after_in_child=control.close)
    sys.stdout = open(1, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - for good
    return control


def _setup(content: bytes) -> Setup:
    values = json.loads(content)
    return Setup(**{**values, "limits": Limits(**values["limits"])})


def _listen(control: socket.socket, calls: queue.SimpleQueue[dict[str, Any]]) -> None:
    # The worker's end closes when it dies, however it dies. Then everything here ends, also a
    # call that is running and processes that it has started.
    try:
        while True:
            calls.put(json.loads(read_frame(control.recv)))
    except (EOFError, OSError, BrokenFrame):
        os.killpg(0, signal.SIGKILL)


def _call(handler: Handler, call: dict[str, Any], control: socket.socket) -> Reply:
    context = LambdaContext(call["context"], ends=time.monotonic() + call["seconds"])
    try:
        result = handler(call["event"], context)
        if call.get("streams"):
            for piece in pieces(result):
                _send(control, {"id": call["id"], "piece": base64.b64encode(piece).decode()})
            result = None
    except SystemExit as end:
        return _error("Runtime.ExitError", f"the function exited with {end.code}", final=True)
    except BaseException as error:
        traceback.print_exc()
        return _error(type(error).__name__, _text(error), final=not _is_survivable(error))
    return {"result": result}


def _is_survivable(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, MemoryError)


def _error(error_type: str, message: str, *, final: bool = False) -> Reply:
    return {"error": {"errorType": error_type, "errorMessage": message}, "final": final}


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _send(control: socket.socket, reply: Reply) -> None:
    sys.stdout.flush()
    try:
        content = json.dumps(reply, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        unusable = _error("Runtime.MarshalError", f"Unable to marshal response: {error}")
        content = json.dumps({"id": reply["id"], **unusable}).encode()
    control.sendall(frame(content))
