"""One request sent upstream and its reply taken back, both streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.integrations.connection import Connection, Patience
from gateway.integrations.errors import (
    UpstreamBroken,
    UpstreamError,
    UpstreamMisbehaved,
    UpstreamUnavailable,
)
from gateway.integrations.message import LAST_CHUNK, UpstreamRequest, chunk
from gateway.integrations.pool import UpstreamPool
from gateway.integrations.reply_parser import ReplyParser
from kernel.values import value


@value
class UpstreamReply:
    """A reply's head, and its body as it comes. `body` has a `close` unless it is a list."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


class _Stale(Exception):
    """A kept-alive connection was dead before anything of a reply came."""


def exchange(pool: UpstreamPool, request: UpstreamRequest, body: Iterable[bytes]) -> UpstreamReply:
    """Send a request and return as soon as the reply's head is there.

    `body` gives exactly `content_length` bytes. A safe request without a body is sent once more,
    on a new connection, when a kept-alive one turns out dead. Raises `UpstreamUnavailable`,
    `UpstreamTimedOut`, `UpstreamMisbehaved`, `UnsendableRequest`, and whatever `body` raises.
    """
    if request.group is not None:
        if pool.balance is None:
            raise UpstreamUnavailable("nothing here serves VPC links")
        return pool.balance(request, body)
    patience = Patience(request.timeout, pool.idle)
    try:
        return _Exchange(pool, request, patience).run(body)
    except _Stale:
        if not request.may_be_repeated:
            raise UpstreamUnavailable("the upstream closed the connection") from None
    try:
        return _Exchange(pool, request, patience, fresh=True).run(body)
    except _Stale:
        raise UpstreamUnavailable("the upstream closed the connection") from None


def exchange_whole(
    pool: UpstreamPool, request: UpstreamRequest, body: bytes, most: int
) -> UpstreamReply:
    """Send a request and read the reply to its end; `body` of the reply is one block.

    Raises as `exchange` does, and `UpstreamMisbehaved` for a body of more than `most` bytes.
    """
    reply = exchange(pool, request, (body,) if body else ())
    blocks: list[bytes] = []
    length = 0
    try:
        for block in reply.body:
            blocks.append(block)
            length += len(block)
            if length > most:
                raise UpstreamMisbehaved(f"the upstream's reply is larger than {most} bytes")
    finally:
        if hasattr(reply.body, "close"):
            reply.body.close()
    return UpstreamReply(reply.status, reply.headers, [b"".join(blocks)])


class _Exchange:
    """The connection of one exchange, which ends up in the pool or closed, once."""

    __slots__ = ("_connection", "_head", "_parser", "_patience", "_pool", "_request", "_was_sent")

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
        self._head = request.head()
        self._connection: Connection | None = pool.take(request.origin, patience, fresh=fresh)

    def run(self, body: Iterable[bytes]) -> UpstreamReply:
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

    def finish(self, *, reusable: bool) -> None:
        """Give the connection back, or close it. Called again, it does nothing."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if reusable and self._was_sent:
            self._pool.give_back(self._request.origin, connection)
        else:
            self._pool.drop(self._request.origin, connection)

    def _send(self, body: Iterable[bytes]) -> None:
        connection, patience, request = self._held, self._patience, self._request
        waiting = self._head
        try:
            for block in body:
                connection.send(waiting + (chunk(block) if request.is_chunked else block), patience)
                waiting = b""
            if request.is_chunked:
                waiting += LAST_CHUNK
            if waiting:
                connection.send(waiting, patience)
            self._was_sent = True
        except OSError:
            # The upstream may have answered before it closed, for instance that the body is too
            # large; `_read_head` finds out.
            return

    def _read_head(self) -> None:
        while not self._parser.has_head:
            self._receive()

    def _receive(self) -> None:
        connection = self._held
        try:
            data = connection.receive(self._patience)
        except OSError:
            data = b""
            if self._parser.has_head:
                raise UpstreamMisbehaved("the upstream's reply broke off") from None
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
