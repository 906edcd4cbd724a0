"""An HTTP request and reply as plain values, so that the rest of the wire knows no framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from kernel.aws.contract import Operation
from kernel.bodies import BodyFault, read_body
from kernel.telemetry.access_log import REQUEST_ID

# Cognito's operations for branding have "a 2-megabyte request-size limit"; no other takes more.
JSON_BODY_LIMIT = 2 * 1024 * 1024
# API Gateway quotas: an API definition file has at most 6 MB.
REST_BODY_LIMIT = 6 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    `path` is the path of the request target as it was sent, percent-encoding included; `query` the
    raw query string; header names are lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    body_fault: BodyFault | None = None
    """Why there is no body, although one was sent."""
    scheme: str = "http"
    remote_address: str = ""
    request_id: str = ""
    """The id under which the access log knows the request, where there is one."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any], with_body: bool = True) -> Request:
        """The request of a WSGI environment."""
        path, query = _target(environ)
        body = read_body(environ, _limit(path)) if with_body else b""
        fault = body if isinstance(body, BodyFault) else None
        return cls(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=query,
            headers=_headers(environ),
            body=b"" if isinstance(body, BodyFault) else body,
            body_fault=fault,
            scheme=environ.get("wsgi.url_scheme", "http"),
            remote_address=environ.get("REMOTE_ADDR", ""),
            request_id=environ.get(REQUEST_ID, ""),
        )

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    """The operation that was asked for, where it is known."""


def _limit(path: str) -> int:
    """The largest body of any operation at this address."""
    return JSON_BODY_LIMIT if path == "/" else REST_BODY_LIMIT


def _target(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Path and query as they were sent.

    Servers hand the request line on as RAW_URI (gunicorn, ours) or REQUEST_URI (werkzeug, uWSGI).
    Without either the path is encoded again, which is right unless it held an encoded slash.
    """
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not raw:
        path = quote(_script_and_path(environ).encode("latin-1"), safe="/-._~")
        return path or "/", environ.get("QUERY_STRING", "")
    path, _, query = raw.partition("?")
    if "://" in path:  # RFC 9112 §3.2.2, absolute-form
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    return path or "/", query


def _script_and_path(environ: Mapping[str, Any]) -> str:
    return str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers
