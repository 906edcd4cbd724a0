"""POST /oauth2/backchannel_logout/NAME: an identity provider says that somebody signed out there.

OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8, with us as the relying party. At the root of
all pools the pool's id stands before the path.
"""

from __future__ import annotations

import structlog
from flask import Response, request
from sqlalchemy.orm import Session

from idp.oauth.provider import Provider
from idp.oauth.replies import NOT_KEPT, refusal
from idp.user_pools.services import revocation, upstream, upstream_sessions
from idp.user_pools.services.issuers import is_pool_id
from idp.user_pools.services.upstream import (
    SignedOut,
    Upstream,
    UpstreamFailed,
    UpstreamProviders,
)

PATH = "/oauth2/backchannel_logout"

log = structlog.get_logger("poolgate.federation")


def serve(provider: Provider, name: str) -> Response:
    return _answer(provider, provider.address().pool_id, name)


def serve_at_root(provider: Provider, pool_id: str, name: str) -> Response:
    here = provider.address().pool_id
    return _answer(provider, pool_id if here in (None, pool_id) else None, name)


def _answer(provider: Provider, pool_id: str | None, name: str) -> Response:
    found = _upstream(provider, pool_id, name)
    tokens = request.form.getlist("logout_token")
    if found is None or len(tokens) != 1:
        return refusal(400, "invalid_request", "No such provider, or no logout token.").response()
    try:
        told = provider.kernel.of(UpstreamProviders).signed_out(found, tokens[0])
    except UpstreamFailed as error:
        log.info("upstream_logout_refused", provider=found.name, reason=error.message)
        return refusal(400, "invalid_request", error.message).response()
    ended = provider.kernel.database.write(_end, provider, found, told)
    if ended:
        revocation.announce(provider.kernel)
    log.info("upstream_logout", provider=found.name, sessions=ended)
    # §2.8: "If the logout succeeded, the RP MUST respond with HTTP 200 OK"; nothing to end is one.
    return Response(status=200, headers=[NOT_KEPT])


def _end(session: Session, provider: Provider, found: Upstream, told: SignedOut) -> int:
    named = () if told.upstream_id is None else (told.upstream_id,)
    now = provider.kernel.clock.now()
    return upstream_sessions.end(session, found.pool_id, found.name, told.subject, named, now)


def _upstream(provider: Provider, pool_id: str | None, name: str) -> Upstream | None:
    if pool_id is None or not is_pool_id(pool_id) or not name.isprintable():
        return None
    return provider.kernel.database.read(upstream.find, provider.kernel.sealer, pool_id, name)
