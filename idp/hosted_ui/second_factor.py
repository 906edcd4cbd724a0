"""/mfa: the code of a second factor, from a message or an authenticator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response

from idp.errors import IdpError, InvalidSession
from idp.hosted_ui import challenges, fields, local_sign_in, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import second_factors

RESPONSES: Mapping[str, str] = {
    second_factors.SMS: "SMS_MFA_CODE",
    second_factors.EMAIL: "EMAIL_OTP_CODE",
    second_factors.SOFTWARE_TOKEN: "SOFTWARE_TOKEN_MFA_CODE",
}
"""The response of each challenge that holds the code."""


@challenges.needs_flow(paths.SECOND_FACTOR)
def show(
    visit: Visit, left: Flow, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    return visit.show(
        Screen(
            "second_factor",
            fields=(fields.CODE,),
            errors=errors or {},
            alert=alert,
            notice=left.notice,
            links={"sign_in": visit.link(paths.SIGN_IN), **recovery_link(visit)},
            destination=left.destination,
            details={"challenge": left.challenge},
        )
    )


@challenges.needs_flow(paths.SECOND_FACTOR)
def submit(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    if form.get("action") == "resend":
        return _resend(visit, left)
    code = "".join(form.get("code", "").split())
    if not code:
        return show(visit, {"code": N_("Enter the code.")})
    try:
        outcome = local_sign_in.answer(
            visit.kernel,
            visit.context,
            left.challenge,
            left.session,
            {RESPONSES[left.challenge]: code},
            visit.asked,
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, *wording.placed(error))
    return challenges.go_on(visit, outcome, left.username)


def recovery_link(visit: Visit) -> dict[str, str]:
    """Recovery codes are made with authenticators."""
    if second_factors.SOFTWARE_TOKEN not in second_factors.active(visit.context.pool.settings):
        return {}
    return {"recover": visit.link(paths.RECOVER)}


def _resend(visit: Visit, left: Flow) -> Response:
    try:
        challenge = local_sign_in.send_again(
            visit.kernel, visit.context, left.challenge, left.session, visit.asked
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, alert=wording.message(error))
    sent = replace(left, session=challenge.session or "", notice=N_("We sent a new code."))
    return visit.go(paths.SECOND_FACTOR, sent)
