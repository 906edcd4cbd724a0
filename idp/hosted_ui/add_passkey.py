"""/addPasskey: who has just signed in with a password is offered a passkey for the next time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import challenges, passkey, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.oauth.sessions import SignedIn
from idp.user_pools.services import passkeys, quick_reads
from idp.user_pools.services.access import Owner

P = ParamSpec("P")
_OfPerson = Callable[Concatenate[Visit, SignedIn, P], Response]


def _needs_sign_in(screen: _OfPerson[P]) -> Callable[Concatenate[Visit, P], Response]:
    """For who comes from the sign-in of this very request; anybody else signs in."""

    @wraps(screen)
    @challenges.needs_flow(paths.ADD_PASSKEY)
    def with_person(visit: Visit, left: Flow, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        signed_in = visit.provider.signed_in(visit.client.pool_id)
        if signed_in is None or not visit.came_from_sign_in(left, signed_in):
            return challenges.start_again(visit)
        return screen(visit, signed_in, *args, **kwargs)

    return with_person


@_needs_sign_in
def show(visit: Visit, signed_in: SignedIn, alert: str = "") -> Response:
    owner = _owner(visit, signed_in)
    options = passkey.creation_options(visit, owner) if owner is not None else ""
    if not options:
        return visit.lead_back(signed_in)
    return visit.show(Screen("add_passkey", alert=alert, details={"passkey": options}))


@_needs_sign_in
def submit(visit: Visit, signed_in: SignedIn, form: Mapping[str, str]) -> Response:
    owner = _owner(visit, signed_in)
    if "credential" not in form or owner is None:
        response = visit.lead_back(signed_in)
        passkey.decline(visit, response)
        return response
    try:
        passkeys.complete_registration(visit.kernel, owner, form["credential"])
    except IdpError as error:
        return show(visit, wording.of_passkey(error))
    return visit.lead_back(signed_in)


def _owner(visit: Visit, signed_in: SignedIn) -> Owner | None:
    user = visit.kernel.database.look_up(quick_reads.user_by_id, signed_in.user_id)
    return None if user is None else Owner(visit.context, user)
