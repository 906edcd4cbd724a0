"""Writes a reply to WSGI: the gateway's own, or an upstream's as it streams through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway import replies
from gateway.access_log import Finished, Log, render
from gateway.chain import Decision
from gateway.context import Forward, Headers, Integrated, Located, Received, Reply
from gateway.effects import FunctionReply, Send, Sent
from gateway.endpoint_ids import ids_in, ids_of
from gateway.execution_logs.execution import Execution
from gateway.execution_logs.log import group_of, is_logged, stage_log
from gateway.execution_logs.redaction import A_STREAM
from gateway.execution_logs.watching import Asked, backend_call
from gateway.failure_log import BROKEN_OFF, is_failure
from gateway.handlers.finish import finish, map_response
from gateway.header_rules import HeaderPairs
from gateway.integrations.exchange import UpstreamReply, exchange
from gateway.integrations.failures import FAILURES, reply_to
from gateway.integrations.pool import UpstreamPool
from gateway.log_destinations import log_group_arn, with_stage
from gateway.rest.gateway_responses import told
from gateway.snapshot import AccessLog
from gateway.spans import Record
from gateway.wsgi.passed_body import PassedBody, Seen, sendable
from kernel.departure import Departure
from kernel.status_lines import WITHOUT_CONTENT, status_line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Fail = Callable[[Received, Reply], None]
"""Of a request's furthest phase, and the reply that tells of a failure on our side or the
backend's. See `gateway.failure_log`."""

CLOSE = ("connection", "close")
STREAMED = A_STREAM.encode()


def refuse_framing(start_response: StartResponse) -> Iterable[bytes]:
    """400 for a request whose end is unknown; what follows on its connection is not a request."""
    start_response(status_line(400), [*replies.BAD_REQUEST.headers, CLOSE])
    return [b'{"message":"Bad Request"}']


