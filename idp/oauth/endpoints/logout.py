"""GET and POST /logout: ends the browser session, then goes where the client says, if it may.

Where a valid ID token shows that the relying party asks for the person who is signed in, nobody is
asked; nor in Amazon Cognito's own forms, which its clients use as they are. Otherwise the person
confirms, so that no other page signs anybody out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy.orm import Session

from idp.oauth import front_channel, logout_request, paths, session_management, sessions
from idp.oauth.detours import SignOutDetours
from idp.oauth.logout_request import LogoutRequest
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended, SignedIn
from idp.user_pools.services import quick_reads, revocation

DONE = "/signedOut"
CALLED_BY = ("email", "phone_number", "preferred_username")
"""The attributes that people know their account by."""


@dataclass(frozen=True)
class Farewell:
    """What the person sees when he is signed out."""

    frames: tuple[str, ...] = ()
    """What the page has to load so that clients learn of it."""
    target: str | None = None
    """Where it leads then."""


@dataclass(frozen=True)
class SignOutPages:
    """The pages of a sign-out."""

    ask: Callable[[Provider, LogoutRequest, SignedIn], Response]
    done: Callable[[Farewell], Response]


def logout(provider: Provider, pages: SignOutPages) -> Response:
    if request.method == "POST":
        return _again(provider, logout_request.received(provider, request.form))
    asked = logout_request.read(provider, request.args)
    signed_in = provider.signed_in(asked.pool_id)
    if signed_in is None or _needs_no_question(provider, asked, signed_in):
        return finish(provider, pages, asked)
    if "id_token_hint" in request.args:
        return _again(provider, asked.parameters)
    return pages.ask(provider, asked, signed_in)


def finish(provider: Provider, pages: SignOutPages, asked: LogoutRequest) -> Response:
    """Sign out of the present browser's session, and go on."""
    cookie = provider.session_cookie(asked.pool_id)
    ended = provider.kernel.database.write(_end, provider, asked, cookie.value)
    frames: tuple[str, ...] = ()
    target = asked.target
    if ended is not None:
        revocation.announce(provider.kernel)
        frames = front_channel.frames(provider, asked.pool_id, ended)
        target = _by_detours(provider, asked, ended)
    if frames or target is None or target != asked.target:
        # A page: browsers hold the redirects after a form to the policy of the form's page.
        answer = pages.done(Farewell(frames, target))
    else:
        answer = Response(status=302, headers={"Location": target})
        answer.headers["Cache-Control"] = "no-store"
    cookie.clear(answer)
    session_management.forget(provider, asked.pool_id, answer)
    return answer


def _by_detours(provider: Provider, asked: LogoutRequest, ended: Ended) -> str | None:
    """Where the person goes: to the target, or first to others who are told."""
    detours = provider.kernel.find(SignOutDetours)
    if detours is None:
        return asked.target
    last = asked.target or DONE
    led = detours.lead(asked.pool_id, ended, last)
    return asked.target if led == last else led


def _end(
    session: Session, provider: Provider, asked: LogoutRequest, cookie: str | None
) -> Ended | None:
    now = provider.kernel.clock.now()
    ended = sessions.end(session, asked.pool_id, cookie or "", now)
    if ended is not None and asked.revokes and asked.client is not None:
        revocation.revoke_session_of_client(session, asked.client.client_id, ended.session_id, now)
    return ended


def _again(provider: Provider, asked: Mapping[str, str]) -> Response:
    """The same request by GET, with no ID token in its address. Browsers leave our SameSite=Lax
    cookie out of a form that another site sends, and send it with the redirect that follows."""
    parameters = logout_request.carried(provider.kernel, asked)
    location = f"{paths.LOGOUT}?{urlencode(parameters)}" if parameters else paths.LOGOUT
    return Response(status=303, headers={"Location": location})


def _needs_no_question(provider: Provider, asked: LogoutRequest, signed_in: SignedIn) -> bool:
    if _is_about_another(provider, asked, signed_in):
        return False
    if asked.is_proven_for(signed_in):
        return True
    # An image or frame of another site is no sign-out: only a page that the person goes to.
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return asked.is_cognitos and is_page and not asked.revokes


def _is_about_another(provider: Provider, asked: LogoutRequest, signed_in: SignedIn) -> bool:
    """Whether `logout_hint` names somebody else than who is signed in."""
    if "logout_hint" not in asked.parameters:
        return False
    user = provider.kernel.database.look_up(quick_reads.user_by_id, signed_in.user_id)
    names = {signed_in.user_id, signed_in.opening.browser_session_id}
    if user is not None:
        names |= {user.username, *(user.attributes.get(each) for each in CALLED_BY)}
    hint = asked.parameters["logout_hint"].casefold()
    return hint not in {name.casefold() for name in names if name}
