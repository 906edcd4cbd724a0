"""Drives the chain for WSGI: reads the request, does what the chain asks, writes the reply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway.addresses import Addressing
from gateway.chain import run
from gateway.context import Address, Forward, Received, TakeToken, VerifyToken
from gateway.integrations.pool import UpstreamPool
from gateway.paths import RefusedPath, canonical
from gateway.replies import LENGTH_REQUIRED
from gateway.snapshot import Snapshot, SnapshotHolder
from gateway.wsgi.bodies import read_body
from gateway.wsgi.replying import Log, Replying, refuse_framing
from gateway.wsgi.requests import BadFraming, Environ, raw_path, read_request
from kernel.shared_state.interface import SharedState
from kernel.telemetry.request_ids import new_short_id
from kernel.tokens.errors import InvalidToken
from kernel.tokens.verification import Claims, Verifier

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

NOWHERE = Address("", None, "/")


class DataPlane:
    """Serves the APIs of a snapshot to WSGI servers.

    `addressing` says which addresses are the gateway's; `log` takes a stage's access log lines
    with their destination. One data plane serves any number of threads or greenlets.
    """

    def __init__(
        self,
        holder: SnapshotHolder,
        addressing: Addressing,
        verifier: Verifier,
        shared_state: SharedState,
        pool: UpstreamPool,
        log: Log,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._holder = holder
        self._addressing = addressing
        self._verifier = verifier
        self._shared_state = shared_state
        self._pool = pool
        self._log = log
        self._monotonic = monotonic

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
            request = read_request(environ, new_short_id())
        except BadFraming:
            return refuse_framing(start_response)
        decision = run(Received(request, address, snapshot), self._verify, self._take)
        replying = Replying(decision.context, start_response, self._log, started, self._monotonic)
        if not isinstance(decision.answer, Forward):
            return replying.reply(decision.answer)
        if request.is_chunked and not environ.get("wsgi.input_terminated"):
            return replying.reply(LENGTH_REQUIRED)
        body = read_body(request, environ["wsgi.input"])
        return replying.forward(self._pool, decision.answer.request, body)

    def _verify(self, effect: VerifyToken) -> Claims | InvalidToken:
        try:
            return self._verifier.verify(effect.token, effect.issuer)
        except InvalidToken as error:
            return error

    def _take(self, effect: TakeToken) -> bool:
        now = self._monotonic()
        return self._shared_state.take(effect.bucket, effect.rate, effect.burst, now)
