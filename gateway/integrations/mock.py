"""MOCK: the rendered request template names the status, and no backend is called.

"The mapping template must include `{"statusCode": 200}`" (API Gateway developer guide, "Mock
integrations for REST APIs"). AWS reads it leniently: `{statusCode: 200}` does too.
"""

from __future__ import annotations

import re

import orjson

from gateway.context import Integrated, Mapped, Reply, Result, grown
from gateway.replies import INTERNAL_SERVER_ERROR

_LENIENT = re.compile(
    rb"""(?<![\w$])["']?statusCode["']?[ \t\r\n]{0,16}:[ \t\r\n]{0,16}"""
    rb"""["']?([1-5][0-9]{2})(?![0-9])"""
)


def integrate(context: Mapped) -> Integrated | Reply:
    """The status that the template names; without one there is nothing to answer."""
    status = status_of(context.outgoing.body)
    if status is None:
        return INTERNAL_SERVER_ERROR
    return grown(Integrated, context, result=Result(status))


def status_of(rendered: bytes) -> int | None:
    """The `statusCode` of a rendered request template; None where it names none."""
    try:
        document = orjson.loads(rendered)
    except orjson.JSONDecodeError:
        found = _LENIENT.search(rendered)
        return int(found[1]) if found else None
    status = document.get("statusCode") if isinstance(document, dict) else None
    text = str(status)
    return int(text) if re.fullmatch("[1-5][0-9]{2}", text) else None
