"""The subscribers of one worker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog

log = structlog.get_logger(__name__)


class Subscriber(NamedTuple):
    callback: Callable[[bytes], None]
    missed: Callable[[], None] | None


class Subscribers:
    """Who listens in this worker, by channel. One subscriber's error does not reach another."""

    def __init__(self) -> None:
        self._by_channel: defaultdict[str, list[Subscriber]] = defaultdict(list)

    def add(self, channel: str, subscriber: Subscriber) -> None:
        self._by_channel[channel].append(subscriber)

    def deliver(self, channel: str, message: bytes) -> None:
        for subscriber in tuple(self._by_channel.get(channel, ())):
            _run(channel, subscriber.callback, message)

    def report_missed(self, channel: str | None = None) -> None:
        """Tell the subscribers of one channel, or of all, that messages may have been lost."""
        for name in [channel] if channel is not None else list(self._by_channel):
            for subscriber in tuple(self._by_channel.get(name, ())):
                if subscriber.missed:
                    _run(name, subscriber.missed)


def _run(channel: str, callback: Callable[..., None], *args: Any) -> None:
    try:
        callback(*args)
    except Exception:
        log.exception("subscriber failed", channel=channel)
