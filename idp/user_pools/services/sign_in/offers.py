"""What somebody who signs in can choose from (USER_AUTH).

A missing user is offered what a plausible one would be, stable for each name, where the client
hides who exists; so is one who has not been confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from idp.errors import UserNotConfirmed, UserNotFound, WebAuthnConfigurationMissing
from idp.models import User, UserPool
from idp.user_pools.rules import first_factors, passkeys, usernames
from idp.user_pools.rules.attributes import is_email, is_phone_number
from idp.user_pools.rules.first_factors import Means
from idp.user_pools.rules.passkeys import Known, RelyingParty
from idp.user_pools.rules.simulated_people import simulated
from idp.user_pools.services import passkeys as stored_passkeys
from idp.user_pools.services import relying_party, user_directories
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.user_directories import Directory
from kernel.runtime import Kernel
from kernel.statements import Rows

NOBODY = "-"
"""The id of no user."""


@dataclass(frozen=True)
class Offers:
    """The challenges to choose from, and the passkeys for the one among them that needs some."""

    challenges: tuple[str, ...]
    sendable: frozenset[str] = frozenset()
    """The one-time passwords among them that really can be sent."""
    party: RelyingParty | None = None
    passkeys: Sequence[Known] = ()


def of_attempt(attempt: Attempt[R]) -> Offers:
    """Raises `UserNotFound` and `UserNotConfirmed` where the caller may know it."""
    user, context = attempt.user, attempt.context
    if not context.hides_missing_users:
        if user is None and context.directory is None:  # it may know him
            raise UserNotFound
        if user is None:
            return _simulated(attempt)
        if user.status == "UNCONFIRMED":
            raise UserNotConfirmed
    if user is None:
        return _simulated(attempt)
    if user.status == "UNCONFIRMED":
        return _of_unconfirmed(attempt, user)
    real = of_user(attempt.kernel, context.pool, context.directory, user)
    return _with_simulated(attempt, real, user) if context.hides_missing_users else real


def to_everybody(context: ClientContext) -> tuple[str, ...]:
    """What the pool's settings alone offer, where the client hides who exists: nobody has to be
    looked at for it, and his password is checked as in the flows that know no choice."""
    if not context.hides_missing_users:
        return ()
    plausible = _plausible(context, {}, frozenset())
    return first_factors.offered(context.pool.settings, plausible)


def of_user(kernel: Kernel, pool: UserPool, directory: Directory | None, user: User) -> Offers:
    """What a real user can choose from."""
    settings = pool.settings
    party, known = _passkeys(kernel, pool, user)
    challenges = first_factors.offered(settings, means(pool, directory, user, bool(known)))
    sendable = first_factors.ONE_TIME_PASSWORDS.keys() & set(challenges)
    return Offers(challenges, frozenset(sendable), party, known)


def configured(
    kernel: Kernel, pool: UserPool, directory: Directory | None, user: User
) -> list[str]:
    """ConfiguredUserAuthFactors: the same as factors, of which SRP is none by itself."""
    challenges = of_user(kernel, pool, directory, user).challenges
    return [name for name in challenges if name != "PASSWORD_SRP"]


def means(pool: UserPool, directory: Directory | None, user: User, has_passkey: bool) -> Means:
    """What a user could prove himself with. Nothing is opened for it: that would take time which
    nobody's offers take."""
    settings = pool.settings
    has_verifier = user.sealed_verifier is not None and user.srp_salt is not None
    return Means(
        has_password=has_verifier
        or user.password_hash is not None
        or (directory is not None and user_directories.may_know_password(directory, user)),
        has_verifier=has_verifier and has_verifiers(pool, directory),
        verified=first_factors.verified_addresses(user.attributes),
        has_passkey=has_passkey,
        needs_second_factor=first_factors.needs_second_factor(settings, user.mfa),
        passkey_is_both=first_factors.passkey_is_both(settings, user.mfa),
        may_be_passwordless=user.status == "CONFIRMED",
    )


def has_verifiers(pool: UserPool, directory: Directory | None) -> bool:
    """Whether SRP is offered. A pool that keeps hashes has no stand-in for a missing verifier, and
    whoever has one from before would be told apart by it; so would be the pool's own users, where
    a directory checks the passwords of the others."""
    by_directory = directory is not None and directory.settings.is_source
    return pool.password_storage != "argon2id" and not by_directory


