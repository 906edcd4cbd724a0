"""pywsgi's handler with our own reading of requests and heads of answers.

pywsgi drives the connection and the application. Reading is ours, because pywsgi repairs what
should be refused (it lets Transfer-Encoding beat Content-Length, takes bare line feeds and
HTTP/0.9), keeps no raw target and waits without end; answering is, so that head and body leave in
one packet.
"""

from __future__ import annotations

import errno
import io
import socket
from http import HTTPStatus
from time import monotonic
from typing import Any

import gevent
import gevent.socket
import structlog
from gevent import pywsgi

from kernel import arrivals, departure
from kernel.arrivals import Arrivals
from kernel.departure import Departure
from kernel.status_lines import WITHOUT_CONTENT
from kernel.telemetry import metrics
from kernel.tls.connection import Connection
from kernel.wsgi_extensions import TLS
from poolgate.server import environment, request_head
from poolgate.server.answer_head import AnswerHead
from poolgate.server.body import SLOWEST_BYTES_PER_SECOND, ArrivedBody, Body
from poolgate.server.request_head import RequestHead, RequestRefused

log = structlog.get_logger("poolgate.server")

# The stubs leave out what pywsgi lets subclasses override.
Pywsgi: Any = pywsgi.WSGIHandler

FIRST_BYTE_SECONDS = 20.0
KEEP_ALIVE_SECONDS = 75.0
HEAD_SECONDS = 20.0
WRITE_SECONDS = 60.0
LINGER_SECONDS = 2.0
MOST_LINGER_BYTES = 1024 * 1024
MOST_JOINED_BYTES = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"


