"""What a worker holds for one request: its body, where that is read whole, and what is read for it.

All of it counts until the client has the reply, or until nothing refers to it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.context import Reply, Request
from gateway.effects import (
    CallFunction,
    CallService,
    Decompress,
    Effect,
    FunctionReply,
    ReadBody,
    Send,
    Sent,
)
from gateway.integrations.errors import ClientGone, NoRoom, PayloadTooLarge
from gateway.performers import READ_WHOLE, Performers
from gateway.replies import BAD_REQUEST, LENGTH_REQUIRED, OVERLOADED, PAYLOAD_TOO_LARGE
from gateway.room import Room, Share
from gateway.wsgi.bodies import BLOCK_BYTES, read_body
from gateway.wsgi.requests import Environ

COUNTED = READ_WHOLE | {CallFunction, Decompress, ReadBody}
"""Effects with which more is held."""


class Holding(Share):
    """The body of one request, streamed or read whole, and what else is held for it."""

    __slots__ = ("_answered", "_environ", "_plain", "_read", "_request")

    def __init__(self, request: Request, environ: Environ, room: Room) -> None:
        super().__init__(room)
        self._request = request
        self._environ = environ
        self._read: bytes | None = None
        self._plain = b""
        self._answered = 0

    @property
    def has_no_end(self) -> bool:
        """Whether the server does not say where a chunked body ends."""
        return self._request.is_chunked and not self._environ.get("wsgi.input_terminated")

    def stream(self) -> Iterator[bytes]:
        """The blocks of the body; the whole as one where a handler has read it."""
        if self._read is not None:
            return iter((self._read,) if self._read else ())
        return read_body(self._request, self._environ["wsgi.input"])

    def perform(self, effect: Effect, performers: Performers) -> Any:
        """Answer an effect of `COUNTED`; one for which there is no room as if it had failed."""
        if isinstance(effect, ReadBody):
            return self._body()
        try:
            if isinstance(effect, Send | CallService):
                return self._sent(effect, performers)
            if isinstance(effect, CallFunction):
                # The event holds the body as text, and the message to the function once more.
                self.hold(2 * len(self._plain))
                return performers(effect)
        except NoRoom as error:
            is_function = isinstance(effect, CallFunction)
            return FunctionReply(None, "timed out", OVERLOADED.status) if is_function else error
        return self._unpacked(performers(effect))

    def hold_reply(self, reply: Reply) -> Reply:
        """A reply that is held until it is sent; or the refusal where there is no room for it.

        One of a single block is not counted, and what a backend's reply takes counts already.
        """
        body = reply.body
        if not isinstance(body, bytes) or len(body) <= max(BLOCK_BYTES, self._answered):
            return reply
        try:
            self.hold(len(body) - self._answered)
        except NoRoom:
            return OVERLOADED
        return reply

    def until_sent(self, reply: Iterable[bytes], *, keeps_all: bool) -> Iterable[bytes]:
        """The pieces of a reply, at whose end all is let go. Before that they alone are held,
        unless what streams is logged together with the body (`keeps_all`)."""
        if not self.held:
            return reply
        if isinstance(reply, list):
            size = sum(map(len, reply))
            self.let_go(size if size > BLOCK_BYTES else 0)
        elif not keeps_all:
            self.let_go()
        return _Sending(reply, self) if self.held else reply

    def _body(self) -> bytes | Reply:
        """The whole body, the same each time; or why there is none."""
        if self.has_no_end:
            return LENGTH_REQUIRED
        if self._read is None:
            try:
                self._read = self._plain = b"".join(map(self._held_block, self.stream()))
            except PayloadTooLarge:
                return PAYLOAD_TOO_LARGE
            except ClientGone:
                return BAD_REQUEST
            except NoRoom:
                return OVERLOADED
        return self._read

    def _held_block(self, block: bytes) -> bytes:
        self.hold(len(block))
        return block

    def _sent(self, effect: Send | CallService, performers: Performers) -> Any:
        if effect.body is not self._plain:
            self.hold(len(effect.body))
        answer = performers.whole(effect, self.hold)
        if isinstance(answer, Sent):
            self._answered = len(answer.body)
        return answer

    def _unpacked(self, plain: bytes | Reply) -> bytes | Reply:
        """A body out of its coding, in which it was a thousandth perhaps; or why there is none."""
        if isinstance(plain, Reply):
            return plain
        try:
            self._plain = self._held_block(plain)
        except NoRoom:
            return OVERLOADED
        return plain


class _Sending:
    """A reply that is held until the server closes it, as PEP 3333 has it do in every ending."""

    __slots__ = ("_iterator", "_reply", "_share")

    def __init__(self, reply: Iterable[bytes], share: Share) -> None:
        self._reply = reply
        self._iterator = iter(reply)
        self._share = share

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        try:
            if hasattr(self._reply, "close"):
                self._reply.close()
        finally:
            self._share.let_go()
