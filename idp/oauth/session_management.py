"""OpenID Connect Session Management 1.0: a client's page sees, in a frame of ours, whether its
person is still signed in.

The frame's script compares the `session_state` that came with the authorization response to a
cookie that follows the browser session. Off unless the pool's settings turn it on: only then is
there such a cookie, and only then does a browser send the session's cookie from within a frame of
another site (SameSite=None), which `prompt=none` in a frame takes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import Response

from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.clients import OAuthClient
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import web_addresses
from kernel.runtime import Kernel
from kernel.tokens import encoding

if TYPE_CHECKING:
    from idp.oauth.provider import Provider

COOKIE = "state"
SALT_BYTES = 8


def is_on(client: OAuthClient) -> bool:
    return client.context.provider.session_management


def response_parameters(
    kernel: Kernel, request: AuthorizationRequest, signed_in: SignedIn
) -> list[tuple[str, str]]:
    """What an authorization response says beside its code (§2). A callback of a native application
    has no origin, and nobody there to ask."""
    origin = web_addresses.origin(request.redirect_uri)
    if not is_on(request.client) or origin is None:
        return []
    salt = encoding.encode(kernel.randomness.bytes(SALT_BYTES))
    state = _browser_state(kernel, request.client.pool_id, signed_in)
    return [("session_state", session_state(request.client.client_id, origin, state, salt))]


def session_state(client_id: str, origin: str, browser_state: str, salt: str) -> str:
    """As the frame's script calculates it (§3.2): "a salted cryptographic hash of Client ID, origin
    URL, and OP User Agent state"."""
    text = f"{client_id} {origin} {browser_state} {salt}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"


def remember(
    provider: Provider, client: OAuthClient, signed_in: SignedIn, response: Response
) -> None:
    """Give the browser the cookie that the frame reads, where it has another one or none."""
    if not is_on(client):
        return
    cookie = provider.cookie(COOKIE, client.pool_id)
    state = _browser_state(provider.kernel, client.pool_id, signed_in)
    if cookie.value != state:
        lifetime = client.context.sessions.longest_reuse
        cookie.set(response, state, lifetime, crosses_sites=True, for_scripts=True)


def forget(provider: Provider, pool_id: str, response: Response) -> None:
    """The person is signed out: whoever watches learns of it."""
    cookie = provider.cookie(COOKIE, pool_id)
    if cookie.value:
        cookie.clear(response)


def _browser_state(kernel: Kernel, pool_id: str, signed_in: SignedIn) -> str:
    """Of one browser session, and nothing that could be turned back into it."""
    session_id = signed_in.opening.browser_session_id or ""
    return encoding.encode(kernel.sealer.derive("browser-state", pool_id, session_id))
