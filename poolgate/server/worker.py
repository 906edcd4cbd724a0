"""A worker process: one gevent hub, one server, supervised by gunicorn's arbiter."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
import structlog
from gevent.event import Event
from gunicorn.workers.base import Worker

from kernel.telemetry import metrics
from kernel.threads import share_cpus
from poolgate.server import hub_lag
from poolgate.server.server import Server

log = structlog.get_logger("poolgate.worker")

# The arbiter kills after 28 seconds, and `serve` promises to be gone in 30.
DRAIN_SECONDS = 25.0
CLOSE_SECONDS = 2.0
BEAT_SECONDS = 1.0
# How long a thread of the pool may keep the interpreter to itself: the hub waits so long for each
# thread that computes. With six threads of pure Python on two cores the hub's median lag was 12 ms
# at Python's default of 5 ms, 6 ms at 1 ms and 4.5 ms at 0.2 ms; with SRP, which releases the
# interpreter, 1 ms at each.
SWITCH_INTERVAL_SECONDS = 0.001
# A request makes some hundred objects, nearly all freed by their count. At Python's own threshold
# of 700 the collector looked for cycles in every few requests: 6 % of a proxied call.
COLLECTOR_THRESHOLDS = (10_000, 20, 20)
# For what waits for a disk; what computes has threads of its own (kernel/threads.py).
POOL_THREADS = min(10, 2 * (os.cpu_count() or 1) + 2)


# gunicorn has no annotations.
BaseWorker: Any = Worker


class GeventWorker(BaseWorker):  # type: ignore[misc]  # as above
    """Serves the application on the first socket, and metrics on the second where there is one."""

    # gevent waits for child processes by SIGCHLD; gunicorn's base class would reset it.
    SIGNALS = [each for each in Worker.SIGNALS if each is not signal.SIGCHLD]  # noqa: RUF012 - gunicorn's name

    def init_process(self) -> None:
        """Called by the arbiter in the forked process; runs until the worker ends."""
        self._stop = Event()
        self._drains = True
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        hub: Any = gevent.get_hub()
        hub.threadpool.maxsize = POOL_THREADS
        share_cpus(self.cfg.workers)
        hub.print_exception = _log_exception
        # The arbiter's own handler, inherited over the fork, would queue signals that none reads.
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        super().init_process()

    def handle_exit(self, _signal: int, _frame: Any) -> None:
        """SIGTERM: finish what is in flight."""
        self.alive = False
        self._stop.set()

    def handle_quit(self, _signal: int, _frame: Any) -> None:
        """SIGINT, SIGQUIT: leave at once."""
        self.alive = False
        self._drains = False
        self._stop.set()

    def run(self) -> None:
        background: list[Callable[[], None]] = [
            self._beat,
            lambda: hub_lag.watch(metrics.hub_lag_seconds.set),
        ]
        servers = self._servers()
        for server in servers:
            server.start()
        for task in background:
            gevent.spawn(task)
        self.app.note_serving()
        self._stop.wait()
        for server in servers[1:]:
            server.close()
        if self._drains and not servers[0].drain(DRAIN_SECONDS):
            self.log.warning("requests in flight were cut off after %d s", int(DRAIN_SECONDS))
        with gevent.Timeout(CLOSE_SECONDS, TimeoutError()), suppress(TimeoutError):
            self.wsgi.close()

    def _servers(self) -> list[Server]:
        shares = self.cfg.workers > 1
        listener, *others = self.sockets
        plain, others = others[: self.app.plain_listeners], others[self.app.plain_listeners :]
        machines = others[: self.app.machine_listeners]
        for_metrics = others[self.app.machine_listeners :]
        tls = self.app.tls(self.wsgi.sites)
        return [
            Server(listener.sock, self.wsgi, tls=tls, shares_listener=shares),
            *(Server(each.sock, self.wsgi.plain, shares_listener=shares) for each in plain),
            *(
                Server(
                    each.sock,
                    self.wsgi.machines,
                    tls=self.app.machines_tls(),
                    shares_listener=shares,
                )
                for each in machines
            ),
            *(Server(each.sock, metrics.endpoint, shares_listener=shares) for each in for_metrics),
        ]

    def _beat(self) -> None:
        """Tell the arbiter that the hub turns; leave when the arbiter is gone."""
        while True:
            self.notify()
            if os.getppid() != self.ppid:
                self.log.error("the supervisor is gone; worker %d leaves", self.pid)
                self._stop.set()
            gevent.sleep(BEAT_SECONDS)


def _log_exception(context: Any, kind: Any, error: Any, trace: Any) -> None:
    """What ends a greenlet unexpectedly goes through the log, which redacts it."""
    if not issubclass(kind, gevent.GreenletExit):
        name = type(context).__name__
        log.error("greenlet failed", greenlet=name, exc_info=(kind, error, trace))
