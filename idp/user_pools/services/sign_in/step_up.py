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
from idp.models import User
from idp.user_pools.rules import acr, max_age, tiers
from idp.user_pools.services import access, software_tokens
from idp.user_pools.services.sign_in import sessions
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
    credited = _credited(attempt, token, oldest) if token is not None else ()
    if credited and acr.level(credited) >= levels[0]:
        # "This prevents applications from using step-up authentication as a token-refresh
        # mechanism."
        raise InvalidParameter("The access token reaches the requested level already.")
    return replace(attempt, levels=levels, credited=credited)


def is_open(attempt: Attempt[R]) -> bool:
    """Whether the level that is preferred takes a further factor."""
    return bool(attempt.levels) and acr.level(attempt.proofs) < attempt.levels[0]


def check_reached(attempt: Attempt[R]) -> None:
    """Raises `LevelNotReached` at the end of a sign-in that reached none of its levels."""
    if attempt.levels and acr.level(attempt.proofs) < min(attempt.levels):
        raise LevelNotReached


def _credited(attempt: Attempt[R], token: str, oldest: timedelta | None) -> tuple[str, ...]:
    """What the sign-in of the token proved. "If the user's most recent authentication is older
    than this value, Amazon Cognito discards the authentication-methods credit"."""
    person = access.authenticate(attempt.kernel, token)
    # A derived token is a service's (`token_exchange`), which has proved nothing.
    is_derived = person.claims.get("client_id") != person.family.client_id
    if is_derived or attempt.user is None or person.user.id != attempt.user.id:
        raise NotAuthorized("The access token is not the user's.")
    since = person.family.auth_time
    if attempt.kernel.database.look_up(_has_changed, person.user, since):
        return ()
    is_recent = oldest is None or attempt.kernel.clock.now() - since <= oldest
    return tuple(person.family.factors) if is_recent else ()


def still_credited(rows: Rows, pending: Pending, user: User | None) -> tuple[str, ...]:
    """The credit of a sign-in that goes on: none where it would not be given any more."""
    if not pending.credited or user is None:
        return ()
    is_over = _has_changed(rows, user, sessions.posed_at(pending))
    return () if is_over else tuple(pending.credited)


def _has_changed(rows: Rows, user: User, since: datetime) -> bool:
    """Whether the user has another password, address or authenticator since then.

    The token alone is enough to enter an address or an authenticator of one's own, and to prove
    that: with a credit for the password a stolen token would buy a sign-in of the highest level.
    And who knew the old password may be the reason for the new one.
    """
    if user.modified > since or (user.password_set is not None and user.password_set > since):
        return True
    return software_tokens.has_changed(rows, user.id, since)


def _max_age(parameters: Mapping[str, str]) -> timedelta | None:
    text = parameters.get("MAX_AGE")
    if text is None:
        return None
    seconds = max_age.parse(text)
    if seconds is None:
        raise InvalidParameter("MAX_AGE must be a number of seconds.")
    return timedelta(seconds=seconds)
