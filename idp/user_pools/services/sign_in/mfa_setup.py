"""MFA_SETUP: a user who must have a second factor and has none sets one up before he gets in.

    posed → AssociateSoftwareToken → VerifySoftwareToken → RespondToAuthChallenge
    posed → RespondToAuthChallenge with EMAIL → EMAIL_OTP

The session carries the secret until it is verified, so sign-ins do not meet each other's. Each
stage has sessions of its own: one that was not verified completes nothing. AssociateSoftwareToken
and VerifySoftwareToken name no client, so here the session does.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from idp.errors import (
    InvalidParameter,
    InvalidSession,
    SessionExpired,
    SessionSpent,
    SoftwareTokenNotEnabled,
    SoftwareTokenNotVerified,
)
from idp.models import User
from idp.user_pools.rules import attributes
from idp.user_pools.rules import one_time_passwords as totp
from idp.user_pools.rules import second_factors as factors
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.services import (
    lockout,
    messages,
    mfa_preferences,
    profiles,
    quick_reads,
    recovery_codes,
    software_tokens,
    subjects,
    users,
)
from idp.user_pools.services.sign_in import completion, ending, one_time_code, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, given
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable
from kernel.statements import Rows

NAME = "MFA_SETUP"
POSED, ASSOCIATED, VERIFIED = "posed", "associated", "verified"
"""The stages of a session."""


@dataclass(frozen=True)
class SetUp:
    """A set-up that is under way."""

    context: ClientContext
    pending: Pending
    user: User


def pose(attempt: Attempt[R], user: User, can_set_up: Sequence[str]) -> Challenge:
    """Of SMS_MFA the model says: "users will need help from an administrator"."""
    return Challenge(
        NAME,
        {
            "MFAS_CAN_SETUP": orjson.dumps(list(can_set_up)).decode(),
            "USER_ID_FOR_SRP": user.username,
        },
        _seal(attempt.kernel, attempt.context, POSED, sessions.pending(attempt, NAME)),
    )


def associate(kernel: Kernel, token: str) -> tuple[bytes, str]:
    """AssociateSoftwareToken: a new secret, and the session that is to verify it."""
    started = _open(kernel, token, POSED)
    if factors.SOFTWARE_TOKEN not in factors.active(started.context.pool.settings):
        raise SoftwareTokenNotEnabled
    secret = software_tokens.new_secret(kernel)
    pending = replace(started.pending, state=base64.b64encode(secret).decode())
    return secret, _seal(kernel, started.context, ASSOCIATED, pending)


def secret_of(kernel: Kernel, token: str) -> tuple[bytes, User]:
    """The secret that a session waits to verify, to show it again, and whose it is to be."""
    started = _open(kernel, token, ASSOCIATED)
    return base64.b64decode(started.pending.state), started.user


def verify(
    kernel: Kernel,
    token: str,
    code: str,
    name: str | None,
    *,
    makes_recovery_codes: bool = False,
) -> tuple[str, list[str]]:
    """VerifySoftwareToken: the session that satisfies MFA_SETUP; recovery codes if wanted.

    Raises `SoftwareTokenNotVerified` for a wrong code, which counts like a wrong password.
    """
    started = _open(kernel, token, ASSOCIATED)
    secret = base64.b64decode(started.pending.state)
    user, pool = started.user, started.context.pool
    with lockout.guess(kernel, pool.id, user.id):
        step = totp.matching_step(secret, code, kernel.clock.now())
        if step is None:
            kernel.database.write(lockout.record_failure, pool.id, user.id, kernel.clock.now())
            raise SoftwareTokenNotVerified
        _spend(kernel, started, ASSOCIATED)

    def unit(session: Session) -> tuple[str, list[str]]:
        present = users.by_id(session, user.id, to_change=True)
        check_open(Rows.of(session), started.context, present, started.pending.factors)
        if sessions.is_outdated(started.pending, present):
            raise InvalidSession
        kept = software_tokens.keep(session, kernel, user.id, secret, step, name)
        mfa_preferences.turn_on(kernel, present, factors.SOFTWARE_TOKEN)
        made = recovery_codes.make(session, kernel, user.id) if makes_recovery_codes else []
        return _proof(kept), made

    proof, codes = kernel.database.write(unit)
    return _seal(kernel, started.context, VERIFIED, replace(started.pending, state=proof)), codes


def _proof(modified: datetime) -> str:
    """What a verified session remembers of its authenticator: another one is not proved by it."""
    return f"{VERIFIED} {modified.isoformat()}"


def open_pending(
    kernel: Kernel,
    context: ClientContext,
    _challenge: str,
    token: str | None,
    responses: Mapping[str, str],
) -> Pending:
    """The session that VerifySoftwareToken answered; where EMAIL comes, the one that was posed."""
    token = given("Session", token)
    client_id, pending = _unseal(kernel, token, POSED if "EMAIL" in responses else VERIFIED)
    if client_id != context.client.id:
        raise InvalidSession
    return pending


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Complete a sign-in whose user has set up what he needs, or set up his e-mail address."""
    user, kernel = attempt.user, attempt.kernel
    if user is None or user.id != pending.user_id or not pending.factors:
        raise InvalidSession
    completion.check_state(user)
    if "EMAIL" in responses:
        return pose_email(attempt, user, responses["EMAIL"])
    modified = kernel.database.look_up(software_tokens.modified, user.id)
    is_verified = modified is not None and pending.state == _proof(modified)
    if not is_verified or user.status == "FORCE_CHANGE_PASSWORD":
        raise InvalidSession
    sessions.spend(kernel, attempt.context, pending)
    return ending.finish(attempt.proved(factors.SOFTWARE_TOKEN), user)