class Replying:
    """The reply to one request, and its line in the access log."""

    __slots__ = (
        "_answered",
        "_asked",
        "_called",
        "_context",
        "_fail",
        "_log",
        "_monotonic",
        "_record",
        "_start_response",
        "_started",
    )

    def __init__(
        self,
        decision: Decision,
        start_response: StartResponse,
        log: Log,
        started: float,
        monotonic: Callable[[], float],
        record: Record | None = None,
        fail: Fail | None = None,
    ) -> None:
        self._record = record
        self._fail = fail
        self._context = decision.context
        self._asked = decision.asked
        self._answered: HeaderPairs = ()
        self._called = decision.called
        self._start_response = start_response
        self._log = log
        self._started = started
        self._monotonic = monotonic

    def reply(self, reply: Reply, integration_latency: float | None = None) -> Iterable[bytes]:
        """Send a reply of the gateway's own."""
        if integration_latency is None:
            integration_latency = self._integration_latency
        if not isinstance(reply.body, bytes):
            return self._pieces(reply, reply.body, integration_latency)
        has_body = reply.status not in WITHOUT_CONTENT
        length: Headers = (("content-length", str(len(reply.body))),) if has_body else ()
        body = reply.body if has_body and self._context.request.method != "HEAD" else b""
        headers = finish(self._context, (*reply.headers, *length))
        self._start_response(status_line(reply.status), headers)
        cache = reply.variables.get("cache", "") if reply.variables else ""
        self._count(reply.status, integration_latency, cache)
        self._log_reply(reply, len(body), integration_latency)
        self._log_execution(reply)
        if self._fail is not None and is_failure(reply):
            self._fail(self._context, reply)
        return [body]

    def _pieces(
        self, reply: Reply, body: Iterable[bytes], latency: float | None
    ) -> Iterable[bytes]:
        self._start_response(status_line(reply.status), finish(self._context, reply.headers))
        self._count(reply.status, latency)
        answer = UpstreamReply(reply.status, [], sendable(reply.status, body))
        return self._watched(answer, reply.status, latency or 0.0)

    def forward(
        self,
        pool: UpstreamPool,
        forward: Forward,
        body: Iterable[bytes],
        departure: Departure | None = None,
    ) -> Iterable[bytes]:
        """Send a request upstream and pass on the reply."""
        sent = self._monotonic()
        try:
            answer = exchange(pool, forward.request, body, departure)
        except FAILURES as error:
            self._remember(forward, error, sent)
            return self.reply(told(self._context, reply_to(error)), self._monotonic() - sent)
        self._answered = answer.headers
        status, passed = answer.status, map_response(self._context, answer.headers)
        if forward.change is not None:
            status, passed = forward.change(status, passed)
        headers = finish(self._context, passed)
        if status in WITHOUT_CONTENT:
            headers = [pair for pair in headers if pair[0] != "content-length"]
            answer = replace(answer, body=sendable(status, answer.body))
        self._start_response(status_line(status), headers)
        self._count(status, self._monotonic() - sent)
        is_whole = self._fail is None or type(answer.body) is list
        if is_whole and self._access_log is None and not self._logs_execution:
            return answer.body
        self._remember(forward, answer, sent)
        return self._watched(answer, status, self._monotonic() - sent)

    def _watched(self, answer: UpstreamReply, status: int, latency: float) -> Iterable[bytes]:
        return PassedBody(answer.body, partial(self._finished, answer, status, latency))

    def _finished(self, answer: UpstreamReply, status: int, latency: float, seen: Seen) -> None:
        """Log a reply of the upstream's that has been passed on."""
        self._write_log(
            status=status,
            response_length=seen.length,
            error=seen.error,
            integration_status=answer.status,
            integration_latency=latency,
        )
        self._log_execution(Reply(status, error=seen.error))
        if seen.is_broken and self._fail is not None:
            self._fail(self._context, Reply(status, error=seen.error, kind=BROKEN_OFF))

    def _log_reply(self, reply: Reply, length: int, latency: float | None) -> None:
        self._write_log(
            status=reply.status,
            response_length=length,
            error=reply.error,
            integration_status=self._integration_status(reply),
            integration_latency=latency,
            kind=reply.kind,
            variables=reply.variables,
        )

    def _count(self, status: int, integration_latency: float | None, cache: str = "") -> None:
        """Tell of a reply whose head is on its way."""
        if self._record is None:
            return
        latency = self._monotonic() - self._started
        self._record(self._context, status, latency, integration_latency, cache)

    @property
    def _integration_latency(self) -> float | None:
        """How long the integration took to answer, or to fail; None where it was not asked."""
        if isinstance(self._context, Integrated):
            return self._context.result.seconds
        call = backend_call(self._called)
        return None if call is None else call.seconds

    def _integration_status(self, reply: Reply) -> int | None:
        """What the integration answered: a function of an HTTP API with the reply itself."""
        if isinstance(self._context, Integrated):
            return self._context.result.status
        call = backend_call(self._called)
        answer = None if call is None else call.answer
        if isinstance(answer, Sent):
            return answer.status
        is_answered = isinstance(answer, FunctionReply) and not answer.error and not reply.error
        return reply.status if is_answered else None

    @property
    def _access_log(self) -> AccessLog | None:
        context = self._context
        return context.stage.access_log if isinstance(context, Located) else None

    @property
    def _logs_execution(self) -> bool:
        context = self._context
        return isinstance(context, Located) and context.stage.logs_execution

    def _log_execution(self, reply: Reply) -> None:
        """Write the execution log of this request, where its route has one."""
        context = self._context
        if not isinstance(context, Located) or not context.stage.logs_execution:
            return
        execution = Execution(context, reply, self._asked)
        if is_logged(execution):
            group = log_group_arn(context.api.account, context.api.region, group_of(context))
            self._tell(group, stage_log(execution))

    def _remember(self, forward: Forward, answer: UpstreamReply | Exception, sent: float) -> None:
        """Tell the execution log of a request that was streamed, of whose body nothing is kept."""
        if not self._logs_execution:
            return
        seconds = self._monotonic() - sent
        if isinstance(answer, UpstreamReply):
            told: Sent | Exception = Sent(answer.status, tuple(answer.headers), STREAMED, seconds)
        else:
            told = answer
        self._asked = [*self._asked, Asked(Send(forward.request, STREAMED), told, seconds)]

    def _write_log(self, **members: Any) -> None:
        """Write a line of a `Finished` with these members, where the stage has a log."""
        access_log = self._access_log
        if access_log is None:
            return
        latency = self._monotonic() - self._started
        ids = ids_in(self._answered) if self._answered else ids_of(backend_call(self._called))
        finished = Finished(self._context, latency=latency, endpoint_ids=ids, **members)
        self._tell(access_log.destination, render(access_log.format, finished))

    def _tell(self, destination: str, line: str) -> None:
        """Send a line where it belongs: a canary's are its stage's too."""
        for each in with_stage(destination) if self._is_canary else (destination,):
            self._log(each, line)

    @property
    def _is_canary(self) -> bool:
        return isinstance(self._context, Located) and self._context.stage.is_canary
