"""TARGET_ACR_VALUES, MAX_AGE and ACCESS_TOKEN of USER_AUTH: signing in to a level.

Cognito developer guide, "Step-up authentication with the USER_AUTH flow". A user who is signed in
already keeps what he has proved, if it is recent enough, and proves the rest. Whatever challenges
follow, tokens are given for a level that was asked for, or none at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from idp.errors import InvalidParameter, LevelNotReached, NotAuthorized
from idp.models import RefreshFamily, User
from idp.user_pools.rules import acr, max_age, tiers
from idp.user_pools.services import access, passkeys, quick_reads, software_tokens
from idp.user_pools.services.sign_in import devices, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.sign_in.sessions import Pending
from kernel.statements import Rows

FLOW = "USER_AUTH"


def aim(attempt: Attempt[R], parameters: Mapping[str, str]) -> Attempt[R]:
    """The attempt with its levels, and with the factors that the access token vouches for.

    Raises `FeatureUnavailableInTier`, `InvalidParameter` where no level of the pool is named or the
    token reaches it already, and `NotAuthorized` for a token that is not this user's.
    """
    text, token = parameters.get("TARGET_ACR_VALUES"), parameters.get("ACCESS_TOKEN")
    oldest = _max_age(parameters)
    if text is None:
        if token is not None:
            # "You must also provide TARGET_ACR_VALUES."
            raise InvalidParameter("ACCESS_TOKEN needs TARGET_ACR_VALUES.")
        return attempt
    settings = attempt.context.pool.settings
    tiers.check(settings, "TARGET_ACR_VALUES")
    levels = acr.targets(settings.get("AcrConfiguration"), text)
    if not levels:
        raise InvalidParameter("TARGET_ACR_VALUES names no level of this user pool.")
    family = _family(attempt, token) if token is not None else None
    credited = _credited(attempt, family, oldest) if family is not None else ()
    if credited and acr.level(credited) >= levels[0]:
        # "This prevents applications from using step-up authentication as a token-refresh
        # mechanism."
        raise InvalidParameter("The access token reaches the requested level already.")
    by = family.id if family is not None else ""
    return replace(attempt, levels=levels, credited=credited, credited_by=by)


def is_open(attempt: Attempt[R]) -> bool:
    """Whether the level that is preferred takes a further factor."""
    return bool(attempt.levels) and acr.level(attempt.proofs) < attempt.levels[0]


def check_reached(attempt: Attempt[R]) -> None:
    """Raises `LevelNotReached` at the end of a sign-in that reached none of its levels."""
    if attempt.levels and acr.level(attempt.proofs) < min(attempt.levels):
        raise LevelNotReached


def _family(attempt: Attempt[R], token: str) -> RefreshFamily:
    """The sign-in of the token."""
    person = access.authenticate(attempt.kernel, token)
    # A derived token is a service's (`token_exchange`), which has proved nothing.
    is_derived = person.claims.get("client_id") != person.family.client_id
    if is_derived or attempt.user is None or person.user.id != attempt.user.id:
        raise NotAuthorized("The access token is not the user's.")
    return person.family


def _credited(
    attempt: Attempt[R], family: RefreshFamily, oldest: timedelta | None
) -> tuple[str, ...]:
    """What an earlier sign-in proved. "If the user's most recent authentication is older than this
    value, Amazon Cognito discards the authentication-methods credit"."""
    user, since = attempt.user, family.auth_time
    if user is None or attempt.kernel.database.look_up(_has_changed, user, since):
        return ()
    if oldest is not None and attempt.kernel.clock.now() - since > oldest:
        return ()
    # A device has no part in a level, and must prove itself in each sign-in that relies on it. What
    # another provider said is of a time that nobody here knows: it is asked again at the pages.
    return tuple(each for each in acr.proved_here(family.factors) if each != devices.NAME)


def still_credited(rows: Rows, pending: Pending, user: User | None) -> tuple[str, ...]:
    """The credit of a sign-in that goes on: none where it would not be given any more."""
    if not pending.credited or user is None:
        return ()
    found = quick_reads.family_and_user(rows, pending.credited_by)
    is_revoked = found is None or found[0].revoked is not None
    is_over = is_revoked or _has_changed(rows, user, sessions.posed_at(pending))
    return () if is_over else tuple(pending.credited)


def _has_changed(rows: Rows, user: User, since: datetime) -> bool:
    """Whether the user has another password, address, authenticator or passkey since then.

    The token alone is enough to enter an address, an authenticator or a passkey of one's own, and
    to prove that: with a credit for the password a stolen token would buy a sign-in of the highest
    level. And who knew the old password may be the reason for the new one.
    """
    if user.modified > since or (user.password_set is not None and user.password_set > since):
        return True
    return software_tokens.has_changed(rows, user.id, since) or passkeys.has_new(
        rows, user.id, since
    )


def _max_age(parameters: Mapping[str, str]) -> timedelta | None:
    text = parameters.get("MAX_AGE")
    if text is None:
        return None
    seconds = max_age.parse(text)
    if seconds is None:
        raise InvalidParameter("MAX_AGE must be a number of seconds.")
    return timedelta(seconds=seconds)
