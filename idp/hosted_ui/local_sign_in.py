"""Signing in with the pool's own password, for a browser session instead of tokens.

The checks, the lock-out and the triggers are those of the SDK operations (`services.sign_in`).
"""

from __future__ import annotations

from collections.abc import Mapping

from idp.errors import InvalidParameter
from idp.models import User
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.services import equal_time, magic_links, triggers
from idp.user_pools.services.sign_in import (
    beginning,
    choice,
    completion,
    discovered_passkey,
    mfa_setup,
    new_password,
    offers,
    password,
    passwordless,
    risk,
    second_factor_answers,
    sessions,
    signed_up,
)
from idp.user_pools.services.sign_in.attempt import Asked, Attempt, Challenge
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.sign_up_confirmation import Confirmed
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel


def sign_in(
    kernel: Kernel, context: ClientContext, username: str, typed: str, asked: Asked
) -> SignedIn | Challenge:
    """Who signed in, or the challenge that comes first.

    Raises `NotAuthorized` and its kin, `UserNotConfirmed`, `PasswordResetRequired`.
    """
    attempt = kernel.database.look_up(beginning.start, kernel, context, username, _complete, asked)
    risk.admit(attempt)
    triggers.pre_authentication(kernel, context, attempt.user, username, {})
    return password.with_password(attempt, typed)


def choose_password(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    chosen: str,
    attributes: dict[str, str],
    asked: Asked,
) -> SignedIn | Challenge:
    """Answer NEW_PASSWORD_REQUIRED. Raises `InvalidSession`, `InvalidPassword` and others."""
    pending = sessions.open_session(kernel, context, new_password.NAME, session)
    attempt = beginning.resume(kernel, context, pending, _complete, asked)
    risk.admit(attempt)
    given = {new_password.PREFIX + name: value for name, value in attributes.items()}
    return new_password.respond(attempt, pending, {**given, "NEW_PASSWORD": chosen})


def answer(
    kernel: Kernel,
    context: ClientContext,
    challenge: str,
    session: str,
    responses: Mapping[str, str],
    asked: Asked,
) -> SignedIn | Challenge:
    """Answer a challenge of a second factor. Raises what `second_factor_answers.respond` raises."""
    attempt, pending = _resumed(kernel, context, challenge, session, asked)
    return second_factor_answers.respond(attempt, pending, responses)


def send_again(
    kernel: Kernel, context: ClientContext, challenge: str, session: str, asked: Asked
) -> Challenge:
    """Another code for the same challenge."""
    return second_factor_answers.again(*_resumed(kernel, context, challenge, session, asked))


def recover(
    kernel: Kernel, context: ClientContext, challenge: str, session: str, code: str, asked: Asked
) -> SignedIn | Challenge:
    """A recovery code in place of what `challenge` asks for."""
    attempt, pending = _resumed(kernel, context, challenge, session, asked)
    return second_factor_answers.recover(attempt, pending, code)


def finish_set_up(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    responses: Mapping[str, str],
    asked: Asked,
) -> SignedIn | Challenge:
    """Answer MFA_SETUP: after an authenticator was verified, or with an e-mail address."""
    pending = mfa_setup.open_pending(kernel, context, mfa_setup.NAME, session, responses)
    attempt = beginning.resume(kernel, context, pending, _complete, asked)
    risk.admit(attempt)
    return mfa_setup.respond(attempt, pending, responses)


def send_link(
    kernel: Kernel, context: ClientContext, username: str, link: str, asked: Asked
) -> Challenge:
    """Send a one-time password with a link that holds it, and pose EMAIL_OTP. Raises
    `InvalidParameter` where the user cannot have one and the caller may know it, and what
    `one_time_code.pose` raises."""
    attempt = kernel.database.look_up(beginning.start, kernel, context, username, _complete, asked)
    with equal_time.answered(context, attempt.began):
        risk.admit(attempt)
        triggers.pre_authentication(kernel, context, attempt.user, username, {})
        offered = offers.of_attempt(attempt)
        if magic_links.FACTOR not in offered.challenges and not context.hides_missing_users:
            raise InvalidParameter(N_("This account cannot sign in by email. Use your password."))
        return passwordless.pose(attempt, offered, magic_links.FACTOR, link)


def redeem_code(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    code: str,
    asked: Asked,
    challenge: str = magic_links.FACTOR,
) -> SignedIn | Challenge:
    """Answer EMAIL_OTP or SMS_OTP. Raises `CodeMismatch`, `InvalidSession` and others."""
    attempt, pending = _resumed(kernel, context, challenge, session, asked)
    response = passwordless.KINDS[challenge].response
    return passwordless.respond(attempt, pending, {response: code})


def choices(kernel: Kernel, context: ClientContext, username: str, asked: Asked) -> Challenge:
    """What somebody can choose from to sign in with: SELECT_CHALLENGE. Raises `UserNotFound` and
    `UserNotConfirmed` where the page may tell."""
    attempt = kernel.database.look_up(beginning.start, kernel, context, username, _complete, asked)
    risk.admit(attempt)
    triggers.pre_authentication(kernel, context, attempt.user, username, {})
    return choice.pose(attempt)


def choose(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    answer: str,
    asked: Asked,
    typed: str | None = None,
) -> SignedIn | Challenge:
    """Answer SELECT_CHALLENGE: with the password along, or to be sent a code."""
    attempt, pending = _resumed(kernel, context, choice.NAME, session, asked)
    given = {} if typed is None else {choice.NEEDS[choice.PASSWORD]: typed}
    return choice.respond(attempt, pending, {"ANSWER": answer, **given})


def by_passkey(
    kernel: Kernel, context: ClientContext, credential: str, asked: Asked
) -> SignedIn | Challenge:
    """Sign in whom a passkey names. Raises what `discovered_passkey.redeem` raises."""
    return discovered_passkey.redeem(kernel, context, credential, _complete, asked)


def go_on(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    username: str,
    confirmed: Confirmed,
    asked: Asked,
) -> SignedIn | Challenge | None:
    """Sign in who has just been confirmed, in the browser in which he signed up as `username`:
    `session` is SignUp's. None where the client's sign-ups do not lead to sign-ins.

    Raises `InvalidSession` where it is of another sign-up or too old, and what a sign-in raises.
    """
    signed_up.check_sign_up(kernel, context, session, confirmed.user.id)
    token = signed_up.after_confirmation(kernel, context, confirmed.user, confirmed.proved)
    if token is None:
        return None
    attempt = kernel.database.look_up(beginning.start, kernel, context, username, _complete, asked)
    risk.admit(attempt)
    triggers.pre_authentication(kernel, context, attempt.user, username, {})
    return signed_up.redeem(attempt, token)


def _resumed(
    kernel: Kernel, context: ClientContext, challenge: str, session: str, asked: Asked
) -> tuple[Attempt[SignedIn], Pending]:
    pending = sessions.open_session(kernel, context, challenge, session)
    attempt = beginning.resume(kernel, context, pending, _complete, asked)
    risk.admit(attempt)
    return attempt, pending


def _complete(attempt: Attempt[SignedIn], user: User) -> SignedIn:
    """The browser's session is stored by the page; tokens are the client's, for its code."""
    now = attempt.kernel.clock.now()
    attempt.kernel.database.record(completion.confirm, attempt, user.id, now)
    completion.count(attempt, "accepted")
    risk.announce(attempt, user)
    triggers.post_authentication(attempt.kernel, attempt.context, user, {})
    return SignedIn(user.id, now, attempt.opening)
