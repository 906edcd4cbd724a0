"""One request sent upstream and its reply taken back, both streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from gateway.integrations.connection import Connection, Patience
from gateway.integrations.errors import (
    ClientLeft,
    UpstreamBroken,
    UpstreamError,
    UpstreamMisbehaved,
    UpstreamUnavailable,
)
from gateway.integrations.message import LAST_CHUNK, UpstreamRequest, chunk
from gateway.integrations.pool import UpstreamPool
from gateway.integrations.reply_parser import ReplyParser
from gateway.room import Hold, uncounted
from kernel.departure import Departure
from kernel.values import value

LEAST_REFUSAL = 300


@value
class UpstreamReply:
    """A reply's head, and its body as it comes. `body` has a `close` unless it is a list."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


class _Stale(Exception):
    """A kept-alive connection was dead before anything of a reply came."""


def exchange(
    pool: UpstreamPool,
    request: UpstreamRequest,
    body: Iterable[bytes],
    departure: Departure | None = None,
) -> UpstreamReply:
    """Send a request and return as soon as the reply's head is there.

    `body` gives exactly `content_length` bytes. A connection is taken once it has begun, so that
    clients who send nothing hold none. A safe request without a body is sent once more, on a new
    connection, when a kept-alive one turns out dead. `departure` is told how to end all this when
    the client goes away: `ClientLeft` then. Raises `UpstreamUnavailable`,
    `UpstreamTimedOut`, `UpstreamMisbehaved`, `UnsendableRequest`, and whatever `body` raises.
    """
    if request.has_body and not isinstance(body, _Begun):
        body = _Begun(body, request.content_length)
    if request.group is not None:
        if pool.balance is None:
            raise UpstreamUnavailable("nothing here serves VPC links")
        return pool.balance(request, body, departure)
    if not isinstance(body, _Begun) or body.is_whole:
        return _exchange(pool, request, body, departure)
    with pool.room_for_upload(request.origin):
        return _exchange(pool, request, body, departure)


def _exchange(
    pool: UpstreamPool,
    request: UpstreamRequest,
    body: Iterable[bytes],
    departure: Departure | None,
) -> UpstreamReply:
    patience = Patience(request.timeout, pool.idle)
    try:
        return _Exchange(pool, request, patience).run(body, departure)
    except _Stale:
        if not request.may_be_repeated:
            raise UpstreamUnavailable("the upstream closed the connection") from None
    try:
        return _Exchange(pool, request, patience, fresh=True).run(body, departure)
    except _Stale:
        raise UpstreamUnavailable("the upstream closed the connection") from None


def exchange_whole(
    pool: UpstreamPool, request: UpstreamRequest, body: bytes, most: int, hold: Hold = uncounted
) -> UpstreamReply:
    """Send a request and read the reply to its end; `body` of the reply is one block.

    `hold` is told of each block of the reply. Raises as `exchange` and `hold` do, and
    `UpstreamMisbehaved` for a body of more than `most` bytes.
    """
    reply = exchange(pool, request, (body,) if body else ())
    blocks: list[bytes] = []
    length = 0
    try:
        for block in reply.body:
            hold(len(block))
            blocks.append(block)
            length += len(block)
            if length > most:
                raise UpstreamMisbehaved(f"the upstream's reply is larger than {most} bytes")
    finally:
        if hasattr(reply.body, "close"):
            reply.body.close()
    return UpstreamReply(reply.status, reply.headers, [b"".join(blocks)])


class _Begun:
    """A body whose first block has been waited for; often that is all of it."""

    __slots__ = ("_first", "_rest", "is_whole")

    def __init__(self, body: Iterable[bytes], length: int | None) -> None:
        self._rest = iter(body)
        self._first = next(self._rest, b"")
        self.is_whole = len(self._first) == length

    def __iter__(self) -> Iterator[bytes]:
        return chain((self._first,), self._rest) if self._first else self._rest


