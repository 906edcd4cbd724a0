"""What all providers that speak OAuth 2.0 have in common: leaving, and what a code buys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from idp.user_pools.services.upstream import Upstream, UpstreamFailed
from kernel.outbound import Outbound
from kernel.outbound.errors import OutboundError

TIMEOUT = 1.5
MOST_BYTES = 150_000
FORM = "application/x-www-form-urlencoded"


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """An address with further parameters; those without a value are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{address}{'&' if '?' in address else '?'}{query}"


def scopes_of(upstream: Upstream) -> list[str]:
    """`authorize_scopes`, which may be separated by blanks or commas."""
    return upstream.details["authorize_scopes"].replace(",", " ").split()


def code_of(answer: Mapping[str, str]) -> str:
    """The code that came back (RFC 6749 §4.1.2). Raises `UpstreamFailed`."""
    error = answer.get("error")
    if error is not None:
        is_word = error.isascii() and error.isprintable() and len(error) <= 100
        word = error if is_word else "an error"
        raise UpstreamFailed(f"The identity provider answered {word}.")
    if not answer.get("code"):
        raise UpstreamFailed("The identity provider sent no code.")
    return answer["code"]


def post(outbound: Outbound, address: str, form: Mapping[str, str]) -> dict[str, Any]:
    """A token endpoint's answer to a form. Raises `UpstreamFailed`."""
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    return fetch(outbound, "POST", address, headers, urlencode(form).encode())


def get(
    outbound: Outbound, address: str, token: str | None = None, method: str = "GET"
) -> dict[str, Any]:
    """A document, with an access token where it needs one. Raises `UpstreamFailed`."""
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return fetch(outbound, method, address, headers)


def fetch(
    outbound: Outbound,
    method: str,
    address: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> dict[str, Any]:
    """A JSON object of the other side. Raises `UpstreamFailed`."""
    try:
        reply = outbound.request(
            method, address, headers=headers, body=body, timeout=TIMEOUT, max_bytes=MOST_BYTES
        )
    except OutboundError:
        raise UpstreamFailed("The identity provider cannot be reached.") from None
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        found = None
    if reply.status != 200 or not isinstance(found, dict):
        raise UpstreamFailed(f"The identity provider answered with status {reply.status}.")
    return found


def access_token_of(tokens: Mapping[str, Any]) -> str:
    """Raises `UpstreamFailed`."""
    token = tokens.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise UpstreamFailed("The identity provider sent no access token.")
    return token
