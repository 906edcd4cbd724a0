"""Knows whether something has arrived on a connection, and waits until it has.

gevent's sockets try to read, and when nothing is there they tell the kernel to watch the socket,
wait, and tell it to stop: three system calls around the one that reads. Here a plain socket is
watched for as long as it is open.
"""

from __future__ import annotations

import select
import socket
import ssl
import sys
from typing import Any, Protocol


class Arrivals(Protocol):
    """What arrives on a socket. One greenlet or thread at a time."""

    @property
    def are_there(self) -> bool:
        """Whether something came since the last `expect` that nobody waited for, the end of the
        stream included."""

    def expect(self) -> None:
        """Say that all that has come is read."""

    def wait(self, seconds: float | None = None) -> None:
        """Wait for what comes next; it may return early. Raises `TimeoutError`."""

    def close(self) -> None:
        """Stop watching. Before the socket is closed."""


def watch(connected: socket.socket) -> Arrivals:
    """Watch a connected socket, plain or TLS."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None:
        return _Asked(connected, select.poll)
    import gevent.socket

    # In TLS's buffer there may be something to read although nothing arrives.
    if isinstance(connected, gevent.socket.socket) and not isinstance(connected, ssl.SSLSocket):
        return _Watched(connected)
    # gevent's poll would switch greenlets; the original only asks the kernel.
    return _Asked(connected, monkey.get_original("select", "poll"))


class _Asked:
    """For sockets that wait by themselves when they are read."""

    def __init__(self, connected: socket.socket, poll: Any) -> None:
        self._poll = poll()
        self._poll.register(connected, select.POLLIN)

    @property
    def are_there(self) -> bool:
        return bool(self._poll.poll(0))

    def expect(self) -> None:
        """The kernel knows what is read."""

    def wait(self, seconds: float | None = None) -> None:
        """Whoever reads waits."""

    def close(self) -> None:
        """There is nothing to stop."""


class _Watched:
    """For gevent's plain sockets: one watcher of the event loop, always active while nothing has
    come. Whatever comes unexpectedly stops it, because the loop would go on reporting it."""

    def __init__(self, connected: socket.socket) -> None:
        from gevent.hub import Waiter, get_hub

        self._loop = get_hub().loop
        self._waiter: Any = Waiter()
        # A connection that merely exists must not keep the loop from ending.
        self._watcher: Any = self._loop.io(connected.fileno(), 1, ref=False)
        self._watcher.start(self._note)
        self.are_there = False

    def expect(self) -> None:
        self.are_there = False
        if not self._watcher.active:
            self._watcher.start(self._note)

    def wait(self, seconds: float | None = None) -> None:
        self.expect()
        self._waiter.clear()
        self._watcher.ref = True
        timer = None
        if seconds is not None:
            timer = self._loop.timer(max(0.0, seconds))
            timer.start(self._waiter.throw, TimeoutError("timed out"))
        try:
            self._waiter.get()
        finally:
            self._watcher.ref = False
            if timer is not None:
                timer.close()

    def close(self) -> None:
        self._watcher.close()

    def _note(self) -> None:
        """In the hub."""
        if self._waiter.greenlet is None:
            self._watcher.stop()
            self.are_there = True
        else:
            self._waiter.switch(None)
