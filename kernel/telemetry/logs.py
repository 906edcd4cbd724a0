"""Structured logs on standard error: one JSON object a line, or lines for people.

Entries of the standard library's `logging` (gunicorn, SQLAlchemy, Alembic) take the same way out,
so that redaction holds for them too.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from typing import Any

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from kernel.telemetry.redaction import redact

PRESENT_REQUEST: ContextVar[str | None] = ContextVar("poolgate_request", default=None)
"""The id of the request that is being answered, for each entry that is written meanwhile."""

# They say more at `info` than an operator wants to read.
CHATTY = ("alembic", "aws_encryption_sdk", "botocore", "urllib3", "gunicorn")

# C0, C1 and the separators that end a line or turn a text round; a stack trace keeps its lines.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
CONTROLS_IN_A_TRACE = re.compile(r"(?!\n)" + CONTROLS.pattern)


def configure(log_format: str = "json", log_level: str = "info") -> None:
    """Set up both structlog and `logging`. `log_format` is `json`, `console` or `auto`."""
    level = logging.getLevelNamesMapping()[log_level.upper()]
    rendering: list[Processor] = [redact, _renderer(log_format)]
    structlog.configure(
        processors=[*_described(), *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_described(),
            processors=[ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def where_it_happened(error: Exception) -> dict[str, Any]:
    """Of an exception that nobody expected, for its entry: not its text, which may hold a password
    or a token."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "exception": type(error).__name__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


class _Lines:
    """Writes rendered entries. `logging` would take several times as long for each."""

    def __init__(self, name: str = "poolgate") -> None:
        self.name = name

    def info(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    debug = warning = error = critical = info


def _described() -> list[Processor]:
    return [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _add_request_id(_logger: Any, _method: str, event: EventDict) -> EventDict:
    request_id = PRESENT_REQUEST.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _renderer(log_format: str) -> Processor:
    if log_format == "console" or (log_format == "auto" and sys.stderr.isatty()):
        return _Console(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    return structlog.processors.JSONRenderer(serializer=_dumps)


class _Console:
    """Lines for people. What clients chose cannot steer the terminal or begin a line of its own."""

    def __init__(self, render: Processor) -> None:
        self._render = render

    def __call__(self, logger: Any, method: str, event: EventDict) -> Any:
        visible = {name: _visible(name, value) for name, value in event.items()}
        if visible.get("event") == "request" and "path" in visible:
            return _request_line(visible)
        return self._render(logger, method, visible)


def _request_line(event: EventDict) -> str:
    """A request on one short line: a person at a terminal watches many of them."""
    operation = "" if event["operation"] == "other" else f" {event['operation']}"
    return (
        f"{event['timestamp'][11:19]} {event['method']} {event['path']}{operation} "
        f"{event['status']} {event['milliseconds']:.0f} ms"
    )


def _visible(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    controls = CONTROLS_IN_A_TRACE if name == "exception" else CONTROLS
    return controls.sub(lambda match: repr(match[0])[1:-1], value)


def _dumps(event: Any, **_options: Any) -> str:
    first = {name: event.pop(name, None) for name in ("timestamp", "level", "logger", "event")}
    return orjson.dumps({**first, **event}, default=str).decode()
