"""Confirmation codes: how long they live, how often they may be sent and guessed.

Cognito developer guide, "Quotas in Amazon Cognito": sign-up and attribute codes live 24 hours,
forgot-password codes one hour; an hour allows 5 requests for a code and 15 attempts at it (5 and
up to 20 for forgotten passwords). Codes are stored as keyed hashes: of six digits a plain hash
would be undone in a second.

A wrong code costs an attempt, so the new state must be stored even where the answer is a
refusal: `enter` returns both, and the caller raises the refusal after its transaction.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.errors import CodeMismatch, ExpiredCode, IdpError, LimitExceeded

DIGITS = 6
WINDOW = timedelta(hours=1)
"""After this long without a new code, sends and attempts are counted anew."""

SIGN_UP = "sign_up"
FORGOT_PASSWORD = "forgot_password"


@dataclass(frozen=True)
class Limits:
    """What a purpose allows."""

    lifetime: timedelta
    sends: int = 5
    attempts: int = 15


_DEFAULT_LIMITS = Limits(timedelta(hours=24))
_LIMITS = {FORGOT_PASSWORD: Limits(timedelta(hours=1), attempts=10)}


@dataclass(frozen=True)
class IssuedCode:
    """The code last sent for a purpose."""

    code_hash: bytes
    sent: datetime
    expires: datetime
    attempts: int = 0
    sends: int = 1


@dataclass(frozen=True)
class Entry:
    """What entering a code led to: the state to store, and the refusal to raise, if any.

    A code that was right must be deleted, so that it works once.
    """

    issued: IssuedCode | None
    refusal: IdpError | None

    @property
    def is_right(self) -> bool:
        return self.refusal is None


def attribute_purpose(attribute: str) -> str:
    """The purpose of a code that verifies an attribute."""
    return f"attribute:{attribute}"


def limits(purpose: str) -> Limits:
    return _LIMITS.get(purpose, _DEFAULT_LIMITS)


def hash_code(key: bytes, user_id: str, purpose: str, code: str) -> bytes:
    """The form in which a code is stored: it fits one user and one purpose only."""
    message = "\x00".join((user_id, purpose, code)).encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256")


def issue(previous: IssuedCode | None, code_hash: bytes, purpose: str, now: datetime) -> IssuedCode:
    """The state after sending a new code, which replaces the one before.

    Attempts carry over, since a new code would otherwise buy new guesses. Raises `LimitExceeded`
    where too many were sent.
    """
    expires = now + limits(purpose).lifetime
    if previous is None or now - previous.sent >= WINDOW:
        return IssuedCode(code_hash, now, expires)
    if previous.sends >= limits(purpose).sends:
        raise LimitExceeded
    return IssuedCode(code_hash, now, expires, previous.attempts, previous.sends + 1)


def enter(issued: IssuedCode | None, entered_hash: bytes, purpose: str, now: datetime) -> Entry:
    """Compare a code that somebody entered, given as its hash, with the one that was sent."""
    if issued is None:
        return Entry(None, ExpiredCode())
    if issued.attempts >= limits(purpose).attempts:
        return Entry(issued, LimitExceeded())
    is_equal = hmac.compare_digest(issued.code_hash, entered_hash)
    if now >= issued.expires:
        return Entry(issued, ExpiredCode())
    if not is_equal:
        return Entry(replace(issued, attempts=issued.attempts + 1), CodeMismatch())
    return Entry(issued, None)
