"""The pages of a sign-out: the question, and the page after it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, render_template, request

from idp.hosted_ui import look, page, paths
from idp.hosted_ui.csrf import CsrfGuard, ForgedForm
from idp.hosted_ui.headers import protect
from idp.hosted_ui.plain_pages import expired
from idp.models import User
from idp.oauth import logout_request
from idp.oauth import paths as oauth_paths
from idp.oauth.endpoints import logout
from idp.oauth.endpoints.logout import Farewell, SignOutPages
from idp.oauth.logout_request import LogoutRequest
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.user_pools.services import quick_reads

FRAMES_SECONDS = 4
"""How long clients have to load their frames before the page leads on."""


def ask(provider: Provider, asked: LogoutRequest, signed_in: SignedIn) -> Response:
    """Whether to sign out. Nothing has happened yet."""
    kernel, client = provider.kernel, asked.client
    user = kernel.database.look_up(quick_reads.user_by_id, signed_in.user_id)
    csrf, carried = (
        CsrfGuard(provider, asked.pool_id),
        logout_request.carried(kernel, asked.parameters),
    )
    style = kernel.database.look_up(look.of, kernel, client.context) if client else page.NO_LOOK
    body = render_template(
        "hosted/confirm_sign_out.html",
        **page.shared(client.context.client.name if client else "", style),
        csrf_token=csrf.token,
        action=f"{paths.CONFIRM_SIGN_OUT}?{urlencode(carried)}",
        person=_name(user) if user else "",
    )
    response = Response(body, mimetype="text/html")
    csrf.remember(response)
    return protect(response, client.logout_uris if client else (), style.stylesheet)


def confirm(provider: Provider) -> Response:
    """The answer: sign out, for the same request."""
    if request.method != "POST":
        query = request.query_string.decode("ascii", "replace")
        return Response(status=303, headers={"Location": f"{oauth_paths.LOGOUT}?{query}"})
    asked = logout_request.read(provider, request.args)
    try:
        CsrfGuard(provider, asked.pool_id).check(request.form)
    except ForgedForm:
        raise expired() from None
    answer = logout.finish(provider, PAGES, asked)
    return protect(answer) if answer.location else answer


def done(farewell: Farewell) -> Response:
    """The person is signed out. Clients are told in frames, for a bounded time; the way on is a
    link, so that it needs no script."""
    body = render_template(
        "hosted/signed_out.html",
        **page.shared(has_menu=False),
        frames=farewell.frames,
        target=farewell.target,
        seconds=FRAMES_SECONDS if farewell.frames else 0,
    )
    return protect(Response(body, mimetype="text/html"), frames=farewell.frames)


PAGES = SignOutPages(ask, done)


def _name(user: User) -> str:
    """How people know their account."""
    named = (user.attributes.get(attribute) for attribute in logout.CALLED_BY)
    return next((str(name) for name in named if name), user.username)
