"""/magicLink and its kin: signing in by a link in an e-mail, in the browser that asked for it.

The message holds a one-time password, as a code and in a link. The browser that asked for it keeps
the challenge's Session in a cookie; the link opens a page that asks for a click, since mail
scanners open links, and in any other browser it says where to open it. So a link that is forwarded,
or that somebody sends for a sign-in of his own, signs nobody in.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from flask import Response, render_template, request

from idp.errors import IdpError, InvalidSession, UserNotConfirmed
from idp.hosted_ui import (
    challenges,
    fields,
    form,
    local_sign_in,
    page,
    paths,
    translation,
    wording,
)
from idp.hosted_ui.csrf import CsrfGuard
from idp.hosted_ui.flow import Flow, FlowCookie
from idp.hosted_ui.headers import protect
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.texts import N_
from idp.user_pools.rules.trigger_events import CODE_PARAMETER
from idp.user_pools.services import magic_links

LONGEST_REQUEST = 1200
"""Of an authorization request's query. It goes into a cookie, which holds 4096 bytes with all
else; a longer one leaves the code alone to sign in with."""


def show(visit: Visit, username: str = "", alert: str = "") -> Response:
    """Ask who wants a link."""
    _require(visit)
    return visit.show(
        Screen(
            "magic_link",
            fields=(fields.sign_in_name(visit.context.pool),),
            values={"username": username or visit.parameter("login_hint")},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


def submit(visit: Visit, given: Mapping[str, str]) -> Response:
    """Send it. The answer is alike whether the account exists or not, where the client hides
    that."""
    _require(visit)
    username = given.get("username", "")
    if not username:
        return show(visit, alert=N_("Tell us which account it is."))
    query = visit.query
    address = _address(visit) if len(query) <= LONGEST_REQUEST else ""
    try:
        challenge = local_sign_in.send_link(
            visit.kernel, visit.context, username, address, visit.asked
        )
    except UserNotConfirmed:
        return _confirm_first(visit, username)
    except IdpError as error:
        return show(visit, username, wording.message(error))
    flow = Flow(
        paths.MAGIC_LINK_CODE,
        username,
        challenge.parameters["CODE_DELIVERY_DESTINATION"],
        challenge.session or "",
        request=query if address else "",
    )
    return visit.go(paths.MAGIC_LINK_CODE, flow)


@challenges.needs_flow(paths.MAGIC_LINK_CODE)
def show_code(
    visit: Visit, left: Flow, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    """Wait for the code, or for the link to be opened in this browser."""
    return visit.show(
        Screen(
            "magic_link_code",
            fields=(fields.CODE,),
            errors=errors or {},
            alert=alert,
            destination=left.destination,
            links={
                "sign_in": visit.link(paths.SIGN_IN),
                "magic_link": visit.link(paths.MAGIC_LINK),
            },
        )
    )


def submit_code(visit: Visit, given: Mapping[str, str]) -> Response:
    """The code that was typed, or that came with the link."""
    _require(visit)
    return _redeem(visit, given)


@challenges.needs_flow(paths.MAGIC_LINK_CODE)
def _redeem(visit: Visit, left: Flow, given: Mapping[str, str]) -> Response:
    code = given.get("code", "")
    if not code:
        return show_code(visit, {"code": N_("Enter the code.")})
    try:
        outcome = local_sign_in.redeem_code(
            visit.kernel, visit.context, left.session, code, visit.asked
        )
    except UserNotConfirmed:
        return _confirm_first(visit, left.username)
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show_code(visit, *wording.placed(error))
    return challenges.go_on(visit, outcome, left.username)


def open_link(provider: Provider) -> Response:
    """What the link in the message opens: a question, and nothing is done yet."""
    given = form.read(request.args)
    pool_id = provider.address().pool_id
    client = provider.server.find_client(given.get("client_id"), pool_id)
    left = FlowCookie(provider, client).read(paths.MAGIC_LINK_CODE) if client else None
    if client is None or left is None or not left.request or not given.get("code"):
        raise _elsewhere()
    asked = {**dict(parse_qsl(left.request)), **translation.chosen()}
    translation.prefer(asked.get("lang", ""), asked.get("ui_locales", ""))
    csrf = CsrfGuard(provider, client.pool_id)
    body = render_template(
        "hosted/magic_link_open.html",
        **page.shared(client.context.client.name),
        csrf_token=csrf.token,
        action=f"{paths.MAGIC_LINK_CODE}?{urlencode(asked)}",
        code=given["code"],
    )
    response = Response(body, mimetype="text/html")
    csrf.remember(response)
    return protect(response, (*client.callback_uris, *client.logout_uris))


def _address(visit: Visit) -> str:
    """The link, with the placeholder of the code."""
    query = urlencode({"client_id": visit.client.client_id})
    return f"{visit.address(paths.MAGIC_LINK_OPEN)}?{query}&code={CODE_PARAMETER}"


def _require(visit: Visit) -> None:
    if not magic_links.are_sent(visit.kernel, visit.context):
        raise PageError(
            N_("There are no sign-in links here"),
            N_("Go back to the application and sign in another way."),
            detail="magic links are not turned on for this client",
            status=404,
        )


def _confirm_first(visit: Visit, username: str) -> Response:
    notice = N_("Your account is not confirmed yet.")
    return visit.go(paths.CONFIRM, Flow(paths.CONFIRM, username, notice=notice))


def _elsewhere() -> PageError:
    return PageError(
        N_("This link does not work here"),
        N_(
            "It was used already, is too old, or was asked for in another browser. If a page there "
            "still waits for you, open the link in that browser, or enter the code from the "
            "message. If not, go back to the application and ask for a new link."
        ),
    )
