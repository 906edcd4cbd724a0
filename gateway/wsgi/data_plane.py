"""Drives the chain for WSGI: reads the request, does what the chain asks, writes the reply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gateway.addresses import Addressing
from gateway.chain import run
from gateway.context import Address, Forward, Received, Reply, Request
from gateway.effects import Decompress, Effect, ReadBody
from gateway.failure_log import named
from gateway.integrations.errors import ClientGone, PayloadTooLarge
from gateway.integrations.pool import UpstreamPool
from gateway.paths import RefusedPath, canonical
from gateway.performers import Performers
from gateway.replies import BAD_REQUEST, LENGTH_REQUIRED, OVERLOADED, PAYLOAD_TOO_LARGE
from gateway.snapshot import Snapshot, SnapshotHolder
from gateway.spans import Tracer, begun, takes_part
from gateway.wsgi.bodies import Room, read_body
from gateway.wsgi.replying import Fail, Log, Record, Replying, refuse_framing
from gateway.wsgi.requests import BadFraming, Environ, raw_path, read_request
from kernel.departure import ENVIRON_KEY
from kernel.telemetry.request_ids import new_short_id
from kernel.wsgi_extensions import LOG_MEMBERS, NAME_REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

NOWHERE = Address("", None, "/")


class DataPlane:
    """Serves the APIs of a snapshot to WSGI servers.

    `addressing` says which addresses are the gateway's, `performers` do what handlers ask for, all
    but reading the body, which is this driver's; `log` takes a stage's access log lines with their
    destination, `record` each request for the metrics, `tracer` makes spans of them, and `fail`
    hears why the gateway itself answered 500 or more. One data plane serves any number of threads
    or greenlets.
    """

    def __init__(
        self,
        holder: SnapshotHolder,
        addressing: Addressing,
        performers: Performers,
        pool: UpstreamPool,
        log: Log,
        monotonic: Callable[[], float] = time.monotonic,
        record: Record | None = None,
        tracer: Tracer | None = None,
        fail: Fail | None = None,
    ) -> None:
        self._holder = holder
        self._addressing = addressing
        self._performers = performers
        self._pool = pool
        self._log = log
        self._monotonic = monotonic
        self._record = record
        self._fail = fail
        self._room = Room()
        self._tracer = tracer

    def in_front_of(self, app: WSGIApplication) -> WSGIApplication:
        """An application that serves the gateway's addresses and hands `app` all others."""

        def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            snapshot = self._holder.current
            address = self._find(snapshot, environ)
            if address is None:
                return app(environ, start_response)
            return self._serve(snapshot, address, environ, start_response)

        return serve

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve as a whole application: other addresses are not found."""
        snapshot = self._holder.current
        address = self._find(snapshot, environ) or NOWHERE
        return self._serve(snapshot, address, environ, start_response)

    def _find(self, snapshot: Snapshot, environ: Environ) -> Address | None:
        host = environ.get("HTTP_HOST", "")
        try:
            path = canonical(raw_path(environ))
        except RefusedPath:
            # No path of ours: but where its host or its beginning is, no one else's either.
            for path in ("/", unquote(raw_path(environ), "latin-1")):
                if self._addressing(snapshot, host, path) is not None:
                    return NOWHERE
            return None
        return self._addressing(snapshot, host, path)

    def _serve(
        self,
        snapshot: Snapshot,
        address: Address,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        started = self._monotonic()
        try:
            request = read_request(environ, new_short_id(), time.time())
        except BadFraming:
            return refuse_framing(start_response)
        name: Callable[..., None] | None = environ.get(NAME_REQUEST)
        if name is not None:
            name(environ, request.id)
        record = self._record
        if self._tracer is not None and takes_part(snapshot, address, request):
            request, record = begun(self._tracer, request, record)
        body = _Body(request, environ, self._room)

        def perform(effect: Effect) -> Any:
            if type(effect) is ReadBody:
                return body.read()
            answer = self._performers(effect)
            return body.hold_unpacked(answer) if type(effect) is Decompress else answer

        try:
            decision = run(Received(request, address, snapshot), perform)
        finally:
            self._performers.done(request.id)
            body.let_go()
        if name is not None:
            environ[LOG_MEMBERS] = named(decision.context)
        replying = Replying(
            decision, start_response, self._log, started, self._monotonic, record, self._fail
        )
        if not isinstance(decision.answer, Forward):
            return replying.reply(decision.answer)
        if body.has_no_end:
            return replying.reply(LENGTH_REQUIRED)
        departure = environ.get(ENVIRON_KEY)
        return replying.forward(self._pool, decision.answer, body.stream(), departure)


class _NoRoom(Exception):
    """Too much is held of other bodies."""


class _Body:
    """The body of one request, streamed or read whole."""

    __slots__ = ("_environ", "_held", "_read", "_request", "_room")

    def __init__(self, request: Request, environ: Environ, room: Room) -> None:
        self._request = request
        self._environ = environ
        self._room = room
        self._held = 0
        self._read: bytes | None = None

    @property
    def has_no_end(self) -> bool:
        """Whether the server does not say where a chunked body ends."""
        return self._request.is_chunked and not self._environ.get("wsgi.input_terminated")

    def stream(self) -> Iterator[bytes]:
        """The blocks of the body; the whole as one where a handler has read it."""
        if self._read is not None:
            return iter((self._read,) if self._read else ())
        return read_body(self._request, self._environ["wsgi.input"])

    def read(self) -> bytes | Reply:
        """The whole body, the same each time; or why there is none."""
        if self.has_no_end:
            return LENGTH_REQUIRED
        if self._read is None:
            try:
                self._read = b"".join(map(self._hold, self.stream()))
            except PayloadTooLarge:
                return PAYLOAD_TOO_LARGE
            except ClientGone:
                return BAD_REQUEST
            except _NoRoom:
                return OVERLOADED
        return self._read

    def hold_unpacked(self, plain: bytes | Reply) -> bytes | Reply:
        """A body out of its coding, in which it was a thousandth perhaps; or why there is none."""
        if isinstance(plain, Reply):
            return plain
        try:
            return self._hold(plain)
        except _NoRoom:
            return OVERLOADED

    def let_go(self) -> None:
        """The request is decided: what was read of it counts no more."""
        if self._held:
            self._room.give_back(self._held)
            self._held = 0

    def _hold(self, block: bytes) -> bytes:
        if not self._room.take(len(block)):
            raise _NoRoom
        self._held += len(block)
        return block
