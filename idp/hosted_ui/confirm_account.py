"""/confirm and /resendcode: the code that proves a new account's address.

The browser that has signed up goes on signed in, without the password once more: its flow holds
SignUp's Session, so whoever is at it chose the password minutes ago (AuthSessionValidity), and the
code proves the address. It is the sign-in that ConfirmSignUp's Session buys an application
(`signed_up`), and passes all that a sign-in at these pages passes: the risk, the triggers, the
device, the second factor. Any other browser, and any sign-up that this Session is not good for (the
client has no ALLOW_USER_AUTH, the pool is of the tier Lite, it took too long, something refuses),
signs in as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import challenges, fields, local_sign_in, paths, wording
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import delivery
from idp.user_pools.services import confirmation_links, sign_up_confirmation
from idp.user_pools.services.sign_in import mfa_setup
from idp.user_pools.services.sign_in.attempt import Challenge
from idp.user_pools.services.sign_up_confirmation import Confirmed


def show(
    visit: Visit,
    username: str = "",
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    """Who comes without a flow (another device, a later day) says his name as well."""
    left = visit.flow.read(paths.CONFIRM)
    links = {"sign_in": visit.link(paths.SIGN_IN)}
    if left:
        links["resend"] = visit.link(paths.RESEND)
    return visit.show(
        Screen(
            "confirm_account",
            fields=_fields(visit, left),
            values={"username": username},
            errors=errors or {},
            alert=alert,
            notice=left.notice if left else "",
            links=links,
            destination=left.destination if left else "",
            details={"waits_for_link": _waits_for_link(visit, left)},
        )
    )


def _fields(visit: Visit, left: Flow | None) -> tuple[Field, ...]:
    return (fields.CODE,) if left else (fields.sign_in_name(visit.context.pool), fields.CODE)


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    left = visit.flow.read(paths.CONFIRM)
    username = left.username if left else form.get("username", "")
    code = form.get("code", "")
    if not username or not code:
        return show(visit, username, {"code": N_("Enter the code.")})
    try:
        confirmed = sign_up_confirmation.confirm(
            visit.kernel, visit.context, username, code, {}, here=visit.asked.circumstances
        )
    except IdpError as error:
        return show(visit, username, *wording.placed(error))
    outcome = _signed_in(visit, left, confirmed)
    if outcome is not None:
        return challenges.go_on(visit, outcome, username)
    notice = N_("Your account is confirmed. Sign in to continue.")
    return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))


def _signed_in(
    visit: Visit, left: Flow | None, confirmed: Confirmed | None
) -> SignedIn | Challenge | None:
    """Who has signed up in this browser, or the challenge that comes first; None where the person
    has to sign in."""
    if left is None or not left.session or confirmed is None:
        return None
    try:
        outcome = local_sign_in.go_on(
            visit.kernel, visit.context, left.session, left.username, confirmed, visit.asked
        )
    except IdpError:  # said again at the sign-in, where it matters
        return None
    # By his password he may have a second factor already: the mailbox, which now was the first.
    has_to_set_up = isinstance(outcome, Challenge) and outcome.name == mfa_setup.NAME
    return None if has_to_set_up else outcome


def resend(visit: Visit, _form: Mapping[str, str]) -> Response:
    left = visit.flow.read(paths.CONFIRM)
    if left is None:
        return show(visit)
    try:
        destination = sign_up_confirmation.resend(
            visit.kernel, visit.context, left.username, {}, visit.asked.circumstances
        )
    except IdpError as error:
        return show(visit, left.username, alert=wording.message(error))
    sent = replace(left, destination=delivery.mask(destination.address))
    notice = (
        N_("We sent a new link.") if _waits_for_link(visit, sent) else N_("We sent a new code.")
    )
    sent = replace(sent, notice=notice)
    return visit.go(paths.CONFIRM, sent)


def _waits_for_link(visit: Visit, left: Flow | None) -> bool:
    """Whether there is no code to type: the message went by e-mail, and holds a link instead."""
    pool = visit.context.pool
    if left is not None and left.destination:
        went_by_email = "@" in left.destination
    else:
        went_by_email = "phone_number" not in pool.settings.get("AutoVerifiedAttributes", ())
    return went_by_email and confirmation_links.are_sent(pool)
