"""Pages without a form: the error page and the signed-out page."""

from __future__ import annotations

import uuid

from flask import Response, g, render_template

from idp.hosted_ui import page
from idp.hosted_ui.headers import protect
from idp.hosted_ui.translation import shown
from idp.oauth.errors import PageError


def signed_out() -> Response:
    body = render_template("hosted/signed_out.html", **page.shared())
    return protect(Response(body, mimetype="text/html"))


def error(refusal: PageError) -> Response:
    """What a person sees when nobody may be redirected."""
    body = render_template(
        "hosted/error.html",
        **page.shared(has_menu=False),  # nothing of the request is repeated
        headline=shown(refusal.headline),
        explanation=shown(refusal.explanation),
        detail=refusal.detail,
        request_id=g.get("request_id") or uuid.uuid4(),
    )
    return protect(Response(body, status=refusal.status, mimetype="text/html"))
