"""GET and POST /saml2/logout: messages of single logout that a SAML provider's browser brings.

A response is the end of a sign-out that began here (`sign_out`). A request ends what its
person opened from that provider: browser sessions, and the refresh tokens that came through them.
"""

from __future__ import annotations

import structlog
from flask import Response, abort, request
from sqlalchemy.orm import Session

from idp.hosted_ui import address_limits, relay
from idp.hosted_ui.federated import logout_answer, sign_out
from idp.hosted_ui.saml_metadata import LOGOUT_PATH
from idp.oauth import addresses, session_management
from idp.oauth.provider import Provider
from idp.user_pools.services import revocation, upstream, upstream_sessions
from idp.user_pools.services.issuers import is_pool_id
from idp.user_pools.services.single_logout import LogoutAsked, LogoutMessage, SingleLogout
from idp.user_pools.services.upstream import UpstreamFailed, UpstreamProviders

ROUTES = (LOGOUT_PATH, f"/<pool_id>{LOGOUT_PATH}")
SAML = "SAML"

log = structlog.get_logger("poolgate.federation")


def serve(provider: Provider, pool_id: str | None = None) -> Response:
    addressed = provider.address().pool_id
    if pool_id is not None and (not is_pool_id(pool_id) or addressed not in (None, pool_id)):
        abort(404)
    given = relay.given(sign_out.untrusted)
    pool_id = pool_id or addressed
    is_request = "SAMLRequest" in given
    # In a frame of the provider no page of ours is let in, and nothing but the message is needed.
    is_enough = is_request and pool_id is not None and _is_framed()
    if relay.is_needed(given) and not is_enough:
        return relay.page(given)
    message = _message(provider, given)
    if not is_request:
        return sign_out.come_back(provider, message, given.get("RelayState", ""))
    # At the root of all pools the browser says which one it is signed in at.
    pool_id = pool_id or provider.only_pool()
    if pool_id is None:
        raise sign_out.untrusted("the address does not say which user pool is meant")
    return _end_here(provider, pool_id, message, given.get("RelayState"))


def _end_here(
    provider: Provider, pool_id: str, message: LogoutMessage, relay_state: str | None
) -> Response:
    """Do what a provider asks, and tell it so."""
    kernel = provider.kernel
    kind = kernel.of(UpstreamProviders).of_type(SAML)
    if not isinstance(kind, SingleLogout):
        raise sign_out.untrusted("there are no SAML providers")
    upstreams = kernel.database.read(upstream.of_type, kernel.sealer, pool_id, SAML)
    if not upstreams:
        raise sign_out.untrusted("the user pool has no SAML provider")
    address_limits.admit_to(kernel, pool_id, address_limits.SIGN_OUTS)
    try:
        asked = kind.asked(upstreams, message)
    except UpstreamFailed as error:
        address_limits.count_failure(kernel, pool_id, address_limits.SIGN_OUTS)
        log.info("saml_logout_refused", pool=pool_id, reason=error.why)
        raise sign_out.untrusted("the identity provider's request was refused") from None
    before = provider.signed_in(pool_id)
    ended = kernel.database.write(_end, provider, asked)
    if ended:
        revocation.announce(kernel)
    log.info("saml_logout", pool=pool_id, provider=asked.upstreams[0].name, sessions=ended)
    is_over = before is not None and provider.signed_in(pool_id) is None
    response = logout_answer.begin(provider, asked, relay_state, before if is_over else None)
    if is_over:
        provider.session_cookie(pool_id).clear(response)
        session_management.forget(provider, pool_id, response)
    return response


def _is_framed() -> bool:
    return request.headers.get("Sec-Fetch-Dest") in {"iframe", "frame"}


def _end(session: Session, provider: Provider, asked: LogoutAsked) -> int:
    """The number of browser sessions."""
    now, said = provider.kernel.clock.now(), (asked.subject, asked.sessions)
    return sum(
        upstream_sessions.end(session, there.pool_id, there.name, *said, now)
        for there in asked.upstreams
    )


def _message(provider: Provider, given: dict[str, str]) -> LogoutMessage:
    host = None if provider.address().pool_id is None else request.host
    here = addresses.origin(provider.kernel.settings, host) + request.path
    return LogoutMessage(here, relay.query(), given)
