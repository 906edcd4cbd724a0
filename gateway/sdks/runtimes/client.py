"""Builds requests, signs them, and reads the answers, with the standard library alone."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "execute-api"
JSON_TYPE = "application/json"
_SAFE = "-_.~"
_VARIABLE = re.compile(r"\{([^{}+]{1,256})(\+?)\}")
_SIGNED = ("content-type", "x-amz-date", "x-amz-security-token", "x-api-key")

Members = Mapping[str, Any] | None


@dataclass(frozen=True)
class Response:
    """An answer. `data` is what JSON says, or text, or bytes; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: Any


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"The API answered {response.status}")
        self.status = response.status
        self.headers = response.headers
        self.data = response.data


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Keys and signatures are for this API alone."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


class Caller:
    """Calls the operations of a description."""

    _api: Mapping[str, Any]

    def __init__(
        self,
        *,
        url: str | None = None,
        region: str | None = None,
        api_key: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._url = (url or self._api["url"]).rstrip("/")
        if urlsplit(self._url).scheme not in ("https", "http"):
            raise ValueError("The address of an API begins with https:// or http://")
        self._region = region or self._api["region"]
        self._api_key = api_key
        self._access_key = access_key
        self._secret_key = secret_key
        self._session_token = session_token
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._operations = {each["name"]: each for each in self._api["operations"]}
        self._opener = urllib.request.build_opener(_NoRedirects)

    def _call(
        self, name: str, params: Members, body: Any, query: Members, headers: Members
    ) -> Response:
        operation, values = self._operations[name], params or {}
        _require(operation, values)
        content = _content(body)
        sent = self._headers_of(operation, values, headers or {})
        if content is not None:
            sent.setdefault("content-type", JSON_TYPE)
        text = _query(operation, values, query or {})
        url = self._url + _path(operation["path"], values)
        if operation["signed"]:
            if not self._access_key or not self._secret_key:
                raise ValueError(f"{name} asks AWS_IAM: access_key and secret_key are needed")
            self._sign(operation["verb"], url, text, sent, content or b"")
        target = f"{url}?{text}" if text else url
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            target, content, sent, method=operation["verb"]
        )
        return self._sent(request)

    def _sent(self, request: urllib.request.Request) -> Response:
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _response(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                response = _response(error.code, error.headers, error.read())
        raise ApiError(response)

    def _headers_of(
        self, operation: Mapping[str, Any], values: Mapping[str, Any], more: Mapping[str, Any]
    ) -> dict[str, str]:
        headers = {"accept": JSON_TYPE}
        if self._api_key is not None:
            headers["x-api-key"] = self._api_key
        for name, value in (*self._headers.items(), *more.items()):
            headers[name.lower()] = str(value)
        for place, name, _ in operation["parameters"]:
            if place == "header" and values.get(name) is not None:
                headers[name.lower()] = str(values[name])
        return headers

    def _sign(
        self, verb: str, url: str, query: str, headers: dict[str, str], content: bytes
    ) -> None:
        """IAM user guide, "Create a signed AWS API request". The path is encoded once more."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        parts = urlsplit(url)
        headers["x-amz-date"] = now
        if self._session_token:
            headers["x-amz-security-token"] = self._session_token
        signed = {name: " ".join(headers[name].split()) for name in _SIGNED if name in headers}
        signed["host"] = parts.netloc
        names = sorted(signed)
        canonical = "\n".join(
            (
                verb,
                quote(parts.path or "/", safe=f"/{_SAFE}"),
                query,
                *(f"{name}:{signed[name]}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(content).hexdigest(),
            )
        )
        scope = (now[:8], self._region, SERVICE, "aws4_request")
        key = f"AWS4{self._secret_key}".encode()
        for part in scope:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join((ALGORITHM, now, "/".join(scope), hashed))
        headers["authorization"] = (
            f"{ALGORITHM} Credential={self._access_key}/{'/'.join(scope)}, "
            f"SignedHeaders={';'.join(names)}, "
            f"Signature={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"
        )


def _require(operation: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for _, name, is_required in operation["parameters"]:
        if is_required and values.get(name) is None:
            raise ValueError(f"The parameter {name} is required")


def _path(template: str, values: Mapping[str, Any]) -> str:
    def fill(found: re.Match[str]) -> str:
        value = str(values[found[1]])
        parts = value.split("/") if found[2] else [value]
        return "/".join(_segment(found[1], part) for part in parts)

    return _VARIABLE.sub(fill, template)


def _segment(name: str, value: str) -> str:
    """What would lead to another path than the one that was meant is refused."""
    if value in ("", ".", ".."):
        raise ValueError(f"The path parameter {name} cannot be {value!r}")
    return quote(value, safe=_SAFE)


def _query(operation: Mapping[str, Any], values: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """Sorted by name, then by value: what a signature is made of."""
    declared = [
        (name, values.get(name)) for place, name, _ in operation["parameters"] if place == "query"
    ]
    pairs = sorted(_pairs((*declared, *more.items())))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _pairs(given: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, value in given:
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if each is not None:
                yield quote(name, safe=_SAFE), quote(str(each), safe=_SAFE)


def _content(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _response(status: int, headers: Message, content: bytes) -> Response:
    kind = headers.get_content_type() if headers.get("content-type") else ""
    data: Any = content
    if kind == "" or kind.startswith("text/") or kind.endswith(("/json", "+json", "/xml", "+xml")):
        data = content.decode("utf-8", "replace")
    if data and kind.endswith(("/json", "+json")):
        with contextlib.suppress(ValueError):  # no JSON: its text stands for itself
            data = json.loads(data)
    return Response(status, {name.lower(): value for name, value in headers.items()}, data)
