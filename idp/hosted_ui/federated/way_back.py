"""What must be known when a person comes back from another provider, to go on with the sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from flask import Response

from idp.hosted_ui import plain_pages
from idp.hosted_ui.federated.state_cookie import StateCookie
from idp.hosted_ui.visit import Visit
from idp.oauth.provider import Provider
from idp.user_pools.services.upstream import Departure

LONGEST_REQUEST = 2000
"""Characters: sealed, it must fit into a cookie (RFC 6265 §6.1)."""
_COOKIE = StateCookie("upstream")


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
    _COOKIE.remember(visit.provider, response, client.pool_id, state, asdict(away))


def recall(provider: Provider, state: str) -> Away:
    """Raises `PageError` where this browser did not leave with that state."""
    found = _COOKIE.recall(provider, state)
    if found is None:
        raise plain_pages.cannot_go_on("the answer belongs to no sign-in of this browser")
    return Away(**found)


def spend(provider: Provider, state: str) -> None:
    """A state is good for one answer, whatever that says. Raises `PageError`."""
    if not _COOKIE.spend(provider, state):
        raise plain_pages.cannot_go_on("an answer to this sign-in has come before")


def forget(provider: Provider, pool_id: str, response: Response) -> None:
    _COOKIE.forget(provider, pool_id, response)