def pose_email(attempt: Attempt[R], user: User, address: str) -> Challenge:
    """EMAIL_OTP to a new address; the right code makes it the user's."""
    pool = attempt.context.pool
    attempt.kernel.database.look_up(check_open, attempt.context, user, attempt.factors)
    if factors.EMAIL not in factors.active(pool.settings):
        raise InvalidParameter("Email MFA is not enabled for the user pool.")
    if factors.EMAIL in factors.spent(attempt.factors):
        raise InvalidParameter("The sign-in began with an email: set up another factor.")
    stored = attributes.changed_attributes(pool.schema, {"email": address})
    destination = Destination("email", stored["email"])
    return one_time_code.pose(
        attempt,
        user,
        one_time_code.EMAIL_OTP,
        destination,
        messages.authentication_text(pool),
        {"USER_ID_FOR_SRP": user.username},
        proves=destination.address,
    )


def adopt_email(attempt: Attempt[R], user: User, address: str) -> User:
    """The code of `pose_email` came back: the address is the user's, verified, and turned on.
    Raises `InvalidSession` where he has a second factor by now, and `AliasExists`."""
    kernel, pool = attempt.kernel, attempt.context.pool

    def unit(session: Session) -> User:
        present = users.by_id(session, user.id, to_change=True)
        check_open(Rows.of(session), attempt.context, present, attempt.factors)
        profiles.mark_verified(session, pool, present, "email", kernel.clock.now(), address)
        mfa_preferences.turn_on(kernel, present, factors.EMAIL)
        return present

    return kernel.database.write(unit)


def check_open(rows: Rows, context: ClientContext, user: User, proved: Sequence[str]) -> None:
    """Who has a second factor by now must use it: an older session does not replace it. What he
    began with is none. Where none is required any more, nobody sets one up in passing: the code for
    an address that was taken from a user would bring it back."""
    completion.check_state(user)
    if context.pool.settings["MfaConfiguration"] == "OPTIONAL":
        raise InvalidSession
    spent = factors.spent(proved)
    offered = [each for each in factors.active(context.pool.settings) if each not in spent]
    means = factors.Means(user.attributes, software_tokens.is_in_use(rows, user.id))
    if user.status == "FORCE_CHANGE_PASSWORD" or any(means.allow(each) for each in offered):
        raise InvalidSession


def _open(kernel: Kernel, token: str, stage: str) -> SetUp:
    client_id, pending = _unseal(kernel, token, stage)

    def unit(rows: Rows) -> SetUp:
        context = subjects.load_client(rows, kernel, client_id)
        user = quick_reads.user_by_id(rows, pending.user_id or "")
        if user is None or not pending.factors:
            raise InvalidSession
        check_open(rows, context, user, pending.factors)
        return SetUp(context, pending, user)

    found = kernel.database.look_up(unit)
    sessions.check_goes_on(kernel, pending, found.user)
    return found


def _seal(kernel: Kernel, context: ClientContext, stage: str, pending: Pending) -> str:
    value = {"client_id": context.client.id, "pending": asdict(pending)}
    return kernel.sealer.seal_token(value, _purpose(stage), sessions.lifetime(context))


def _unseal(kernel: Kernel, token: str, stage: str) -> tuple[str, Pending]:
    """The client and what is remembered. Raises `InvalidSession`, or `SessionExpired`."""
    try:
        value: dict[str, Any] = kernel.sealer.open_token(token, _purpose(stage))
    except Expired:
        raise SessionExpired from None
    except Unsealable:
        raise InvalidSession from None
    return value["client_id"], Pending(**value["pending"])


def _spend(kernel: Kernel, started: SetUp, stage: str) -> None:
    key = f"{stage}:{NAME}:{started.pending.sign_in_id}"
    if not kernel.shared_state.claim(key, sessions.lifetime(started.context)):
        raise SessionSpent


def _purpose(stage: str) -> str:
    return f"challenge:{NAME}:{stage}"
