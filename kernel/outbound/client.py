"""Requests to addresses that others chose: integrations, keys, metadata, webhooks."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urljoin

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
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

    def _exchange(self, request: _Request, deadline: Deadline, max_bytes: int) -> Reply:
        host = str(request.url.host)
        addresses = self.guard.pin(
            host.strip("[]"),
            _port(request.url),
            trusted=request.trusted,
            timeout=deadline.remaining,
        )
        connection = open_connection(request.url, addresses, deadline, self._tls)
        try:
            connection.request(
                request.method,
                request.url.request_uri,
                body=request.body,
                headers=request.headers,
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            reply = Reply(response.status, response.headers, _read(response, host, max_bytes))
            deadline.check()  # a cut looks like an early end of the headers or the body
            return reply
        except (OSError, HTTPError, http.client.HTTPException) as error:
            deadline.check()
            if isinstance(error, TimeoutError):
                raise OutboundTimedOut(f"{host} did not answer in time") from None
            raise OutboundFailed(f"{host} failed: {type(error).__name__}") from None
        except ValueError:
            raise OutboundRefused("the request's method or a header is malformed") from None
        finally:
            connection.close()


def _read(response: HTTPResponse, host: str, max_bytes: int) -> bytes:
    body = bytearray()
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > max_bytes:
            raise OutboundFailed(f"{host} sent more than {max_bytes} bytes")
    return bytes(body)


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
