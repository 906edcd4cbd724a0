"""One runner process, as its worker sees it."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kernel.functions.errors import FunctionFailed, FunctionMalformed, FunctionTimedOut
from kernel.functions.frames import BrokenFrame, frame, read_frame
from kernel.functions.output import Output
from kernel.functions.setup import Limits, Setup
from kernel.functions.sources import Code

# The program's own modules are found by the folder of `kernel`; the function's are not.
START = (
    "import sys; home = sys.argv.pop(); sys.path.insert(0, home); "
    "from kernel.functions.runner.main import main; sys.path.remove(home); main()"
)
HOME = str(Path(__file__).resolve().parents[2])

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/sys/devices/system/cpu", "/proc/self")
# From /etc only what names, addresses and certificates need: keys may lie beside them.
CONFIGURATION = tuple(
    f"/etc/{name}"
    for name in (
        "alternatives",
        "ca-certificates",
        "gai.conf",
        "group",
        "host.conf",
        "hosts",
        "ld.so.cache",
        "localtime",
        "mime.types",
        "nsswitch.conf",
        "passwd",
        "pki",
        "protocols",
        "resolv.conf",
        "services",
        "ssl",
    )
)
DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
SCRATCH = "/tmp"  # noqa: S108 - Lambda's own folder for what a function writes


@dataclass(frozen=True)
class Confinement:
    """How runners are started. `secret` are paths that no function may read."""

    secret: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    region: str = "us-east-1"

    def setup(self, code: Code) -> Setup:
        """What a runner of `code` is told."""
        return Setup(
            name=code.name,
            handler=code.handler,
            path=code.path,
            source=code.source,
            module=code.module,
            search=list(code.search),
            readable=[
                *self._without_secrets((*SYSTEM, *CONFIGURATION, *_libraries())),
                *code.search,
            ],
            writable=[*DEVICES, *self._without_secrets((SCRATCH,))],
            limits=self.limits,
            user=_nobody(),
            parent=os.getpid() if _is_main_thread() else None,
        )

    def environment(self, code: Code) -> dict[str, str]:
        """The runner's whole environment: nothing of the worker's is in it."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            # Each arena reserves 64 MiB of the address space that is limited.
            "MALLOC_ARENA_MAX": "2",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_LAMBDA_FUNCTION_NAME": code.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.limits.memory // 1_048_576),
        }

    def _without_secrets(self, paths: tuple[str, ...]) -> list[str]:
        return [
            path
            for path in paths
            if not any(secret.is_relative_to(Path(path).resolve()) for secret in self.secret)
        ]


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
        self.is_usable = not reply.get("final")
        if "error" in reply:
            error = reply["error"]
            raise FunctionFailed(str(error["errorType"]), str(error["errorMessage"]))
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
        raise FunctionFailed("ServiceException", f"no runner starts: {error.strerror}") from None


def _libraries() -> list[str]:
    """The interpreter, its library and what is installed into it."""
    paths = sysconfig.get_paths()
    home = {name: paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    shared = (str(Path(sys.base_prefix) / name) for name in ("bin", "lib"))
    return [*home.values(), str(Path(sys.prefix) / "bin"), *shared]


def _nobody() -> tuple[int, int] | None:
    """Whom a runner becomes where the worker is root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _is_main_thread() -> bool:
    # A runner that dies with its parent dies with the thread that started it (prctl(2)), and only
    # the main thread lives as long as the process does.
    return threading.get_native_id() == os.getpid()