class Handler(Pywsgi):  # type: ignore[misc]  # as above
    """One connection. `is_busy` from a request's first byte to the end of its answer."""

    head: RequestHead
    tls: Connection | None = None
    wsgi_input: Body | ArrivedBody
    answer_head: AnswerHead
    is_busy = False
    _arrived = 0
    """How many bytes have come after the head already."""
    _is_ahead = False
    """Whether some of them belong to a further request."""
    _is_counted = False
    """Whether `_arrived` says so; otherwise it is nothing."""
    _is_drained = False
    """Whether all that has come is known to be read."""
    _arrivals: Arrivals
    _idle_until = float("inf")
    _waits_since = float("inf")
    """When it began to wait for a request's head; infinite while one is answered."""
    _departure: Departure
    _blocked = 0.0
    """Seconds for which the client kept this answer waiting."""

    def handle(self) -> None:
        self._arrivals = arrivals.watch(self.socket)
        self._departure = Departure()
        try:
            super().handle()
        finally:
            self._arrivals.close()

    def handle_one_request(self) -> Any:
        """pywsgi's contract: True for the next request, None to close the connection."""
        try:
            if not self._await_request():
                return None
            self.head = self._read_head()
            self._waits_since = float("inf")
        except RequestRefused as refusal:
            return self._refuse(refusal)
        except (OSError, ValueError, EOFError):
            return None  # reset, or closed under our hands while draining
        self._begin()
        self.handle_one_response()
        self.is_busy = False
        self._departure.call = None
        return self._go_on()

    def _await_request(self) -> bool:
        """Wait for the first byte of a request; False when none comes."""
        first = self.environ is None
        self._waits_since = now = monotonic()
        self._idle_until = now + (FIRST_BYTE_SECONDS if first else KEEP_ALIVE_SECONDS)
        if self._is_drained:
            self._arrivals.wait()
        self.is_busy = bool(self.rfile.peek(1))
        return self.is_busy and not (self.server.is_draining and not first)

    def is_idle_for_too_long(self, now: float) -> bool:
        """Whether it has waited for a request's first byte beyond its time."""
        return not self.is_busy and self._idle_until < now

    def has_waited_for(self, now: float) -> float:
        """Seconds for which the head of a request is waited for; less than none where it is not."""
        return now - self._waits_since

    def awaited(self) -> tuple[int, Departure] | None:
        """The connection, where somebody wants to know whether its client has gone away."""
        connection = self.__dict__.get("socket")
        if connection is None or not self.is_busy or self._departure.call is None:
            return None
        number = connection.fileno()
        return (number, self._departure) if number >= 0 else None

    def stop_reading(self) -> None:
        """What has arrived is still served; the wait for more ends."""
        connection = self.__dict__.get("socket")
        if connection is not None:
            try:
                # Not SSLSocket's own method, which would drop the TLS state under its reader.
                socket.socket.shutdown(connection, socket.SHUT_RD)
            except OSError:
                return

    def _read_head(self) -> RequestHead:
        """The head, and in `_arrived` how many bytes have come after it already."""
        waiting = self.rfile.peek(1)
        end = waiting.find(END_OF_HEAD) + len(END_OF_HEAD)
        if end < len(END_OF_HEAD) or waiting.startswith(b"\r\n"):
            self._arrived, self._is_counted = 0, False
            with gevent.Timeout(HEAD_SECONDS, _too_slow()):
                return self._read_head_by_lines()
        # Whole already, as nearly always: nothing is waited for.
        self._arrived, self._is_counted = len(waiting) - end, True
        return request_head.parse(self.rfile.read(end)[:-2])

    def _read_head_by_lines(self) -> RequestHead:
        left = request_head.MOST_HEAD_BYTES
        line = self.rfile.readline(left)
        if line == b"\r\n":
            # RFC 9112 §2.2: "SHOULD ignore at least one empty line (CRLF) received prior to the
            # request-line".
            line = self.rfile.readline(left)
        left -= len(line)
        if not line.endswith(b"\n"):
            raise EOFError if left > 0 else request_head.too_long(HTTPStatus.REQUEST_URI_TOO_LONG)
        fields: list[bytes] = []
        while (field := self.rfile.readline(left + 1)) != b"\r\n":
            left -= len(field)
            if left <= 0 or len(fields) >= request_head.MOST_FIELDS:
                raise request_head.too_long(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            if not field.endswith(b"\n"):
                raise EOFError
            fields.append(field)
        return request_head.parse(b"".join((line, *fields)))

    def _begin(self) -> None:
        """What pywsgi expects to be set before the application runs."""
        head = self.head
        self.command, self.path, self.request_version = head.method, head.target, head.version
        self.close_connection = not head.keeps_alive
        self._blocked = 0.0
        self.environ = self.get_environ()
        self.application = self.server.application

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = self.server.get_environ()
        environment.describe(environ, self.head, self.client_address)
        environ[departure.ENVIRON_KEY] = self._departure
        if self.tls is not None:
            environ[TLS] = self.tls
        self._add_body(environ)
        return environ

    def _add_body(self, environ: dict[str, Any]) -> None:
        head, length = self.head, self.head.content_length or 0
        if environment.opens_websocket(environ, head):
            self._leave_connection(environ)
            return
        environ["wsgi.input_terminated"] = True
        self._is_ahead = length < self._arrived
        self._is_drained = False
        if length <= self._arrived and not (head.is_chunked or head.expects_continue):
            # Here already, or there is none.
            self.wsgi_input = ArrivedBody(self.rfile.read(length) if length else b"")
            self._is_drained = self._is_counted and length == self._arrived
            environ["wsgi.input"] = self.wsgi_input
            return
        self.wsgi_input = Body(
            self.rfile,
            length,
            is_chunked=head.is_chunked,
            send_continue=self._send_continue if head.expects_continue else None,
        )
        environ["wsgi.input"] = io.BufferedReader(self.wsgi_input)

    def _leave_connection(self, environ: dict[str, Any]) -> None:
        """WebSocket libraries find the connection as input; no request can follow on it. It has no
        end, so nobody may wait for one as if it were a body."""
        self._is_ahead = False
        self.wsgi_input = Body(self.rfile, 0)
        environ["wsgi.input"] = self.rfile
        environ["wsgi.input_terminated"] = False
        self.close_connection = True

    def _send_continue(self) -> None:
        self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """PEP 3333. What the application says is checked here, while it can still be told."""
        if exc_info and self.headers_sent:
            try:
                raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # it holds this frame
        self.answer_head = AnswerHead(status, headers)
        self.status, self.code = status.encode("latin-1"), self.answer_head.code
        if self.server.is_draining or self.answer_head.closes:
            self.close_connection = True
        return self.write

    def _write_with_headers(self, data: bytes) -> None:
        """Head and body in one packet where the body is small and its length is known."""
        self.headers_sent = True
        self.connection_upgraded = self.code == HTTPStatus.SWITCHING_PROTOCOLS
        head = self.answer_head.to_bytes(self._framing(), self._connection())
        if self.response_use_chunked or self._has_no_body() or len(data) > MOST_JOINED_BYTES:
            self._sendall(head)
            self._write(data)
        else:
            self._sendall(head + data)

    def _framing(self) -> bytes:
        """RFC 9112 §6: where the answer ends, unless the application has said it."""
        names = self.answer_head.names
        if self.code in WITHOUT_CONTENT or self.connection_upgraded or "content-length" in names:
            return b""
        if hasattr(self.result, "__len__"):
            return b"Content-Length: %d\r\n" % sum(map(len, self.result))
        if self.request_version == "HTTP/1.0":
            self.close_connection = True
            return b""
        self.response_use_chunked = self.command != "HEAD"
        return b"Transfer-Encoding: chunked\r\n"

    def _connection(self) -> bytes:
        if "connection" in self.answer_head.names or self.connection_upgraded:
            return b""
        if self.close_connection:
            return b"Connection: close\r\n"
        return b"Connection: keep-alive\r\n" if self.request_version == "HTTP/1.0" else b""

    def _has_no_body(self) -> bool:
        """RFC 9110 §9.3.2: "the server MUST NOT send content in the response" to HEAD. What
        followed the head of 204 or 304 would be taken for the next answer."""
        return self.command == "HEAD" or self.code in WITHOUT_CONTENT

    def _write(self, data: bytes) -> None:
        if not self._has_no_body():
            super()._write(data)

    def _sendall(self, data: Any) -> None:
        sent = self._send_at_once(data)
        self.response_length += sent
        left = len(data) - sent
        if not left:
            return
        # For this block, and for the whole answer: a client may take a little of each block.
        for_all = (self.response_length + left) / SLOWEST_BYTES_PER_SECOND - self._blocked
        patience = max(0.001, WRITE_SECONDS + min(left / SLOWEST_BYTES_PER_SECOND, for_all))
        since = monotonic()
        try:
            with gevent.Timeout(patience, BrokenPipeError(errno.EPIPE, "the client does not read")):
                super()._sendall(memoryview(data)[sent:])
        finally:
            self._blocked += monotonic() - since

    def _send_at_once(self, data: Any) -> int:
        """What the socket takes without waiting; TLS and errors are `_sendall`'s affair."""
        if type(self.socket) is not gevent.socket.socket:
            return 0
        try:
            sent: int = self.socket.send(data, timeout=0.0)  # type: ignore[call-arg]  # gevent's
        except OSError:
            return 0
        return sent

    def _go_on(self) -> bool | None:
        if self._is_ahead:
            # Whoever sends requests ahead of their answers must not keep the hub to himself.
            gevent.sleep(0)
        if self.wsgi_input.is_broken:
            self._linger()
            return None
        return None if self.close_connection or self.rfile.closed else True

    def _refuse(self, refusal: RequestRefused) -> None:
        """Answer what is not a request we serve, and close: its end is unknown."""
        metrics.of(metrics.refused_requests, refusal.status.value).inc()
        log.info("refused", reason=refusal.reason, client=str(self.client_address[0]))
        body = f"{refusal.reason}\n".encode()
        answer = (
            f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}\r\n"
            "Content-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        try:
            self._sendall(answer.encode() + body)
        except OSError:
            return
        self._linger()

    def _linger(self) -> None:
        """Let the answer arrive: closing with unread bytes resets the connection under it
        (RFC 9112 §9.6)."""
        try:
            with gevent.Timeout(LINGER_SECONDS, _NOTHING):
                socket.socket.shutdown(self.socket, socket.SHUT_WR)
                left = MOST_LINGER_BYTES
                while left > 0 and (data := self.socket.recv(16 * 1024)):
                    left -= len(data)
        except (OSError, ValueError):
            return

    def log_request(self) -> None:
        """The access log is a middleware, which knows more."""

    def log_error(self, msg: str, *args: Any) -> None:
        log.warning("connection error", error=msg % args if args else msg)

    def _log_error(self, kind: Any, error: Any, trace: Any) -> None:
        if not issubclass(kind, gevent.GreenletExit):
            log.error("unhandled exception", exc_info=(kind, error, trace))


# With False a time-out ends its block in silence; the stubs do not know it.
_NOTHING: Any = False


def _too_slow() -> RequestRefused:
    return RequestRefused(HTTPStatus.REQUEST_TIMEOUT, "the request came too slowly")
