"""The answer to a provider's request of single logout: once the applications of the browser session
have been told in the browser, or at once where there are none."""

from __future__ import annotations

from urllib.parse import urlencode

import structlog
from flask import Response, request

from idp.hosted_ui import paths, plain_pages
from idp.hosted_ui import sign_out as pages
from idp.hosted_ui.federated import sign_out, state_cookie
from idp.hosted_ui.headers import protect
from idp.oauth import detours
from idp.oauth.endpoints.logout import Farewell
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended, SignedIn
from idp.user_pools.services import upstream
from idp.user_pools.services.single_logout import LogoutAsked
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.sealing import Unsealable

PURPOSE = "sign-out-answer"
TO = "to"

log = structlog.get_logger("poolgate.federation")


def begin(
    provider: Provider, asked: LogoutAsked, relay_state: str | None, was: SignedIn | None
) -> Response:
    """The answer, or the way there. `was` is who has been signed out in this browser."""
    there = asked.upstreams[0]
    if was is not None:
        value = [there.pool_id, there.name, asked.request_id, relay_state]
        seconds = state_cookie.LIFETIME.total_seconds()
        token = provider.kernel.sealer.seal_token(value, PURPOSE, seconds)
        onwards = f"{paths.ANSWER_ELSEWHERE}?{urlencode({TO: token})}"
        ended = Ended(was.opening.browser_session_id or "", ())
        led = detours.lead(provider.kernel, there.pool_id, ended, onwards)
        if led != onwards and len(onwards) <= sign_out.LONGEST_TARGET:
            return protect(Response(status=303, headers={"Location": led}))
    return _answer(provider, asked, relay_state)


def serve(provider: Provider) -> Response:
    """GET paths.ANSWER_ELSEWHERE, where the way leads."""
    kernel = provider.kernel
    try:
        pool_id, name, request_id, relay_state = kernel.sealer.open_token(
            request.args.get(TO, ""), PURPOSE
        )
    except Unsealable:
        raise plain_pages.cannot_go_on("there is no answer to give") from None

    there = kernel.database.read(upstream.find, kernel.sealer, pool_id, name)
    if there is None:
        return pages.done(Farewell())
    return _answer(provider, LogoutAsked(request_id, (there,), "", ()), relay_state)


def _answer(provider: Provider, asked: LogoutAsked, relay_state: str | None) -> Response:
    try:
        kind = sign_out.kind_of(provider, asked.upstreams[0])
        return sign_out.depart(kind.agree(asked, relay_state))
    except UpstreamFailed as error:  # all has ended; it has no address for answers
        log.info("saml_logout_unanswered", reason=error.why)
        return pages.done(Farewell())
