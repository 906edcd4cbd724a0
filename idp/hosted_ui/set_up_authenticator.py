"""/setUpAuthenticator: a new authenticator app, by QR code or by hand, and its first code."""

from __future__ import annotations

from collections.abc import Mapping

import segno
from flask import Response

from idp.errors import IdpError, InvalidSession
from idp.hosted_ui import challenges, fields, paths, recovery_codes, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.models import User
from idp.texts import N_
from idp.user_pools.rules import one_time_passwords
from idp.user_pools.services.sign_in import mfa_setup

GROUP = 4


@challenges.needs_flow(paths.SET_UP_AUTHENTICATOR)
def show(
    visit: Visit, left: Flow, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    try:
        details = _details(visit, left)
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    return visit.show(
        Screen(
            "set_up_authenticator",
            fields=(fields.CODE,),
            errors=errors or {},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
            details=details,
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    """A right code enrols the authenticator, and the answer shows the recovery codes."""
    left = visit.flow.read(paths.SET_UP_AUTHENTICATOR)
    if left is None and (shown := visit.flow.read(paths.RECOVERY_CODES)):
        # The page with the codes is this form's answer, and was loaded again.
        return visit.go(paths.RECOVERY_CODES, shown)
    if left is None:
        return challenges.start_again(visit)
    code = "".join(form.get("code", "").split())
    if not code:
        return show(visit, {"code": N_("Enter the code.")})
    try:
        session, codes = mfa_setup.verify(
            visit.kernel, left.session, code, None, makes_recovery_codes=True
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, *wording.placed(error))
    return recovery_codes.show_new(visit, left.username, session, codes)


def _details(visit: Visit, left: Flow) -> dict[str, str]:
    return picture(visit, *mfa_setup.secret_of(visit.kernel, left.session))


def picture(visit: Visit, secret: bytes, user: User) -> dict[str, str]:
    """The secret as text, in groups that can be read aloud, and as a QR code."""
    pool = visit.context.pool
    account = user.attributes.get("email") or user.username
    address = one_time_passwords.address(secret, account, pool.name)
    text = one_time_passwords.secret_code(secret)
    image = segno.make(address, error="m", micro=False)
    return {
        "secret": " ".join(text[i : i + GROUP] for i in range(0, len(text), GROUP)),
        "image": image.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"),
        "address": address,
    }
