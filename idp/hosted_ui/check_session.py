"""The frame in which a client's page watches for a sign-out (Session Management 1.0 §3.3)."""

from __future__ import annotations

from flask import Response, render_template
from werkzeug.exceptions import NotFound

from idp.hosted_ui import assets
from idp.oauth.provider import Provider
from idp.oauth.session_management import COOKIE
from idp.user_pools.services import oauth_settings
from idp.user_pools.services.issuers import is_pool_id

POLICY = "default-src 'none'; script-src {script}; frame-ancestors *; base-uri 'none'"
"""Any page may frame it: there is nothing to see or to click, and what it tells takes the
`session_state` that the asking origin was given."""


def serve(provider: Provider, pool_id: str) -> Response:
    """404 where the pool does not offer it."""
    addressed = provider.address().pool_id
    if addressed not in {None, pool_id} or not is_pool_id(pool_id):
        raise NotFound
    if not provider.kernel.database.read(oauth_settings.of_pool, pool_id).get("session_management"):
        raise NotFound
    script, cookie = assets.script("check_session.js"), provider.cookie(COOKIE, pool_id).name
    body = render_template("hosted/check_session.html", cookie=cookie, script=script)
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY.format(script=assets.source(script))
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
