"""The error page."""

from __future__ import annotations

import uuid

from flask import Response, g, render_template

from idp.hosted_ui import page
from idp.hosted_ui.headers import protect
from idp.hosted_ui.translation import shown
from idp.oauth.errors import PageError
from idp.texts import N_


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


def cannot_go_on(detail: str) -> PageError:
    """For a sign-in that can only be begun anew."""
    return PageError(
        N_("This sign-in cannot go on"),
        N_(
            "It took too long, or was begun in another window. Go back to the application and "
            "try again."
        ),
        detail=detail,
    )


def cannot_be_done(detail: str) -> PageError:
    """For what an application asked for and cannot have: beginning anew does not help."""
    return PageError(
        N_("This sign-in link does not work"),
        N_(
            "The application that sent you here asked for something we cannot do. "
            "Go back to it and try again."
        ),
        detail=detail,
    )


def expired() -> PageError:
    """For a form that is not of a page of ours in this browser."""
    return PageError(
        N_("This page has expired"),
        N_("Go back, reload the page and try again."),
        detail="the form's csrf_token does not belong to this browser",
        status=403,
    )
