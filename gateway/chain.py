"""The way of a request through the gateway, as lists that can be read aloud.

The chain decides and a driver acts: it verifies tokens, takes from buckets, calls functions and
sends upstream. `run` drives it with one callable; any driver, on any server, gives the same
answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import GeneratorType
from typing import Any, NamedTuple

from gateway.context import Answered, Forward, Handler, Located, Outcome, Received, Reply, Steps
from gateway.effects import Effect
from gateway.execution_logs.watching import Asked, Watching
from gateway.handlers.authorize import authorize
from gateway.handlers.canary import choose_release
from gateway.handlers.check_api_key import check_api_key
from gateway.handlers.compress import compress
from gateway.handlers.enforce_quotas import enforce_quotas
from gateway.handlers.integrate import integrate
from gateway.handlers.locate import locate
from gateway.handlers.map_request import map_request
from gateway.handlers.map_response import map_response
from gateway.handlers.match_route import match_route
from gateway.handlers.preflight import preflight
from gateway.handlers.read_cache import instead_of, read_cache
from gateway.handlers.spend_quota import spend_quota
from gateway.handlers.throttle import throttle
from gateway.handlers.validate_request import validate_request
from gateway.handlers.write_cache import write_cache
from gateway.rest.gateway_responses import told

HTTP_API: tuple[Handler, ...] = (
    enforce_quotas,
    preflight,
    match_route,
    authorize,
    throttle,
    integrate,
)

REST_API: tuple[Handler, ...] = (
    choose_release,
    enforce_quotas,
    match_route,
    authorize,
    check_api_key,
    throttle,
    spend_quota,
    validate_request,
    read_cache,
    map_request,
    integrate,
    map_response,
    write_cache,
)

CHAINS = {"HTTP": HTTP_API, "REST": REST_API}
"""By protocol, what follows `locate`. `finish` and the access log are finalisers: they run on
errors too."""

Perform = Callable[[Effect], Any]


class Decision(NamedTuple):
    """What to do with a request, and the furthest phase it reached."""

    context: Received
    answer: Reply | Forward
    asked: Sequence[Asked] = ()
    """The calls of backends, where the stage has an execution log."""
    called: Sequence[Asked] = ()
    """What the integration asked for, where its reply did not stream through."""


def run(received: Received, perform: Perform) -> Decision:
    """Pass a request along its API's chain."""
    located = locate(received)
    if not isinstance(located, Located):
        return Decision(received, told(received, located))
    handlers = CHAINS[located.api.protocol]
    if not located.stage.logs_execution:
        return run_from(located, handlers, perform)
    watching = Watching(perform)
    return run_from(located, handlers, watching)._replace(asked=watching.asked)


def run_from(context: Received, handlers: tuple[Handler, ...], perform: Perform) -> Decision:
    """Pass a request along some handlers, one of which answers.

    A refusal by a REST API is told in that API's own words (`gateway.rest.gateway_responses`).
    """
    called: Sequence[Asked] = ()
    for handler in handlers:
        outcome = handler(context)
        if isinstance(outcome, GeneratorType):
            if handler is integrate:
                watching = Watching(perform)
                outcome, called = _drive(outcome, watching), watching.asked
            else:
                outcome = _drive(outcome, perform)
        if isinstance(outcome, Received):
            context = outcome
        elif isinstance(outcome, Forward):
            return Decision(context, outcome)
        elif isinstance(outcome, Reply):
            return _answer(context, outcome, perform)._replace(called=called)
        else:
            raise TypeError("a handler answers with a phase, a reply or what to send upstream")
    if isinstance(context, Answered):
        return _answer(context, context.reply, perform)._replace(called=called)
    raise TypeError("one of the handlers must answer")


def _answer(context: Received, reply: Reply, perform: Perform) -> Decision:
    """A reply as the client gets it."""
    outcome: Outcome | Steps = compress(context, told(context, instead_of(context, reply)))
    if isinstance(outcome, GeneratorType):
        outcome = _drive(outcome, perform)
    if not isinstance(outcome, Reply):
        raise TypeError("only a reply answers")
    return Decision(context, outcome)


def _drive(steps: Steps, perform: Perform) -> Outcome:
    """Do what a handler asks for until it answers."""
    answer = None
    while True:
        try:
            effect = steps.send(answer)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        answer = perform(effect)
