"""How the execution log tells of calls: of backends, and of authorizers' functions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.context import Received, Routed
from gateway.effects import CallFunction, CallService, FunctionReply, Recall, Send, Sent
from gateway.execution_logs.redaction import Redaction
from gateway.execution_logs.watching import Asked
from gateway.snapshot import FunctionAuthorizer


class Details:
    """Shows the parts of a request. What is content is shown with data trace alone."""

    def __init__(self, redaction: Redaction, *, data_trace: bool) -> None:
        self._redaction = redaction
        self.data_trace = data_trace

    def headers(self, headers: Iterable[tuple[str, str]]) -> str:
        return self._redaction.headers(headers)

    def pairs(self, pairs: Mapping[str, str]) -> str:
        return self._redaction.pairs(pairs)

    def query(self, query: str) -> str:
        return self._redaction.query(query)

    def body(self, body: object) -> str:
        return self._redaction.body(body)

    def text(self, text: str) -> str:
        return self._redaction.text(text)

    def target(self, target: str) -> str:
        """Where a call goes; a query is content."""
        return self._redaction.target(target, with_query=self.data_trace)


def split_calls(
    context: Received, asked: Sequence[Asked]
) -> tuple[Sequence[Asked], Sequence[Asked]]:
    """The calls of the route's authorizer, and those of its integration.

    A function authorizer is asked first, unless its answer was remembered.
    """
    authorizer = context.route.authorizer if isinstance(context, Routed) else None
    told = [each for each in asked if not isinstance(each.effect, Recall)]
    if not isinstance(authorizer, FunctionAuthorizer):
        return (), told
    is_remembered = any(
        isinstance(each.effect, Recall) and each.answer is not None for each in asked
    )
    return ((), told) if is_remembered else (told[:1], told[1:])


def calls(asked: Sequence[Asked], show: Details, *, is_authorizer: bool = False) -> Iterator[str]:
    """What went out and what came back, call by call."""
    for each in asked:
        effect = each.effect
        if isinstance(effect, Send):
            yield from _sent(effect, show)
        elif isinstance(effect, CallFunction):
            yield from _called(effect, show)
        elif isinstance(effect, CallService):
            yield from _asked(effect, show)
        if is_authorizer:
            yield from _said(each.answer, show)
        else:
            yield from _received(each, show)


def _sent(effect: Send, show: Details) -> Iterator[str]:
    request = effect.request
    url = show.target(f"{request.origin.scheme}://{request.authority}{request.target}")
    yield f"Endpoint request URI: {url}"
    if show.data_trace:
        yield f"Endpoint request headers: {show.headers(request.headers)}"
        yield f"Endpoint request body after transformations: {show.body(effect.body)}"
    yield f"Sending request to {url}"


def _called(effect: CallFunction, show: Details) -> Iterator[str]:
    function = show.text(effect.function)
    yield f"Endpoint request URI: {function}"
    if show.data_trace:
        yield f"Endpoint request body after transformations: {show.body(effect.event)}"
    yield f"Sending request to {function}"


def _asked(effect: CallService, show: Details) -> Iterator[str]:
    query = f"?{effect.query}" if effect.query else ""
    where = show.target(f"{effect.service}.{effect.region}{effect.path}{query}")
    yield f"Endpoint request URI: {where}"
    if show.data_trace:
        yield f"Endpoint request headers: {show.headers(effect.headers)}"
        yield f"Endpoint request body after transformations: {show.body(effect.body)}"
    yield f"Sending request to {where}"


def _said(answer: object, show: Details) -> Iterator[str]:
    """An authorizer's answer."""
    if isinstance(answer, FunctionReply) and show.data_trace:
        yield f"Authorizer result body before parsing: {show.body(answer.payload)}"


def _received(asked: Asked, show: Details) -> Iterator[str]:
    answer, latency = asked.answer, round(asked.seconds * 1000)
    if isinstance(answer, Sent):
        yield f"Received response. Status: {answer.status}, Integration latency: {latency} ms"
        if show.data_trace:
            yield f"Endpoint response headers: {show.headers(answer.headers)}"
            yield f"Endpoint response body before transformations: {show.body(answer.body)}"
    elif isinstance(answer, FunctionReply):
        yield f"Received response. Status: {answer.status}, Integration latency: {latency} ms"
        if answer.error:
            yield (
                f"Lambda execution failed with status {answer.status} due to customer function "
                f"error: {show.text(_reason(answer)) if show.data_trace else answer.error}"
            )
        if show.data_trace:
            yield f"Endpoint response body before transformations: {show.body(answer.payload)}"
    else:
        yield f"No response was received after {latency} ms: {type(answer).__name__}"


def _reason(answer: FunctionReply) -> str:
    told = answer.payload if isinstance(answer.payload, dict) else {}
    return str(told.get("errorMessage") or answer.error)
