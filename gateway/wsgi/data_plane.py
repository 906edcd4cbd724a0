"""Drives the chain for WSGI: reads the request, does what the chain asks, writes the reply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gateway.access_log import Log
from gateway.addresses import Addressing
from gateway.chain import Decision, run
from gateway.context import Address, Forward, Prepared, Received
from gateway.effects import Effect
from gateway.failure_log import named
from gateway.integrations.pool import UpstreamPool
from gateway.paths import RefusedPath, canonical
from gateway.performers import Performers
from gateway.replies import LENGTH_REQUIRED
from gateway.rest.gateway_responses import told
from gateway.room import Room
from gateway.snapshot import Snapshot, SnapshotHolder
from gateway.spans import Record, Tracer, begun, takes_part
from gateway.wsgi.holding import COUNTED, Holding
from gateway.wsgi.replying import Fail, Replying, refuse_framing
from gateway.wsgi.requests import BadFraming, Environ, raw_path, read_request
from kernel.departure import ENVIRON_KEY, Departure
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
    hears why the gateway itself answered 500 or more. `room` bounds what is held for all requests
    together. One data plane serves any number of threads or greenlets.
    """

    def __init__(
        self,
        holder: SnapshotHolder,
        addressing: Addressing,
        performers: Performers,
        pool: UpstreamPool,
        log: Log,
        now: Callable[[], float] = time.time,
        record: Record | None = None,
        tracer: Tracer | None = None,
        fail: Fail | None = None,
        room: Room | None = None,
    ) -> None:
        self._holder = holder
        self._addressing = addressing
        self._performers = performers
        self._pool = pool
        self._log = log
        self._now = now
        self._record = record
        self._fail = fail
        self._room = room or Room()
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
        started = time.monotonic()
        try:
            request = read_request(environ, new_short_id(), self._now())
        except BadFraming:
            return refuse_framing(start_response)
        name: Callable[..., None] | None = environ.get(NAME_REQUEST)
        if name is not None:
            name(environ, request.id)
        record = self._record
        if self._tracer is not None and takes_part(snapshot, address, request):
            request, record = begun(self._tracer, request, record)
        held = Holding(request, environ, self._room)

        def perform(effect: Effect) -> Any:
            if type(effect) in COUNTED:
                return held.perform(effect, self._performers)
            return self._performers(effect)

        try:
            try:
                decision = run(Received(request, address, snapshot), perform)
            finally:
                self._performers.done(request.id)
            if name is not None:
                environ[LOG_MEMBERS] = named(decision.context)
            replying = Replying(
                decision, start_response, self._log, started, time.monotonic, record, self._fail
            )
            reply = self._reply(replying, decision, held, environ.get(ENVIRON_KEY))
            return held.until_sent(reply, keeps_all=isinstance(decision.context, Prepared))
        except BaseException:
            held.let_go()
            raise

    def _reply(
        self, replying: Replying, decision: Decision, held: Holding, departure: Departure | None
    ) -> Iterable[bytes]:
        answer = decision.answer
        if isinstance(answer, Forward):
            if held.has_no_end:
                return replying.reply(LENGTH_REQUIRED)
            return replying.forward(self._pool, answer, held.stream(), departure)
        reply = held.hold_reply(answer)
        return replying.reply(reply if reply is answer else told(decision.context, reply))
