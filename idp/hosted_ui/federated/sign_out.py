"""Signing out at the provider that a person came from, after he is signed out here.

A sign-out passes `paths.SIGN_OUT_ELSEWHERE` on its way where the provider's details say
`IDPSignout`. From there the browser leaves with a request of single logout, and the answer leads on
to where the sign-out was going. That waits, sealed, in a cookie of the browser that left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlencode

import structlog
from flask import Response, request
from sqlalchemy.orm import Session

from idp.hosted_ui import paths
from idp.hosted_ui.federated import state_cookie
from idp.hosted_ui.federated.state_cookie import StateCookie
from idp.hosted_ui.headers import protect
from idp.oauth.authorization_responses import self_posting_form
from idp.oauth.endpoints import logout
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended
from idp.texts import N_
from idp.user_pools.services import upstream, upstream_sessions
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

LONGEST_TARGET = 1200
"""Characters: sealed, and that sealed by another detour, it must fit into a cookie (RFC 6265 §6.1).
A sign-out with a longer target ends at our own page."""
WAY = "sign-out-way"
_COOKIE = StateCookie("sign-out-elsewhere")
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
    seconds = state_cookie.LIFETIME.total_seconds()
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
    state = state_cookie.new_state(kernel.randomness)
    try:
        departure = kind_of(provider, there).leave(there, shared, state)
    except UpstreamFailed as error:
        _complain(there, error)
        return _on(leaving)
    response = depart(departure)
    away = replace(leaving, provider=there.name, memory=departure.memory)
    _COOKIE.remember(provider, response, leaving.pool_id, state, asdict(away))
    return response


def come_back(provider: Provider, message: LogoutMessage, state: str) -> Response:
    """What the provider's answer leads to. Raises `PageError` for one that this browser did not ask
    for."""
    leaving = _away(provider, state)
    kernel = provider.kernel
    there = kernel.database.read(upstream.find, kernel.sealer, leaving.pool_id, leaving.provider)
    if there is None:
        raise _lost("there is no such identity provider any more")
    try:
        kind_of(provider, there).check_return(there, leaving.memory, message)
    except UpstreamFailed as error:
        _complain(there, error)
        raise _lost("the identity provider's answer was refused, or it is not done") from None
    response = _on(leaving)
    _COOKIE.forget(provider, leaving.pool_id, response)
    return response


def depart(departure: Departure) -> Response:
    """There, by redirect or with a form."""
    if departure.form:
        # Where the provider goes on to is not known, and browsers hold that to the form's policy.
        return self_posting_form(departure.location, list(departure.form.items()), leads_on=True)
    return protect(Response(status=303, headers={"Location": departure.location}))


def _on(leaving: Leaving) -> Response:
    return protect(Response(status=303, headers={"Location": leaving.target}))


def _away(provider: Provider, state: str) -> Leaving:
    """What this browser left with, which is spent now. Raises `PageError`."""
    found = _COOKIE.recall(provider, state)
    if found is None or not _COOKIE.spend(provider, state):
        raise untrusted("the answer belongs to no sign-out of this browser")
    return Leaving(**found)


def _shared(
    session: Session, kernel: Kernel, pool_id: str, session_id: str
) -> tuple[Upstream, SharedSession] | None:
    """The session at the provider that opened one here, where both shall end."""
    row = upstream_sessions.find(session, session_id)
    if row is None or row.pool_id != pool_id:
        return None
    there = upstream.find(session, kernel.sealer, pool_id, row.provider)
    if there is None or there.details.get("IDPSignout") != "true":
        return None
    return there, SharedSession(row.provider, row.subject, row.upstream_id, dict(row.details))


def kind_of(provider: Provider, there: Upstream) -> SingleLogout:
    """What talks to it. Raises `UpstreamFailed`."""
    found = provider.kernel.of(UpstreamProviders).of(there)
    if not isinstance(found, SingleLogout):
        raise UpstreamFailed(f"Identity providers of type {there.type} know no single logout.")
    return found


def _complain(there: Upstream, error: UpstreamFailed) -> None:
    log.warning("saml_logout_failed", pool=there.pool_id, provider=there.name, reason=error.why)


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
