"""WEB_AUTHN: a passkey in place of a password."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from idp.errors import InvalidSession, NotAuthorized, SessionSpent
from idp.models import Passkey, User
from idp.user_pools.rules import first_factors, passkey_answers, passkeys, second_factors
from idp.user_pools.rules.passkey_answers import Assertion, Expected, Verified
from idp.user_pools.rules.passkeys import RelyingParty
from idp.user_pools.services import equal_time, lockout
from idp.user_pools.services import passkeys as stored_passkeys
from idp.user_pools.services.sign_in import completion, offers, proven, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.offers import Offers
from idp.user_pools.services.sign_in.sessions import Pending

NAME = "WEB_AUTHN"
OPTIONS = "CREDENTIAL_REQUEST_OPTIONS"
CHALLENGE_BYTES = 32


def ask(attempt: Attempt[R], offered: Offers) -> tuple[str, dict[str, str]]:
    """A new WebAuthn challenge: as the state to remember, and as challenge parameters."""
    if offered.party is None or NAME not in offered.challenges:
        return "", {}
    challenge = attempt.kernel.randomness.bytes(CHALLENGE_BYTES)
    options = passkeys.request_options(offered.party, challenge, offered.passkeys)
    return base64.b64encode(challenge).decode(), {OPTIONS: options}


def pose(attempt: Attempt[R], offered: Offers) -> Challenge:
    """Ask for one of the user's passkeys."""
    state, parameters = ask(attempt, offered)
    pending = sessions.pending(attempt, NAME, state)
    return Challenge(
        NAME,
        {"USERNAME": attempt.username, **parameters},
        sessions.seal(attempt.kernel, attempt.context, pending),
    )


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Check the passkey's answer. A challenge takes one answer, right or wrong.

    A wrong one is refused and counted like a wrong password, whether the user exists or not.
    """
    with equal_time.refused(attempt.context, attempt.began):
        user, verified = _checked(attempt, pending, responses)
    return _passed(attempt, user, verified)


def _checked(
    attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]
) -> tuple[User, Verified]:
    assertion = passkey_answers.parse_assertion(parameter(responses, "CREDENTIAL"))
    party = offers.of_attempt(attempt).party
    if party is None or not pending.state:
        raise InvalidSession
    _spend(attempt, pending)
    with lockout.guess(attempt.kernel, attempt.context.pool.id, attempt.failure_subject):
        verified = _verified(attempt, pending, party, assertion)
        if attempt.user is None or verified is None:
            raise completion.refuse(attempt)
    return attempt.user, verified


def _spend(attempt: Attempt[R], pending: Pending) -> None:
    """By the challenge, not by the sign-in: after a wrong answer another one may be asked for."""
    key = f"answered:{NAME}:{pending.sign_in_id}:{pending.state}"
    if not attempt.kernel.shared_state.claim(key, sessions.lifetime(attempt.context)):
        raise SessionSpent


def _verified(
    attempt: Attempt[R], pending: Pending, party: RelyingParty, assertion: Assertion
) -> Verified | None:
    """None for a passkey that is not this user's, or an answer that is not true."""
    kernel, pool, user = attempt.kernel, attempt.context.pool, attempt.user
    known = kernel.database.look_up(stored_passkeys.by_id, pool.id, assertion.credential_id)
    expected = Expected(
        party,
        base64.b64decode(pending.state),
        passkey_answers.stand_in_key() if known is None else known.public_key,
        0 if known is None else known.sign_count,
    )
    # An ES256 signature takes 0.1 ms to check: less than a thread and back.
    verified = passkey_answers.verify_assertion(expected, assertion)
    if user is None or known is None or verified is None:
        return None
    if not _is_users(attempt, known, user, party, assertion):
        return None
    now = kernel.clock.now()
    used = kernel.database.write(stored_passkeys.use, known, verified.sign_count, now)
    return verified if used else None


def _is_users(
    attempt: Attempt[R], known: Passkey, user: User, party: RelyingParty, assertion: Assertion
) -> bool:
    """WebAuthn §7.2, step 6: the passkey is this user's, and so is the handle, where one came."""
    handle = assertion.user_handle
    expected = stored_passkeys.handle_of(attempt.kernel, user)
    return (
        known.user_id == user.id
        and known.relying_party_id == party.id
        and (handle is None or hmac.compare_digest(handle, expected))
    )


def _passed(attempt: Attempt[R], user: User, verified: Verified) -> Challenge | R:
    """Whether the user was verified is kept: only then his passkey may be both factors, whatever
    the pool counts when somebody asks (`second_factors.after_first`, `is_missing`)."""
    completion.check_state(user)
    is_both = first_factors.passkey_is_both(attempt.context.pool.settings, user.mfa)
    is_offered = (
        NAME
        in offers.of_user(
            attempt.kernel, attempt.context.pool, attempt.context.directory, user
        ).challenges
    )
    if not is_offered or (is_both and not verified.user_verified):
        raise NotAuthorized("Passkey sign-in is not available for this user.")
    factor = second_factors.VERIFIED_PASSKEY if verified.user_verified else NAME
    return proven.next_step(attempt.proved(factor), user)
