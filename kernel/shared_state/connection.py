"""A Valkey server that may go away: every question has an answer for that case."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from redis import BlockingConnectionPool, Redis, RedisError
from redis import ConnectionError as ConnectionLost
from redis import TimeoutError as TimedOut
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)
T = TypeVar("T")

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 1.0
PAUSE_SECONDS = 1.0
QUIET_SECONDS = 60.0
"""Between two lines in the log about questions that were refused."""
CONNECTIONS = 32


class Connection:
    """Connections to one server, and the knowledge that it is away.

    While nothing answers nobody asks for a second, so that an outage costs each worker one time-out
    a second and not one for each request. A question that the server refuses fails alone: whoever
    could cause one would otherwise take the server away from everybody. Ask from a greenlet or a
    thread that may wait, never from inside a unit of work: sockets belong to the gevent hub they
    were opened under.
    """

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._away_until = 0.0
        self._away = False
        self._quiet_until = 0.0
        url = url.replace("valkey://", "redis://", 1)
        # One retry: after a restart of the server the pooled connections are dead.
        self.client = _client(url, retries=1)
        self.listening_client = _client(url, retries=0)

    def ask(self, question: Callable[[], T], otherwise: Callable[[], T]) -> T:
        """The answer to `question`, or to `otherwise` while the server is away."""
        if self._monotonic() < self._away_until:
            return otherwise()
        try:
            answer = question()
        except (ConnectionLost, TimedOut) as error:
            self._away_until = self._monotonic() + PAUSE_SECONDS
            self._note(away=True, reason=type(error).__name__)
            return otherwise()
        except RedisError as error:
            self._note(away=False)
            self._note_refusal(type(error).__name__)
            return otherwise()
        self._note(away=False)
        return answer

    def close(self) -> None:
        for client in (self.client, self.listening_client):
            client.connection_pool.disconnect()

    def _note(self, *, away: bool, reason: str = "") -> None:
        if away == self._away:
            return
        self._away = away
        if away:
            log.warning("shared state is away; limits hold for each worker alone", reason=reason)
        else:
            log.info("shared state is back")

    def _note_refusal(self, reason: str) -> None:
        if self._monotonic() < self._quiet_until:
            return
        self._quiet_until = self._monotonic() + QUIET_SECONDS
        log.warning("shared state refuses a question", reason=reason)


def _client(url: str, retries: int) -> Any:
    # `Any`: redis-py's annotations mix its synchronous and asynchronous clients.
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), retries),
        protocol=2,
    )
    return Redis(connection_pool=pool)
