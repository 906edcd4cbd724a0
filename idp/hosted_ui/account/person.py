"""Whose account it is: who is signed in at the pool's pages in this browser, and nobody else.

Every id that a form names is looked for among what is his. What somebody at an unlocked screen must
not do needs a sign-in of the last ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import Response, request

from idp.hosted_ui import paths
from idp.hosted_ui.account import places
from idp.hosted_ui.account.entry import RECENT_SECONDS, AccountEntry
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.headers import protect
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import second_factors
from idp.user_pools.services import quick_reads
from idp.user_pools.services.access import Owner

AGAIN = N_("Please sign in again: this can only be done soon after a sign-in.")

P = ParamSpec("P")
_OfPerson = Callable[Concatenate[Visit, "Here", P], Response]


@dataclass(frozen=True)
class Here:
    """Who is at his account page."""

    owner: Owner
    signed_in: SignedIn

    @property
    def name(self) -> str:
        attributes = self.owner.user.attributes
        return attributes.get("email") or attributes.get("phone_number") or self.owner.user.username


def needs_person(
    *, recently: bool
) -> Callable[[_OfPerson[P]], Callable[Concatenate[Visit, P], Response]]:
    """For a section: it gets who is signed in; who is not signs in first, and comes back to it."""

    def decorate(screen: _OfPerson[P]) -> Callable[Concatenate[Visit, P], Response]:
        @wraps(screen)
        def with_person(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Response:
            signed_in = visit.provider.signed_in(visit.client.pool_id)
            if signed_in is None or not _suffices(visit, signed_in):
                return _sign_in(visit)
            user = visit.kernel.database.look_up(quick_reads.user_by_id, signed_in.user_id)
            if user is None:
                return _sign_in(visit)
            here = Here(Owner(visit.context, user), signed_in)
            now = visit.kernel.clock.now()
            if recently and not signed_in.is_proven_within(RECENT_SECONDS, now):
                return _sign_in(visit, here.name, AGAIN)
            return screen(visit, here, *args, **kwargs)

        return with_person

    return decorate


def _suffices(visit: Visit, signed_in: SignedIn) -> bool:
    """As an authorization request without wishes takes the session for a sign-in."""
    context = visit.context
    if visit.kernel.clock.now() - signed_in.auth_time >= context.sessions.reuse:
        return False
    return not second_factors.is_missing(context.pool.settings, signed_in.opening.factors)


def _sign_in(visit: Visit, username: str = "", notice: str = "") -> Response:
    location = sign_in_address(visit, recently=bool(notice))
    response = Response(status=303, headers={"Location": location})
    if notice:
        visit.flow.leave(response, Flow(paths.SIGN_IN, username, notice=notice))
    return protect(response)


def sign_in_address(visit: Visit, *, recently: bool = False) -> str:
    """The sign-in page, which leads back to the present section."""
    query = _entry(visit).sign_in_query(places.section(request.path), recently=recently)
    return f"{paths.SIGN_IN}?{query}"


def _entry(visit: Visit) -> AccountEntry:
    if not isinstance(visit.purpose, AccountEntry):
        raise TypeError("not at the account page")
    return visit.purpose


def done(visit: Visit, path: str, notice: str) -> Response:
    """On to a section, which tells what has happened."""
    return visit.go(path, Flow(path, "", notice=notice))


def show(
    visit: Visit,
    here: Here,
    path: str,
    *,
    fields: Sequence[Field] = (),
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
    details: Mapping[str, Any] | None = None,
    is_shown_once: bool = False,
) -> Response:
    """A section, with what the form before it has left to tell."""
    left = visit.flow.read(path)
    response = visit.show(
        Screen(
            f"account/{places.section(path)}",
            fields=fields,
            values=values or {},
            errors=errors or {},
            alert=alert,
            notice=left.notice if left and not (alert or errors) else "",
            links={"account": visit.link(places.ACCOUNT)},
            details={**(details or {}), "person": here.name},
            is_shown_once=is_shown_once,
        )
    )
    if left:
        visit.flow.clear(response)
    return response
