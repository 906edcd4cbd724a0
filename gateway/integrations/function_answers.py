"""What a function of a proxy integration may answer, in both payload formats. Pure.

API Gateway developer guide, "Output format of a Lambda function for proxy integration" and, for
HTTP APIs, "Lambda function response for format 1.0" and "2.0".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from gateway import header_rules
from kernel.values import value

JSON = "application/json"
MOST_HEADERS = 256

_UNSENDABLE = re.compile(r"[\x00\r\n]")
_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
_STREAMED_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "cookies"}


class MalformedAnswer(Exception):
    """What a function returned is no reply."""


@value
class ProxyAnswer:
    """A reply as the function gave it. `is_binary` says that `body` was base64."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_binary: bool = False


def read_version_1(payload: Any) -> ProxyAnswer:
    """An object with at most the documented members. Raises `MalformedAnswer`."""
    if not isinstance(payload, Mapping) or payload.keys() - _MEMBERS:
        raise MalformedAnswer("the answer is not an object with the members of a reply")
    return _read(payload, default_status=200)


def read_version_2(payload: Any) -> ProxyAnswer:
    """The documented form, or, without a `statusCode`, anything: it is the body of a 200.

    "If your Lambda function returns valid JSON and doesn't return a statusCode, API Gateway
    assumes [...] content-type is application/json, statusCode is 200". Raises `MalformedAnswer`.
    """
    if not isinstance(payload, Mapping) or "statusCode" not in payload:
        body = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
        return ProxyAnswer(200, (("content-type", JSON),), body)
    answer = _read(payload, default_status=200)
    headers = (*answer.headers, *_cookies(payload))
    if not any(name == "content-type" for name, _ in headers):
        headers = (*headers, ("content-type", "text/plain;charset=UTF-8"))
    return ProxyAnswer(answer.status, headers, answer.body, answer.is_binary)


def read_metadata(metadata: bytes) -> ProxyAnswer:
    """What a function that streams says before its body: status, headers and cookies, as JSON
    (API Gateway developer guide, "Set up a Lambda proxy integration with payload response
    streaming"). Raises `MalformedAnswer`."""
    try:
        payload = orjson.loads(metadata)
    except orjson.JSONDecodeError:
        raise MalformedAnswer("the metadata is not JSON") from None
    if not isinstance(payload, dict) or payload.keys() - _STREAMED_MEMBERS:
        raise MalformedAnswer("the metadata is not an object with the members of a reply")
    answer = _read(payload, default_status=200)
    return ProxyAnswer(answer.status, (*answer.headers, *_cookies(payload)), b"")


def _cookies(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cookies = payload.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedAnswer("cookies are not a list")
    for cookie in cookies:
        yield _header("set-cookie", cookie)


def _read(payload: Mapping[str, Any], default_status: int) -> ProxyAnswer:
    headers = tuple(_headers(payload))
    if len(headers) > MOST_HEADERS:
        raise MalformedAnswer("the answer has too many headers")
    is_binary = payload.get("isBase64Encoded") or False
    if not isinstance(is_binary, bool):
        raise MalformedAnswer("isBase64Encoded is not true or false")
    return ProxyAnswer(
        _status(payload.get("statusCode", default_status)),
        headers,
        _body(payload.get("body"), is_binary=is_binary),
        is_binary,
    )


def _status(given: Any) -> int:
    if isinstance(given, bool) or not re.fullmatch("[1-5][0-9]{2}", str(given)):
        raise MalformedAnswer("the status code is not one of HTTP")
    status = int(given)
    if status < 200:
        raise MalformedAnswer("an interim status is not a reply")
    return status


def _body(given: Any, *, is_binary: bool) -> bytes:
    if given is None:
        return b""
    if not isinstance(given, str):
        raise MalformedAnswer("the body is not a string")
    if not is_binary:
        return given.encode("utf-8", "replace")
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("the body is not base64") from None


def _headers(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of a name that both members have, `multiValueHeaders` counts."""
    single, several = payload.get("headers") or {}, payload.get("multiValueHeaders") or {}
    if not isinstance(single, Mapping) or not isinstance(several, Mapping):
        raise MalformedAnswer("headers are not an object")
    repeated = {name.lower() for name in several}
    for name, given in single.items():
        if name.lower() not in repeated:
            yield _header(name, given)
    for name, values in several.items():
        if not isinstance(values, list):
            raise MalformedAnswer("a value of multiValueHeaders is not a list")
        for given in values:
            yield _header(name, given)


def _header(name: str, given: Any) -> tuple[str, str]:
    text = str(given).lower() if isinstance(given, bool) else str(given)
    if isinstance(given, Mapping | list) or given is None or not header_rules.NAME.fullmatch(name):
        raise MalformedAnswer("a header is not a name with a plain value")
    if _UNSENDABLE.search(text):
        raise MalformedAnswer("a header's value has a line break")
    # Headers are Latin-1 on the wire; other text goes out as its UTF-8 bytes.
    return name.lower(), text.encode("utf-8", "replace").decode("latin-1")
