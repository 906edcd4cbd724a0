"""/selectMfa: which second factor to use, or to set up."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError, InvalidSession
from idp.hosted_ui import challenges, local_sign_in, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.second_factor import recovery_link
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import second_factors
from idp.user_pools.services.sign_in import mfa_setup

LABELS: Mapping[str, str] = {
    second_factors.SMS: N_("Text message"),
    second_factors.EMAIL: N_("Email"),
    second_factors.SOFTWARE_TOKEN: N_("Authenticator app"),
}


@challenges.needs_flow(paths.CHOOSE_FACTOR)
def show(visit: Visit, left: Flow, alert: str = "") -> Response:
    sets_up = left.challenge == mfa_setup.NAME
    recovery = {} if sets_up else recovery_link(visit)
    return visit.show(
        Screen(
            "choose_factor",
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN), **recovery},
            details={
                "choices": [(factor, shown(LABELS[factor])) for factor in left.options],
                "sets_up": sets_up,
            },
        )
    )


@challenges.needs_flow(paths.CHOOSE_FACTOR)
def submit(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    chosen = form.get("factor", "")
    if chosen not in left.options:
        return show(visit, N_("Choose one of these."))
    try:
        return _go(visit, left, chosen)
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, wording.message(error))


def _go(visit: Visit, left: Flow, chosen: str) -> Response:
    if left.challenge != mfa_setup.NAME:
        outcome = local_sign_in.answer(
            visit.kernel,
            visit.context,
            left.challenge,
            left.session,
            {"ANSWER": chosen},
            visit.asked,
        )
        return challenges.go_on(visit, outcome, left.username)
    if chosen == second_factors.EMAIL:
        return challenges.set_up_email(visit, left.username, left.session)
    return challenges.set_up_authenticator(visit, left.username, left.session)
