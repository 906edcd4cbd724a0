"""/recoveryCode and /recoveryCodes: using a recovery code, and seeing new ones once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from flask import Response

from idp.errors import IdpError, InvalidSession
from idp.hosted_ui import challenges, fields, local_sign_in, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services.sign_in import mfa_setup


def ask(visit: Visit, errors: Mapping[str, str] | None = None, alert: str = "") -> Response:
    if _waiting(visit) is None:
        return challenges.start_again(visit)
    return visit.show(
        Screen(
            "recovery_code",
            fields=(fields.RECOVERY_CODE,),
            errors=errors or {},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


def enter(visit: Visit, form: Mapping[str, str]) -> Response:
    left = _waiting(visit)
    if left is None:
        return challenges.start_again(visit)
    if "code" not in form:
        return ask(visit, {"code": N_("Enter a recovery code.")})
    try:
        outcome = local_sign_in.recover(
            visit.kernel, visit.context, left.challenge, left.session, form["code"], visit.asked
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return ask(visit, *wording.placed(error))
    return challenges.go_on(visit, outcome, left.username)


def show_new(visit: Visit, username: str, session: str, codes: Sequence[str]) -> Response:
    """The codes stand in this answer alone: nothing keeps them, and no address shows them again."""
    response = _page(visit, codes)
    visit.flow.leave(response, Flow(paths.RECOVERY_CODES, username, session=session))
    return response


@challenges.needs_flow(paths.RECOVERY_CODES)
def show(visit: Visit, _left: Flow) -> Response:
    return _page(visit, ())


@challenges.needs_flow(paths.RECOVERY_CODES)
def submit(visit: Visit, left: Flow, _form: Mapping[str, str]) -> Response:
    """The codes were seen: the sign-in goes on."""
    try:
        outcome = local_sign_in.finish_set_up(
            visit.kernel, visit.context, left.session, {}, visit.asked
        )
    except IdpError as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    return challenges.go_on(visit, outcome, left.username)


def _page(visit: Visit, codes: Sequence[str]) -> Response:
    links = {"continue": visit.link(paths.RECOVERY_CODES)}
    # A data: address, so the codes stay in this one answer and need no script to be kept.
    file = "data:text/plain;charset=utf-8," + quote("".join(f"{code}\n" for code in codes))
    details = {"codes": codes, "file": file}
    screen = Screen("recovery_codes", links=links, details=details, is_shown_once=bool(codes))
    return visit.show(screen)


def _waiting(visit: Visit) -> Flow | None:
    """A second factor that is asked for; one that is yet to be set up has no stand-in."""
    left = visit.flow.read(paths.SECOND_FACTOR) or visit.flow.read(paths.CHOOSE_FACTOR)
    return left if left is not None and left.challenge != mfa_setup.NAME else None
