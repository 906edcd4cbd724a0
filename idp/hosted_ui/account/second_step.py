"""/account/secondStep and /account/authenticator: which second factors are used, a new
authenticator, and new recovery codes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from flask import Response
from sqlalchemy.orm import Session

from idp.errors import IdpError, InvalidParameter
from idp.hosted_ui import fields, set_up_authenticator, wording
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.choose_factor import LABELS
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import second_factors
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.services import (
    mfa_preferences,
    own_authenticator,
    recovery_codes,
    software_tokens,
    users,
)
from kernel.statements import Rows

ON, OFF, PREFER = "on", "off", "prefer"
CHANGES: Mapping[str, Mapping[str, bool]] = {
    ON: {"Enabled": True},
    OFF: {"Enabled": False, "PreferredMfa": False},
    PREFER: {"Enabled": True, "PreferredMfa": True},
}
SETTINGS = {factor: member for member, factor in mfa_preferences.MEMBERS.items()}
CHANGED = N_("Your second step is changed.")
NOT_USABLE = N_("You cannot use this yet: set it up first.")
ONLY_ONE = N_("You need a second step here: turn on another one before you turn this one off.")


@needs_person(recently=True)
def show_factors(visit: Visit, here: Here, alert: str = "") -> Response:
    user, settings = here.owner.user, visit.context.pool.settings
    has_token = visit.kernel.database.look_up(software_tokens.is_in_use, user.id)
    enabled, preferred = user.mfa.get("enabled", []), user.mfa.get("preferred")
    rows = [
        {
            "factor": factor,
            "label": shown(LABELS[factor]),
            "is_on": factor in enabled,
            "is_preferred": factor == preferred,
            "is_usable": _is_usable(here, factor, has_token),
            "is_authenticator": factor == second_factors.SOFTWARE_TOKEN,
        }
        for factor in second_factors.active(settings)
    ]
    details = {
        "rows": rows,
        "has_token": has_token,
        "authenticator": visit.link(places.AUTHENTICATOR),
    }
    return show(visit, here, places.SECOND_STEP, alert=alert, details=details)


@needs_person(recently=True)
def submit_factors(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    """A change of one factor (`on:EMAIL_OTP`), or new recovery codes."""
    wish, _, factor = form.get("change", "").partition(":")
    if wish == "codes":
        return _new_codes(visit, here)
    if wish not in CHANGES or factor not in SETTINGS:
        return show_factors(visit)
    if wish == OFF and _is_last(visit, here, factor):
        return show_factors(visit, ONLY_ONE)
    try:
        visit.kernel.database.write(_set, visit, here, {SETTINGS[factor]: CHANGES[wish]})
    except InvalidParameter:
        return show_factors(visit, NOT_USABLE)
    except IdpError as error:
        return show_factors(visit, wording.message(error))
    return done(visit, places.SECOND_STEP, CHANGED)


@needs_person(recently=True)
def show_authenticator(
    visit: Visit, here: Here, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    """A secret of this page alone. One that somebody with a stolen token has had handed out must
    never be what the person scans."""
    user = here.owner.user
    if second_factors.SOFTWARE_TOKEN not in second_factors.active(visit.context.pool.settings):
        return done(visit, places.ACCOUNT, "")
    secret = _shown_secret(visit, here) or software_tokens.new_secret(visit.kernel)
    response = show(
        visit,
        here,
        places.AUTHENTICATOR,
        fields=(fields.CODE,),
        errors=errors,
        alert=alert,
        details=set_up_authenticator.picture(visit, secret, user),
    )
    kept = base64.b64encode(secret).decode()
    visit.flow.leave(response, Flow(places.AUTHENTICATOR, user.id, session=kept))
    return response


@needs_person(recently=True)
def submit_authenticator(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    """A right code takes it into use and turns it on; the answer shows new recovery codes."""
    code, secret = "".join(form.get("code", "").split()), _shown_secret(visit, here)
    if secret is None:
        return done(visit, places.AUTHENTICATOR, "")
    if not code:
        return show_authenticator(visit, {"code": N_("Enter the code.")})
    try:
        own_authenticator.verify(visit.kernel, here.owner, code, None, secret)
        visit.kernel.database.write(_turn_on, visit, here)
    except IdpError as error:
        return show_authenticator(visit, *wording.placed(error))
    response = _new_codes(visit, here)
    visit.flow.clear(response)
    return response


def _shown_secret(visit: Visit, here: Here) -> bytes | None:
    """What the page has shown to this person, in the sealed cookie."""
    left = visit.flow.read(places.AUTHENTICATOR)
    if left is None or not left.session or left.username != here.owner.user.id:
        return None
    return base64.b64decode(left.session)


def _turn_on(session: Session, visit: Visit, here: Here) -> None:
    user = users.by_id(session, here.owner.user.id, to_change=True)
    mfa_preferences.turn_on(visit.kernel, user, second_factors.SOFTWARE_TOKEN)


def _set(session: Session, visit: Visit, here: Here, wanted: Mapping[str, object]) -> None:
    user = users.by_id(session, here.owner.user.id, to_change=True)
    mfa_preferences.change(session, visit.kernel, visit.context.pool, user, wanted)


def _new_codes(visit: Visit, here: Here) -> Response:
    """They stand in this answer alone; the ones before are worth nothing any more."""

    def unit(session: Session) -> Sequence[str]:
        user = users.by_id(session, here.owner.user.id, to_change=True)
        if not software_tokens.is_in_use(Rows.of(session), user.id):
            return ()
        return recovery_codes.make(session, visit.kernel, user.id)

    codes = visit.kernel.database.write(unit)
    if not codes:
        return show_factors(visit, NOT_USABLE)
    file = "data:text/plain;charset=utf-8," + quote("".join(f"{code}\n" for code in codes))
    details = {"codes": codes, "file": file, "back": visit.link(places.SECOND_STEP)}
    return show(visit, here, places.RECOVERY_CODES, details=details, is_shown_once=True)


def _is_usable(here: Here, factor: str, has_token: bool) -> bool:
    if factor == second_factors.SOFTWARE_TOKEN:
        return has_token
    attributes, kind = here.owner.user.attributes, second_factors.ADDRESSES[factor]
    return bool(attributes.get(kind)) and is_verified(attributes, kind)


def _is_last(visit: Visit, here: Here, factor: str) -> bool:
    """Whether a pool that requires a second step would be left with none of his."""
    is_required = visit.context.pool.settings["MfaConfiguration"] == "ON"
    enabled = set(here.owner.user.mfa.get("enabled", ()))
    return is_required and enabled <= {factor, second_factors.PASSKEY}
