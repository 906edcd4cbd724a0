"""Which second factors a user has turned on, and which one he prefers (`User.mfa`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import User, UserPool
from idp.user_pools.rules import second_factors as factors
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.services import software_tokens
from kernel.runtime import Kernel
from kernel.statements import Rows

MEMBERS: Mapping[str, str] = {
    "SMSMfaSettings": factors.SMS,
    "EmailMfaSettings": factors.EMAIL,
    "SoftwareTokenMfaSettings": factors.SOFTWARE_TOKEN,
}
SMS_OPTION = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}


def change(
    session: Session, kernel: Kernel, pool: UserPool, user: User, request: Mapping[str, Any]
) -> None:
    """SetUserMFAPreference: what the request leaves out stays as it is. Raises
    `InvalidParameter`. `user` was loaded to be changed."""
    given = {factor: request[name] for name, factor in MEMBERS.items() if name in request}
    enabled, preferred = list(user.mfa.get("enabled", [])), user.mfa.get("preferred")
    wanted = [factor for factor, each in given.items() if each.get("PreferredMfa")]
    if len(wanted) > 1:
        raise InvalidParameter("Only one MFA factor can be set as preferred.")
    for factor, settings in given.items():
        if settings.get("Enabled"):
            _check_usable(session, pool, user, factor)
            enabled = [*(each for each in enabled if each != factor), factor]
        elif settings.get("PreferredMfa"):
            raise InvalidParameter("An MFA factor must be enabled to be preferred.")
        elif "Enabled" in settings:
            enabled = [each for each in enabled if each != factor]
        if settings.get("PreferredMfa") is False and preferred == factor:
            preferred = None
    enabled = _with_passkeys(pool, enabled, request.get("WebAuthnMfaSettings"))
    _store(kernel, user, enabled, wanted[0] if wanted else preferred)


def set_legacy(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    options: Sequence[Mapping[str, Any]],
) -> None:
    """SetUserSettings: MFAOptions, "only to set an SMS configuration"."""
    if any({**SMS_OPTION, **option} != SMS_OPTION for option in options):
        raise InvalidParameter("MFAOptions can only be SMS to phone_number.")
    change(session, kernel, pool, user, {"SMSMfaSettings": {"Enabled": bool(options)}})


def turn_on(kernel: Kernel, user: User, factor: str) -> None:
    """A factor that the user has just set up at a sign-in; his first one is preferred."""
    enabled = [*(each for each in user.mfa.get("enabled", []) if each != factor), factor]
    _store(kernel, user, enabled, user.mfa.get("preferred") or factor)


def _store(kernel: Kernel, user: User, enabled: list[str], preferred: str | None) -> None:
    changed = {**user.mfa, "enabled": enabled, "preferred": preferred}
    if preferred not in enabled:
        del changed["preferred"]
    user.mfa = changed
    user.modified = kernel.clock.now()


def _check_usable(session: Session, pool: UserPool, user: User, factor: str) -> None:
    """The pool must have the factor, and the user what it needs: a verified address, or an
    authenticator whose code has been seen."""
    refusal = InvalidParameter(f"User does not have delivery config set to turn on {factor}")
    if factor not in factors.active(pool.settings):
        raise refusal
    if factor == factors.SOFTWARE_TOKEN:
        if not software_tokens.is_in_use(Rows.of(session), user.id):
            raise refusal
        return
    attribute = factors.ADDRESSES[factor]
    if not user.attributes.get(attribute) or (not is_verified(user.attributes, attribute)):
        raise refusal


def _with_passkeys(
    pool: UserPool, enabled: list[str], settings: Mapping[str, Any] | None
) -> list[str]:
    """WebAuthnMfaSettings: only where the pool counts passkeys as MFA, and beside another factor,
    "to prevent account lockout"."""
    others = [each for each in enabled if each != factors.PASSKEY]
    is_on = factors.PASSKEY in enabled if settings is None else settings.get("Enabled", False)
    if not is_on:
        return others
    if settings is not None and not factors.passkeys_are_both(pool.settings):
        raise InvalidParameter(
            "Passkey MFA needs the FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION."
        )
    if not others:
        raise InvalidParameter("Passkey MFA needs another MFA factor beside it.")
    return [*others, factors.PASSKEY]