class _Exchange:
    """The connection of one exchange, which ends up in the pool or closed, once."""

    __slots__ = (
        "_connection",
        "_head",
        "_is_abandoned",
        "_parser",
        "_patience",
        "_pool",
        "_request",
        "_was_sent",
    )

    def __init__(
        self,
        pool: UpstreamPool,
        request: UpstreamRequest,
        patience: Patience,
        *,
        fresh: bool = False,
    ) -> None:
        self._pool = pool
        self._request = request
        self._patience = patience
        self._parser = ReplyParser(request.method)
        self._was_sent = False
        self._is_abandoned = False
        self._head = request.head()
        self._connection: Connection | None = pool.take(request.origin, patience, fresh=fresh)

    def run(self, body: Iterable[bytes], departure: Departure | None = None) -> UpstreamReply:
        if departure is not None:
            departure.call = self.abandon
        try:
            self._send(body)
            self._read_head()
        except BaseException:
            self.finish(reusable=False)
            raise
        parser = self._parser
        if parser.is_complete:
            self.finish(reusable=parser.allows_another)
            return UpstreamReply(parser.status, parser.headers, parser.blocks)
        return UpstreamReply(parser.status, parser.headers, _Body(self))

    def read_on(self) -> list[bytes]:
        """The next blocks of the body; none at its end. Raises `UpstreamBroken`."""
        parser = self._parser
        while not parser.blocks and not parser.is_complete:
            try:
                self._receive()
            except (UpstreamError, _Stale) as error:
                self.finish(reusable=False)
                raise UpstreamBroken(str(error)) from None
        if parser.is_complete:
            self.finish(reusable=parser.allows_another)
        blocks, parser.blocks = parser.blocks, []
        return blocks

    def abandon(self) -> None:
        """End it for a client that went away. Nothing happens where it has ended."""
        if self._connection is not None:
            self._is_abandoned = True
            self._connection.abort()

    def finish(self, *, reusable: bool) -> None:
        """Give the connection back, or close it. Called again, it does nothing."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # Nobody else's request follows on a connection whose upstream may have counted otherwise.
        if reusable and self._was_sent and not self._request.may_be_misread:
            self._pool.give_back(self._request.origin, connection)
        else:
            self._pool.drop(self._request.origin, connection)

    def _send(self, body: Iterable[bytes]) -> None:
        connection, patience, request = self._held, self._patience, self._request
        waiting = self._head
        try:
            for block in body:
                if not waiting and connection.may_have_answered and self._is_refused():
                    return
                coded = waiting + (chunk(block) if request.is_chunked else block)
                if not connection.send(coded, patience, self._is_refused):
                    return
                waiting = b""
            if request.is_chunked:
                waiting += LAST_CHUNK
            if waiting and not connection.send(waiting, patience, self._is_refused):
                return
            self._was_sent = True
        except OSError:
            # The upstream may have answered before it closed, for instance that the body is too
            # large; `_read_head` finds out.
            return

    def _is_refused(self) -> bool:
        """Whether the upstream has answered before the whole request was sent, and not with what
        it makes of it: "it SHOULD immediately cease transmitting the body" (RFC 9112 §9.5)."""
        data = self._held.receive_now()
        if not data:
            return data is not None
        self._parser.feed(data)
        return self._parser.has_head and self._parser.status >= LEAST_REFUSAL

    def _read_head(self) -> None:
        while not self._parser.has_head:
            self._receive()

    def _receive(self) -> None:
        connection = self._held
        try:
            data = connection.receive(self._patience)
        except OSError:
            data = b""
            if self._parser.has_head and not self._is_abandoned:
                raise UpstreamMisbehaved("the upstream's reply broke off") from None
        if self._is_abandoned:
            raise ClientLeft("the client went away")
        if data:
            self._parser.feed(data)
        elif self._parser.is_untouched:
            raise (
                _Stale
                if not connection.is_new
                else UpstreamUnavailable("the upstream closed the connection")
            )
        else:
            self._parser.end()

    @property
    def _held(self) -> Connection:
        if self._connection is None:
            raise UpstreamBroken("the exchange is over")
        return self._connection


class _Body:
    """The rest of a reply's body. Closing it early closes the connection."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        blocks = self._exchange.read_on()
        if not blocks:
            raise StopIteration
        return b"".join(blocks)

    def close(self) -> None:
        self._exchange.finish(reusable=False)
