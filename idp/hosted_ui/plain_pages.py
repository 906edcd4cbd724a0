"""The error page."""

from __future__ import annotations

import uuid

from flask import Response, g, render_template

from idp.hosted_ui import page
from idp.hosted_ui.headers import protect
from idp.oauth.errors import PageError


def error(refusal: PageError) -> Response:
    """What a person sees when nobody may be redirected."""
    body = render_template(
        "hosted/error.html",
        **page.shared(),
        headline=refusal.headline,
        explanation=refusal.explanation,
        detail=refusal.detail,
        request_id=g.get("request_id") or uuid.uuid4(),
    )
    return protect(Response(body, status=refusal.status, mimetype="text/html"))


def expired() -> PageError:
    """For a form that is not of a page of ours in this browser."""
    return PageError(
        "This page has expired",
        "Go back, reload the page and try again.",
        detail="the form's csrf_token does not belong to this browser",
        status=403,
    )