def _simulated(attempt: Attempt[R]) -> Offers:
    """The same look-ups as for a real user."""
    pool = attempt.context.pool
    party, _ = _passkeys(attempt.kernel, pool, None)
    normalised = usernames.normalise(attempt.username, pool.settings)
    seed = attempt.kernel.sealer.derive("simulated-factors", pool.id, normalised)
    person = simulated(seed, pool.settings, _plausible_addresses(pool.settings, normalised))
    known: Sequence[Known] = ()
    if party is not None:
        party = relying_party.met_by(party, pool, person.mfa)
        known = _simulated_passkeys(attempt, normalised, person.passkeys)
    plausible = _plausible(attempt.context, person.mfa, person.verified, has_passkey=bool(known))
    return Offers(first_factors.offered(pool.settings, plausible), frozenset(), party, known)


def _simulated_passkeys(attempt: Attempt[R], normalised: str, number: int) -> Sequence[Known]:
    """From bytes of their own: those that decide whether there are any would show in them."""
    pool_id, derive = attempt.context.pool.id, attempt.kernel.sealer.derive
    made = []
    for n in range(number):
        parts = (derive(f"simulated-passkey-{n}-{part}", pool_id, normalised) for part in range(3))
        made.append(passkeys.simulated(b"".join(parts)))
    return passkeys.in_order(made)


def _plausible(
    context: ClientContext,
    mfa: Mapping[str, Any],
    verified: frozenset[str],
    *,
    has_passkey: bool = False,
) -> Means:
    """Of somebody with a password who has proved such addresses."""
    pool = context.pool
    return Means(
        has_password=True,
        has_verifier=has_verifiers(pool, context.directory),
        verified=verified,
        has_passkey=has_passkey,
        needs_second_factor=first_factors.needs_second_factor(pool.settings, mfa),
        passkey_is_both=first_factors.passkey_is_both(pool.settings, mfa),
    )


def _of_unconfirmed(attempt: Attempt[R], user: User) -> Offers:
    """The same, but what is sent to the address that he gave is right: whoever enters it is told
    that he has to confirm his account first, and nobody else is."""
    simulated = _simulated(attempt)
    sendable = {
        name
        for name, attribute in first_factors.ONE_TIME_PASSWORDS.items()
        if name in simulated.challenges and user.attributes.get(attribute)
    }
    return replace(simulated, sendable=frozenset(sendable))


def _with_simulated(attempt: Attempt[R], real: Offers, user: User) -> Offers:
    """Whether somebody is invited, has proved no address or has no password must not show either:
    he is offered what would be offered to nobody, which sends no message and opens nothing. Who
    has a second factor is not offered one-time passwords: nor are some of the missing."""
    pool = attempt.context.pool
    normalised = usernames.normalise(attempt.username, pool.settings)
    addresses = _plausible_addresses(pool.settings, normalised)
    plausible = _plausible(attempt.context, user.mfa, addresses)
    shown = {*real.challenges, *first_factors.offered(pool.settings, plausible)}
    return replace(real, challenges=tuple(n for n in first_factors.CHALLENGES if n in shown))


def _plausible_addresses(settings: first_factors.Settings, typed: str) -> frozenset[str]:
    """Which addresses a user of this pool and name would have proved."""
    if is_email(typed):
        return frozenset({"email"})
    if is_phone_number(typed):
        return frozenset({"phone_number"})
    return frozenset(
        settings.get("AutoVerifiedAttributes") or settings.get("UsernameAttributes", ())
    )


def _passkeys(
    kernel: Kernel, pool: UserPool, user: User | None
) -> tuple[RelyingParty | None, Sequence[Known]]:
    if "WEB_AUTHN" not in first_factors.allowed(pool.settings):
        return None, ()

    def unit(rows: Rows) -> tuple[RelyingParty | None, Sequence[Known]]:
        try:
            party = relying_party.find(rows, kernel, pool, user)
        except WebAuthnConfigurationMissing:
            return None, ()
        user_id = NOBODY if user is None else user.id
        return party, stored_passkeys.of_user(rows, user_id, party.id)

    return kernel.database.look_up(unit)
