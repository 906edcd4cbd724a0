"""/confirmUser: the page behind the link that confirms a sign-up (`services.confirmation_links`).

The code in the link proves who reads the address's mail. Mail scanners and previews open links
too, so opening it changes nothing, and neither says nor shows whether the code or the user is
right: the button confirms. It signs nobody in, so a link that somebody else has asked for, or
that was forwarded, opens no session in the browser in which it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, render_template, request

from idp.errors import CodeMismatch, ExpiredCode, IdpError, UserCannotBeConfirmed, UserNotFound
from idp.hosted_ui import form, look, page, translation, wording
from idp.hosted_ui.csrf import CsrfGuard, ForgedForm
from idp.hosted_ui.headers import protect
from idp.oauth.clients import OAuthClient
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.texts import N_
from idp.user_pools.services import confirmation_links, sign_up_confirmation
from idp.user_pools.services.circumstances import Circumstances

SPENT = (CodeMismatch, ExpiredCode, UserCannotBeConfirmed, UserNotFound)
"""One page for all: it must not tell who exists, nor whether he is confirmed."""


@dataclass(frozen=True)
class Link:
    """What a link says, none of it checked but that the client is one of the addressed pool."""

    client: OAuthClient
    username: str
    code: str


def serve(provider: Provider) -> Response:
    """Show the question, or confirm."""
    link = _read(provider, request.form if request.method == "POST" else request.args)
    csrf = CsrfGuard(provider, link.client.pool_id)
    if request.method == "POST":
        _check(csrf)
        _confirm(provider, link)
    context = link.client.context
    style = provider.kernel.database.look_up(look.of, provider.kernel, context)
    body = render_template(
        "hosted/confirm_by_link.html",
        **page.shared(context.client.name, style, has_menu=request.method != "POST"),
        csrf_token=csrf.token,
        action=translation.kept(confirmation_links.PATH),
        link=link,
        is_confirmed=request.method == "POST",
    )
    response = Response(body, mimetype="text/html")
    csrf.remember(response)
    return protect(response, stylesheet=style.stylesheet)


def _read(provider: Provider, values: Mapping[str, str]) -> Link:
    given = form.read(
        {
            "client_id": values.get("client_id", ""),
            "username": values.get("user_name", ""),
            "code": values.get("confirmation_code", ""),
        }
    )
    client = provider.server.find_client(given.get("client_id"), provider.address().pool_id)
    if client is None or "username" not in given or "code" not in given:
        raise PageError(
            N_("This link is not complete"),
            N_("Open it as it stands in the message, or copy all of it."),
            detail="client_id, user_name or confirmation_code is missing or no client's here",
        )
    return Link(client, given["username"], given["code"])


def _check(csrf: CsrfGuard) -> None:
    try:
        csrf.check(request.form)
    except ForgedForm:
        raise PageError(
            N_("This page has expired"),
            N_("Open the link in the message again."),
            detail="the form's csrf_token does not belong to this browser",
            status=403,
        ) from None


def _confirm(provider: Provider, link: Link) -> None:
    here = Circumstances(request.remote_addr or "", request.user_agent.string)
    try:
        sign_up_confirmation.confirm(
            provider.kernel, link.client.context, link.username, link.code, {}, here=here
        )
    except SPENT:
        raise PageError(
            N_("This link does not work any more"),
            N_(
                "It was used before, is too old, or a newer one was sent. If you have confirmed "
                "your account, go back to the application and sign in. If not, sign in there too: "
                "you can have a new link sent to you."
            ),
            detail="the code of the link is not the user's present one",
        ) from None
    except IdpError as error:
        raise PageError(N_("We could not confirm your account"), wording.message(error)) from None
