"""What must be known when a person comes back from another provider.

The answer comes with the `state` that the person left with. Whatever else must be known waits,
sealed, in a cookie of the browser that left: an answer that another browser brings, or that nobody
asked for, signs nobody in (RFC 9700 §4.7, login CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Response

from idp.hosted_ui import plain_pages
from idp.hosted_ui.visit import Visit
from idp.oauth import cookies
from idp.oauth.provider import Provider
from idp.user_pools.services.upstream import Departure
from kernel.sealing import Unsealable

LIFETIME = timedelta(minutes=15)
LONGEST_REQUEST = 2000
"""Characters: sealed, it must fit into a cookie (RFC 6265 §6.1)."""
PURPOSE, COOKIE = "upstream-sign-in", "upstream"


@dataclass(frozen=True)
class Away:
    """A person who left, as the state and the cookie remember it."""

    client_id: str
    pool_id: str
    provider_name: str
    request: str
    """The authorization request's query."""
    memory: Mapping[str, str]


def check_length(visit: Visit) -> None:
    """Raises `PageError` where the authorization request is too long to be taken along."""
    if len(urlencode(visit.purpose.request.carried)) > LONGEST_REQUEST:
        detail = "the authorization request is too long to be taken along: push it"
        raise plain_pages.cannot_go_on(detail)


def remember(
    visit: Visit, response: Response, provider_name: str, state: str, departure: Departure
) -> None:
    client = visit.client
    query = urlencode(visit.purpose.request.carried)
    away = Away(client.client_id, client.pool_id, provider_name, query, departure.memory)
    token = visit.kernel.sealer.seal_token(
        [_digest(state), asdict(away)], PURPOSE, LIFETIME.total_seconds()
    )
    visit.provider.cookie(COOKIE, client.pool_id).set(response, token, LIFETIME)


def recall(provider: Provider, state: str) -> Away:
    """Raises `PageError` where this browser did not leave with that state.

    An answer may come to the root of all pools, so that only the cookie says whose it is.
    """
    for pool_id in cookies.pools_named(COOKIE):
        try:
            token = provider.cookie(COOKIE, pool_id).value or ""
            digest, away = provider.kernel.sealer.open_token(token, PURPOSE)
        except Unsealable:
            continue
        if hmac.compare_digest(digest, _digest(state)):
            return Away(**away)
    raise plain_pages.cannot_go_on("the answer belongs to no sign-in of this browser")


def spend(provider: Provider, state: str) -> None:
    """A state is good for one answer, whatever that says. Raises `PageError`."""
    name, lifetime = f"upstream-state:{_digest(state)}", LIFETIME.total_seconds()
    if not provider.kernel.shared_state.claim(name, lifetime):
        raise plain_pages.cannot_go_on("an answer to this sign-in has come before")


def forget(provider: Provider, pool_id: str, response: Response) -> None:
    provider.cookie(COOKIE, pool_id).clear(response)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
