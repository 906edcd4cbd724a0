"""/selectChallenge and what follows: how to prove oneself, after one's name was said (USER_AUTH).

/login → /selectChallenge → /password, or /signInCode with a code from a message; a passkey is
answered to /login, which needs no name for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import (
    DirectoryPasswordExpired,
    IdpError,
    InvalidSession,
    PasswordResetRequired,
    UserNotConfirmed,
)
from idp.hosted_ui import challenges, fields, local_sign_in, passkey, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services.sign_in import choice, passwordless, web_authn
from idp.user_pools.services.sign_in.attempt import Challenge

LABELS: Mapping[str, str] = {
    choice.PASSWORD: N_("Password"),
    "EMAIL_OTP": N_("Code by email"),
    "SMS_OTP": N_("Code by text message"),
}


def begin(visit: Visit, username: str) -> Response:
    """From the name to the choice; who has none goes on with the only way. Raises as
    `local_sign_in.choices`."""
    challenge = local_sign_in.choices(visit.kernel, visit.context, username, visit.asked)
    options = tuple(name for name in challenge.available if name != choice.PASSWORD_SRP)
    session = challenge.session or ""
    if options == (choice.PASSWORD,):
        return visit.go(paths.PASSWORD, Flow(paths.PASSWORD, username, session=session))
    flow = Flow(paths.CHOOSE_SIGN_IN, username, session=session, options=options)
    return visit.go(paths.CHOOSE_SIGN_IN, flow)


@challenges.needs_flow(paths.CHOOSE_SIGN_IN)
def show(visit: Visit, left: Flow, alert: str = "") -> Response:
    by_passkey = passkey.sign_in_options(visit) if web_authn.NAME in left.options else ""
    return visit.show(
        Screen(
            "choose_sign_in",
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
            details={
                "username": left.username,
                "choices": [(each, shown(LABELS[each])) for each in left.options if each in LABELS],
                "passkey": by_passkey,
            },
        )
    )


@challenges.needs_flow(paths.CHOOSE_SIGN_IN)
def submit(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    chosen = form.get("factor", "")
    if chosen not in left.options or chosen not in LABELS:
        return show(visit, N_("Choose one of these."))
    if chosen == choice.PASSWORD:
        return visit.go(paths.PASSWORD, Flow(paths.PASSWORD, left.username, session=left.session))
    try:
        outcome = local_sign_in.choose(
            visit.kernel, visit.context, left.session, chosen, visit.asked
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, wording.message(error))
    if isinstance(outcome, Challenge) and outcome.name in passwordless.KINDS:
        return visit.go(paths.SIGN_IN_CODE, _code(outcome, left.username))
    return challenges.go_on(visit, outcome, left.username)


def _code(posed: Challenge, username: str) -> Flow:
    destination = posed.parameters.get("CODE_DELIVERY_DESTINATION", "")
    return Flow(paths.SIGN_IN_CODE, username, destination, posed.session or "", posed.name)


@challenges.needs_flow(paths.PASSWORD)
def show_password(visit: Visit, left: Flow, alert: str = "") -> Response:
    return visit.show(
        Screen(
            "password",
            fields=(fields.PASSWORD,),
            values={"username": left.username},
            alert=alert,
            links={
                "sign_in": visit.link(paths.SIGN_IN),
                "forgot_password": visit.link(paths.FORGOT),
            },
        )
    )


@challenges.needs_flow(paths.PASSWORD)
def submit_password(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    if "password" not in form:
        return show_password(visit, N_("Enter your password."))
    try:
        outcome = local_sign_in.choose(
            visit.kernel,
            visit.context,
            left.session,
            choice.PASSWORD,
            visit.asked,
            form["password"],
        )
    except UserNotConfirmed:
        return confirm_first(visit, left.username)
    except DirectoryPasswordExpired as error:
        return show_password(visit, wording.message(error))
    except PasswordResetRequired:
        return reset_first(visit, left.username)
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show_password(visit, wording.message(error))
    return challenges.go_on(visit, outcome, left.username)


@challenges.needs_flow(paths.SIGN_IN_CODE)
def show_code(
    visit: Visit, left: Flow, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    return visit.show(
        Screen(
            "sign_in_code",
            fields=(fields.CODE,),
            errors=errors or {},
            alert=alert,
            destination=left.destination,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


@challenges.needs_flow(paths.SIGN_IN_CODE)
def submit_code(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    code = "".join(form.get("code", "").split())
    if not code or left.challenge not in passwordless.KINDS:
        return show_code(visit, {"code": N_("Enter the code.")})
    try:
        outcome = local_sign_in.redeem_code(
            visit.kernel, visit.context, left.session, code, visit.asked, left.challenge
        )
    except UserNotConfirmed:
        return confirm_first(visit, left.username)
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show_code(visit, *wording.placed(error))
    return challenges.go_on(visit, outcome, left.username)


def confirm_first(visit: Visit, username: str) -> Response:
    notice = N_("Your account is not confirmed yet.")
    return visit.go(paths.CONFIRM, Flow(paths.CONFIRM, username, notice=notice))


def reset_first(visit: Visit, username: str) -> Response:
    notice = N_("Your password has to be set anew. Enter the code that was sent to you.")
    return visit.go(paths.RESET, Flow(paths.RESET, username, notice=notice))
