"""gunicorn's arbiter and application, told what Poolgate needs of them."""

from __future__ import annotations

import dataclasses
import mmap
import os
import socket
import time
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError, HaltServer

from kernel.settings import SettingError, Settings
from kernel.telemetry import metrics
from kernel.tls.connection import MACHINES, Sites
from kernel.tls.context import context_of, machines_context, own_pair
from kernel.tls.pairs import BadPair
from poolgate import served_origin
from poolgate.server.application import Application
from poolgate.server.gunicorn_log import GunicornLog
from poolgate.server.private_valkey import PrivateValkey
from poolgate.server.tls import Tls
from poolgate.server.worker import GeventWorker

log = structlog.get_logger("poolgate.supervisor")

# With the worker's 25 seconds of draining this keeps the promise of 30.
GRACEFUL_SECONDS = 28
# A hub that does not turn for so long is taken for dead.
SILENCE_SECONDS = 60
RETRY_SECONDS = 1.0

FIXED_WHILE_RUNNING = ("instance", "host", "port", "http_port", "mtls_port", "metrics_port")

# gunicorn has no annotations.
Base: Any = BaseApplication
BaseArbiter: Any = Arbiter

Load = Callable[[Settings, bool], Application]


class Served(Base):  # type: ignore[misc]  # as above
    """What gunicorn serves. `load(settings, is_first)` makes the WSGI application in a worker;
    `read_settings` reads them anew on SIGHUP."""

    def __init__(
        self,
        settings: Settings,
        *,
        listeners: Sequence[socket.socket],
        load: Load,
        read_settings: Callable[[], Settings],
    ) -> None:
        self.settings = settings
        self.valkey: PrivateValkey | None = None
        self._listeners = listeners
        self._load = load
        self._read_settings = read_settings
        # One byte that the workers share with the supervisor.
        self._served = mmap.mmap(-1, 1)
        self._adopt(settings)
        super().__init__()

    def run(self) -> None:
        """Serve until a signal ends it; raises `SystemExit`."""
        if self.valkey:
            self.valkey.wait()
        Supervisor(self).run()

    def load_config(self) -> None:
        options = {
            "bind": [f"fd://{listener.fileno()}" for listener in self._listeners],
            "workers": self.settings.workers,
            "worker_class": GeventWorker,
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108 - gunicorn makes the files
            "timeout": SILENCE_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "logger_class": GunicornLog,
            "proc_name": "poolgate",
            "control_socket_disable": True,
            "child_exit": lambda _arbiter, worker: metrics.forget_worker(worker.pid),
            "on_exit": lambda _arbiter: self.stop_services(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Called in each worker. A setting that fails only here ends the start with a sentence."""
        try:
            return self._load(self.settings, self.is_first_worker)
        except SettingError as error:
            raise AppImportError(f"poolgate: {error}") from None

    is_first_worker = False

    def tls(self, sites: Sites | None) -> Tls | None:
        """Made by each worker, so that a reload takes new certificates."""
        if not self.settings.serves_tls:
            return None
        return Tls(context_of(own_pair(self.settings)), sites)

    @property
    def addresses(self) -> str:
        """Where it listens; the listeners after the first one speak no TLS."""
        schemes = chain(["https" if self.settings.serves_tls else "http"], repeat("http"))
        return ", ".join(
            f"{scheme}://{_bound(each)}"
            for scheme, each in zip(schemes, self._listeners, strict=False)
        )

    @property
    def plain_listeners(self) -> int:
        """How many of the listeners after the first one serve without TLS."""
        return 1 if self.settings.http_port else 0

    @property
    def machine_listeners(self) -> int:
        """How many of those that follow them demand certificates of clients."""
        return 1 if self.settings.mtls_port else 0

    def machines_tls(self) -> Tls:
        """Of these, made as `tls`."""
        return Tls(machines_context(self.settings), trust_store=MACHINES)

    def reload_settings(self) -> None:
        """Take settings anew. Raises `SettingError`, and then nothing has changed."""
        settings = self._read_settings()
        for name in FIXED_WHILE_RUNNING:
            if getattr(settings, name) != getattr(self._read, name):
                raise SettingError(f"{name} cannot change while serving; start anew.")
        self._adopt(settings)
        if self.valkey:
            self.valkey.wait()

    @property
    def has_served(self) -> bool:
        """Whether a worker has ever come up."""
        return self._served[0] == 1

    def note_serving(self) -> None:
        """Called in a worker when it accepts requests."""
        self._served[0] = 1

    def stop_services(self) -> None:
        if self.valkey:
            self.valkey.stop()

    def _adopt(self, settings: Settings) -> None:
        if settings.serves_tls:
            _check_own_pair(settings)
        if settings.mtls_port:
            machines_context(settings)
        read = settings
        if settings.workers > 1 and not settings.valkey_url:
            if self.valkey is None:
                valkey = PrivateValkey(settings.instance / "run")
                valkey.start()
                self.valkey = valkey
            settings = dataclasses.replace(settings, valkey_url=self.valkey.url)
        self._read, self.settings = read, settings
        served_origin.record(settings)


def _bound(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _check_own_pair(settings: Settings) -> None:
    """Raises `SettingError`."""
    pair = own_pair(settings)
    try:
        context_of(pair)
    except BadPair:
        raise SettingError("tls_cert and tls_key cannot be served.") from None


class Supervisor(BaseArbiter):  # type: ignore[misc]  # as above
    """Forks the workers, restarts them when they die, drains them, and reloads settings."""

    def start(self) -> None:
        super().start()
        log.info(f"Listening at: {self.app.addresses}")

    def manage_workers(self) -> None:
        """Called about once a second."""
        if self.app.valkey:
            self.app.valkey.keep()
        super().manage_workers()

    def spawn_worker(self) -> Any:
        self.app.is_first_worker = self.worker_age == 0
        return super().spawn_worker()

    def reload(self) -> None:
        """SIGHUP. A wrong setting is logged, and what runs goes on."""
        try:
            self.app.reload_settings()
        except SettingError as error:
            log.error("settings were not reloaded", reason=str(error))
            return
        super().reload()
        log.info("settings reloaded")

    def reap_workers(self) -> None:
        """A worker that cannot start ends the first start, but never a server that has served:
        what it lacks, such as the database, may come back."""
        try:
            super().reap_workers()
        except HaltServer as halt:
            if not self.app.has_served:
                raise
            log.error("a worker did not start and is tried again", reason=halt.reason)
            time.sleep(RETRY_SECONDS)
