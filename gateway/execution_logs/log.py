"""The execution log of one request to a REST API, in AWS's own words. Pure.

What a request passed is in the phase that it reached, in what its handlers asked for, and in the
reply. The wording is that of API Gateway's execution logs ("Set up CloudWatch logging for REST
APIs", API Gateway developer guide), which people search for and tools parse. ERROR tells of
requests that failed alone; bodies, headers and queries are there only with data trace, secrets
never.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from gateway.context import Located, Received, Routed
from gateway.execution_logs.calls import Details, split_calls
from gateway.execution_logs.execution import Execution
from gateway.execution_logs.failures import failure
from gateway.execution_logs.redaction import redaction_of
from gateway.execution_logs.steps import INFO, authorized, ended, executed, keyed, traced
from gateway.log_destinations import CANARY
from gateway.snapshot import NO_SETTINGS, MethodSettings

ERROR = "ERROR"
LEAST_ERROR = 400


def settings_of(context: Received) -> MethodSettings:
    """What the request's stage sets for its route; the stage's default before there is one."""
    if not isinstance(context, Located):
        return NO_SETTINGS
    return context.stage.settings_of(context.route.key if isinstance(context, Routed) else "")


def is_logged(execution: Execution) -> bool:
    """Whether the log has anything of this request."""
    level = settings_of(execution.context).logging_level
    return level == INFO or (level == ERROR and execution.reply.status >= LEAST_ERROR)


def lines(execution: Execution, level: str, *, data_trace: bool) -> Iterator[str]:
    """The log's lines, without their times."""
    context = execution.context
    show = Details(redaction_of(context), data_trace=data_trace and level == INFO)
    of_authorizer, of_integration = split_calls(context, execution.asked)
    yield f"Extended Request Id: {context.request.id}"
    if level == INFO:
        yield from traced(context)
        yield from authorized(execution, of_authorizer, show)
        yield from keyed(execution)
        yield from executed(execution, of_integration, show)
    yield from ended(execution, level, show)


def method_lines(execution: Execution) -> Iterator[str]:
    """What happened in the test of a method, of which no authorizer and no plan is asked."""
    show = Details(redaction_of(execution.context), data_trace=True)
    yield from executed(execution, execution.asked, show)
    yield from ended(execution, INFO, show)


def authorizer_lines(execution: Execution) -> Iterator[str]:
    """What happened in the test of an authorizer."""
    show = Details(redaction_of(execution.context), data_trace=True)
    of_authorizer, _ = split_calls(execution.context, execution.asked)
    yield from authorized(execution, of_authorizer, show)
    if execution.reply.kind:
        yield from failure(execution.context, execution.reply, show)


def method_test_log(execution: Execution) -> str:
    """The log as TestInvokeMethod shows it."""
    return _timed(execution, method_lines(execution))


def authorizer_test_log(execution: Execution) -> str:
    """The log as TestInvokeAuthorizer shows it."""
    return _timed(execution, authorizer_lines(execution))


def stage_log(execution: Execution) -> str:
    """The log as events of the stage's log group: JSON lines with `timestamp` and `message`."""
    settings = settings_of(execution.context)
    moment = round(execution.context.request.received_at * 1000)
    told = lines(execution, settings.logging_level, data_trace=settings.data_trace)
    prefix = f"({execution.request_id}) "
    events = ({"timestamp": moment, "message": prefix + _sendable(line)} for line in told)
    return "\n".join(orjson.dumps(event).decode() for event in events)


def group_of(context: Located) -> str:
    """The name of a stage's log group, as API Gateway gives it."""
    suffix = CANARY if context.stage.is_canary else ""
    return f"API-Gateway-Execution-Logs_{context.api.api_id}/{context.stage.name}{suffix}"


def _timed(execution: Execution, told: Iterator[str]) -> str:
    """Lines with their time, after one that names the request."""
    moment = datetime.fromtimestamp(execution.context.request.received_at, UTC)
    stamp = moment.strftime("%a %b %d %H:%M:%S UTC %Y")
    timed = "".join(f"{stamp} : {_sendable(line)}\n" for line in told)
    return f"Execution log for request {execution.request_id}\n{timed}"


def _sendable(line: str) -> str:
    return line.encode("utf-8", "replace").decode()
