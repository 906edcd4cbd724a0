"""Signing out at the provider that a person came from, after he is signed out here.

A sign-out passes `paths.SIGN_OUT_ELSEWHERE` on its way where the provider's details say
`IDPSignout`. From there the browser leaves with a request of single logout, and the answer leads on
to where the sign-out was going. That waits, sealed, in a cookie of the browser that left.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

import structlog
from flask import Response, request
from sqlalchemy.orm import Session

from idp.hosted_ui import paths
from idp.hosted_ui.headers import protect
from idp.oauth import cookies
from idp.oauth.authorization_responses import self_posting_form
from idp.oauth.cookies import PoolCookie
from idp.oauth.endpoints import logout
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended
from idp.texts import N_
from idp.user_pools.services import documents, identity_providers, upstream, upstream_sessions
from idp.user_pools.services.single_logout import LogoutMessage, SingleLogout
from idp.user_pools.services.upstream import (
    Departure,
    Upstream,
    UpstreamFailed,
    UpstreamProviders,
)
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.runtime import Kernel
from kernel.sealing import Unsealable
from kernel.tokens import encoding

LIFETIME = timedelta(minutes=15)
STATE_BYTES = 32
LONGEST_TARGET = 1200
"""Characters: sealed, and that sealed by another detour, it must fit into a cookie (RFC 6265 §6.1).
A sign-out with a longer target ends at our own page."""
WAY, AWAY, COOKIE = "sign-out-way", "sign-out-elsewhere", "sign-out-elsewhere"
TO = "to"

log = structlog.get_logger("poolgate.federation")


@dataclass(frozen=True)
class Leaving:
    """A sign-out on its way: whose session has ended, and where it leads in the end."""

    pool_id: str
    session_id: str
    target: str
    provider: str = ""
    """Where the browser has gone, and what must be known when the answer comes."""
    memory: Mapping[str, str] = field(default_factory=dict)


def detour(kernel: Kernel, pool_id: str, ended: Ended, target: str) -> str:
    """A `SignOutDetour`."""
    if kernel.database.read(_shared, kernel, pool_id, ended.session_id) is None:
        return target
    leaving = Leaving(
        pool_id, ended.session_id, target if len(target) <= LONGEST_TARGET else logout.DONE
    )
    seconds = LIFETIME.total_seconds()
    token = kernel.sealer.seal_token(asdict(leaving), WAY, seconds)
    return f"{paths.SIGN_OUT_ELSEWHERE}?{urlencode({TO: token})}"


def leave(provider: Provider) -> Response:
    """Send the browser to the provider."""
    try:
        given = provider.kernel.sealer.open_token(request.args.get(TO, ""), WAY)
    except Unsealable:
        raise untrusted("the way of this sign-out is not known") from None
    leaving = Leaving(**given)
    kernel = provider.kernel
    found = kernel.database.read(_shared, kernel, leaving.pool_id, leaving.session_id)
    if found is None:
        return _on(leaving)
    there, shared = found
    state = encoding.encode(kernel.randomness.bytes(STATE_BYTES))
    try:
        departure = kind_of(provider, there).leave(there, shared, state)
    except UpstreamFailed as error:
        _complain(there, error)
        return _on(leaving)
    response = depart(departure)
    _remember(provider, response, state, leaving, there, departure)
    return response


def come_back(provider: Provider, message: LogoutMessage, state: str) -> Response:
    """What the provider's answer leads to. Raises `PageError` for one that this browser did not ask
    for."""
    leaving = _away(provider, state)
    there = provider.kernel.database.read(
        upstream_of, provider.kernel, leaving.pool_id, leaving.provider
    )
    if there is None:
        raise _lost("there is no such identity provider any more")
    try:
        kind_of(provider, there).check_return(there, leaving.memory, message)
    except UpstreamFailed as error:
        _complain(there, error)
        raise _lost("the identity provider's answer was refused, or it is not done") from None
    response = _on(leaving)
    _cookie(provider, leaving.pool_id).clear(response)
    return response


def depart(departure: Departure) -> Response:
    """There, by redirect or with a form."""
    if departure.form:
        # Where the provider goes on to is not known, and browsers hold that to the form's policy.
        return self_posting_form(departure.location, list(departure.form.items()), leads_on=True)
    return protect(Response(status=303, headers={"Location": departure.location}))


def _on(leaving: Leaving) -> Response:
    return protect(Response(status=303, headers={"Location": leaving.target}))


def _remember(
    provider: Provider,
    response: Response,
    state: str,
    leaving: Leaving,
    there: Upstream,
    departure: Departure,
) -> None:
    away = replace(leaving, provider=there.name, memory=departure.memory)
    token = provider.kernel.sealer.seal_token(
        [_digest(state), asdict(away)], AWAY, LIFETIME.total_seconds()
    )
    _cookie(provider, leaving.pool_id).set(response, token, LIFETIME)


def _away(provider: Provider, state: str) -> Leaving:
    """What this browser left with, which is spent now. Raises `PageError`."""
    kernel = provider.kernel
    for pool_id in cookies.pools_named(COOKIE):
        try:
            digest, away = kernel.sealer.open_token(_cookie(provider, pool_id).value or "", AWAY)
        except Unsealable:
            continue
        is_of_state = hmac.compare_digest(digest, _digest(state))
        if is_of_state and kernel.shared_state.claim(f"{AWAY}:{digest}", LIFETIME.total_seconds()):
            return Leaving(**away)
    raise untrusted("the answer belongs to no sign-out of this browser")


def _shared(
    session: Session, kernel: Kernel, pool_id: str, session_id: str
) -> tuple[Upstream, SharedSession] | None:
    """The session at the provider that opened one here, where both shall end."""
    row = upstream_sessions.find(session, session_id)
    if row is None or row.pool_id != pool_id:
        return None
    there = upstream_of(session, kernel, pool_id, row.provider)
    if there is None or there.details.get("IDPSignout") != "true":
        return None
    return there, SharedSession(row.provider, row.subject, row.upstream_id, dict(row.details))


def upstream_of(session: Session, kernel: Kernel, pool_id: str, name: str) -> Upstream | None:
    """The provider of that name in the pool."""
    row = documents.find(session, pool_id, identity_providers.KIND, name)
    return None if row is None else upstream.load(session, kernel.sealer, row)


def kind_of(provider: Provider, there: Upstream) -> SingleLogout:
    """What talks to it. Raises `UpstreamFailed`."""
    found = provider.kernel.of(UpstreamProviders).of(there)
    if not isinstance(found, SingleLogout):
        raise UpstreamFailed(f"Identity providers of type {there.type} know no single logout.")
    return found


def _complain(there: Upstream, error: UpstreamFailed) -> None:
    log.warning("saml_logout_failed", pool=there.pool_id, provider=there.name, reason=error.why)


def _cookie(provider: Provider, pool_id: str) -> PoolCookie:
    return provider.cookie(COOKIE, pool_id)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def untrusted(detail: str) -> PageError:
    """For a message that nobody can be known by."""
    return PageError(
        N_("We could not sign you out"),
        N_("What brought you here is no request that we can trust. Sign out at the application."),
        detail=detail,
    )


def _lost(detail: str) -> PageError:
    """What the person sees, who is signed out here."""
    return PageError(
        N_("You are signed out here"),
        N_(
            "You may still be signed in at the organisation that you signed in with. Sign out "
            "there too, or close your browser, if others use this device."
        ),
        detail=detail,
    )
