"""Requests to addresses that others chose: integrations, keys, metadata, webhooks."""

from __future__ import annotations

import base64
import http.client
import math
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import unquote, urljoin

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError, ReadTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util import Url, parse_url

from kernel.outbound.connection import Deadline, open_connection
from kernel.outbound.errors import OutboundFailed, OutboundRefused, OutboundTimedOut
from kernel.outbound.guard import AddressGuard, allowed_networks
from kernel.settings import Network, Settings

MAX_REDIRECTS = 5
MAX_BYTES = 1_048_576
TIMEOUT = 10.0

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# RFC 9110 §15.4: an automatic redirect to another origin must not take credentials along.
CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding"})


@dataclass(frozen=True)
class Reply:
    """An answer. `headers` are case-insensitive; `body` is as it came, not decompressed."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


@dataclass(frozen=True)
class Opened:
    """An answer whose body is still to come. `blocks` raises as `Outbound.opened` does."""

    status: int
    headers: urllib3.HTTPHeaderDict
    blocks: Iterator[bytes]


@dataclass(frozen=True)
class _Request:
    method: str
    url: Url
    headers: dict[str, str]
    body: bytes | None
    trusted: bool

    @property
    def origin(self) -> tuple[str | None, str | None, int]:
        return self.url.scheme, self.url.host, _port(self.url)


class Outbound:
    """The one HTTP client. Connects only to vetted addresses; never follows a proxy setting."""

    def __init__(self, allow: Sequence[Network] = (), *, tls: ssl.SSLContext | None = None) -> None:
        """`allow` are the loopback and private networks that may be reached.

        `tls` verifies servers; by default against the system's certificate authorities.
        """
        self.guard = AddressGuard(allow)
        self._tls = tls or ssl.create_default_context()

    @classmethod
    def from_settings(cls, settings: Settings) -> Outbound:
        """The operator's networks; `dev` and `demo` add loopback."""
        return cls(allowed_networks(settings))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = TIMEOUT,
        max_bytes: int = MAX_BYTES,
        follow_redirects: bool = False,
        trusted: bool = False,
    ) -> Reply:
        """Send one request and read the whole reply, whatever its status.

        `timeout` is seconds for everything together, redirects included; `max_bytes` caps the
        reply's body. `trusted` says that the operator configured this URL as a setting, so that
        private addresses are permitted; a redirect to another origin loses that. User name and
        password in the URL become HTTP Basic authentication.

        Raises `OutboundRefused`, `OutboundFailed` or its subclass `OutboundTimedOut`.
        """
        target = _parse(url)
        request = _Request(method, target, _with_basic(target, headers or {}), body, trusted)
        with Deadline(timeout, str(target.host)) as deadline:
            for _ in range(MAX_REDIRECTS + 1):
                reply = self._exchange(request, deadline, max_bytes)
                if not follow_redirects or not _is_redirect(reply):
                    return reply
                request = _redirected(request, reply)
        raise OutboundFailed(f"{target.host} redirects too often")

    @contextmanager
    def opened(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = TIMEOUT,
        idle: float = TIMEOUT,
        max_bytes: int = MAX_BYTES,
        trusted: bool = False,
    ) -> Iterator[Opened]:
        """Send one request and give its reply before its body is there.

        `idle` is the seconds for which the server may send nothing. Otherwise as `request`; no
        redirect is followed.
        """
        target = _parse(url)
        request = _Request(method, target, _with_basic(target, headers or {}), body, trusted)
        with (
            Deadline(timeout, str(target.host)) as deadline,
            self._answered(request, deadline, idle) as response,
        ):
            blocks = _blocks(response, str(target.host), deadline, max_bytes)
            yield Opened(response.status, response.headers, blocks)

    def _exchange(self, request: _Request, deadline: Deadline, max_bytes: int) -> Reply:
        host = str(request.url.host)
        with self._answered(request, deadline) as response:
            body = b"".join(_blocks(response, host, deadline, max_bytes))
            return Reply(response.status, response.headers, body)

    @contextmanager
    def _answered(
        self, request: _Request, deadline: Deadline, idle: float = math.inf
    ) -> Iterator[HTTPResponse]:
        host = str(request.url.host)
        addresses = self.guard.pin(
            host.strip("[]"),
            _port(request.url),
            trusted=request.trusted,
            timeout=deadline.remaining,
        )
        connection = open_connection(request.url, addresses, deadline, self._tls)
        connection.timeout = min(idle, deadline.remaining)
        try:
            with _explained(host, deadline):
                connection.request(
                    request.method,
                    request.url.request_uri,
                    body=request.body,
                    headers=request.headers,
                    preload_content=False,
                    decode_content=False,
                )
                response = connection.getresponse()
            yield response
        finally:
            connection.close()


@contextmanager
def _explained(host: str, deadline: Deadline) -> Iterator[None]:
    """Turns what can go wrong with a connection into what callers are told."""
    try:
        yield
    except (OSError, HTTPError, http.client.HTTPException) as error:
        deadline.check()
        if isinstance(error, TimeoutError | ReadTimeoutError):
            raise OutboundTimedOut(f"{host} did not answer in time") from None
        raise OutboundFailed(f"{host} failed: {type(error).__name__}") from None
    except ValueError:
        raise OutboundRefused("the request's method or a header is malformed") from None


def _blocks(
    response: HTTPResponse, host: str, deadline: Deadline, max_bytes: int
) -> Iterator[bytes]:
    left = max_bytes
    while True:
        with _explained(host, deadline):
            block = response.read1(65536)
        if not block:
            deadline.check()  # a cut looks like an early end of the headers or the body
            return
        left -= len(block)
        if left < 0:
            raise OutboundFailed(f"{host} sent more than {max_bytes} bytes")
        yield block


def _parse(url: str) -> Url:
    try:
        parsed = parse_url(url)
    except LocationParseError:
        raise OutboundRefused("the URL is malformed") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise OutboundRefused("only http and https URLs with a host are permitted")
    return parsed


def _port(url: Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _with_basic(url: Url, headers: Mapping[str, str]) -> dict[str, str]:
    given = dict(headers)
    if url.auth and not any(name.lower() == "authorization" for name in given):
        credentials = base64.b64encode(unquote(url.auth).encode()).decode()
        given["Authorization"] = f"Basic {credentials}"
    return given


def _is_redirect(reply: Reply) -> bool:
    return reply.status in REDIRECTS and "location" in reply.headers


def _redirected(request: _Request, reply: Reply) -> _Request:
    """The request that a redirect asks for (RFC 9110 §15.4)."""
    target = _parse(urljoin(request.url.url, reply.headers["location"]))
    if request.url.scheme == "https" and target.scheme != "https":
        raise OutboundRefused(f"{request.url.host} redirects from https to http")
    dropped: frozenset[str] = frozenset()
    method, body = request.method, request.body
    if reply.status == 303 or (reply.status in {301, 302} and method == "POST"):
        method, body, dropped = "HEAD" if method == "HEAD" else "GET", None, OF_THE_BODY
    followed = replace(request, method=method, url=target, body=body)
    if followed.origin != request.origin:
        dropped |= CREDENTIALS
        followed = replace(followed, trusted=False)
    kept = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
    return replace(followed, headers=kept)
