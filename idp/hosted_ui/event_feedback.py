"""The page behind a notification's links: was this sign-in yours?

Opening it changes nothing, because mail servers open links too: the verdict is given by its button.
The sealed token in the link is all the authority there is, and is good for one answer.
"""

from __future__ import annotations

from flask import Response, render_template, request

from idp.errors import IdpError
from idp.hosted_ui import page
from idp.hosted_ui.headers import protect
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.texts import N_
from idp.user_pools.services.threats import feedback

LONGEST_TOKEN = 1024


def serve(provider: Provider) -> Response:
    """Show the question, or take the answer."""
    kernel, token = provider.kernel, request.args.get("token", "")
    try:
        user_id, event_id, value = feedback.open_link(kernel, token[:LONGEST_TOKEN])
        if request.method == "POST":
            now = kernel.clock.now()
            kernel.database.write(feedback.give, user_id, event_id, value, feedback.USER, now)
    except IdpError:
        raise _spent() from None
    body = render_template(
        "hosted/event_feedback.html",
        **page.shared(has_menu=request.method != "POST"),
        was_user=value == "Valid",
        is_given=request.method == "POST",
    )
    return protect(Response(body, mimetype="text/html"))


def _spent() -> PageError:
    return PageError(
        N_("This link does not work any more"),
        N_("It was used before, or is too old. You can close this page."),
        detail="the token of the link is not good, or its event has been answered",
    )
