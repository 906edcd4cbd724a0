"""Codes that are sent to sign in with: as a second factor, or in place of a password.

The Session holds a keyed hash of the code and of the address that it went to, so nothing is stored
for it, and it is good while that is the user's address. A wrong code may be tried
again with the same Session, but counts like a wrong password, over all sessions of the user; a
right one is spent.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from idp.errors import CodeMismatch
from idp.models import User
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import confirmation, lockout, messages
from idp.user_pools.services.messages import Text
from idp.user_pools.services.sign_in import completion, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.sessions import Pending
from kernel.runtime import Kernel

SOURCE = "CustomMessage_Authentication"
HASH_BYTES = 32
SENDS_PER_HOUR = 30
"""To one user, so that nobody makes the pool call a phone all day."""


@dataclass(frozen=True)
class Kind:
    """A challenge that asks for a sent code: its name, and the response that holds the code."""

    challenge: str
    response: str
    digits: int
    attribute: str
    """Which holds the address."""


SMS_MFA = Kind("SMS_MFA", "SMS_MFA_CODE", 6, "phone_number")
EMAIL_OTP = Kind("EMAIL_OTP", "EMAIL_OTP_CODE", 8, "email")
SMS_OTP = Kind("SMS_OTP", "SMS_OTP_CODE", 8, "phone_number")


def pose(
    attempt: Attempt[R],
    user: User | None,
    kind: Kind,
    destination: Destination,
    text: Text,
    parameters: Mapping[str, str] | None = None,
    proves: str = "",
) -> Challenge:
    """Send a code and ask for it. A missing user gets the same answer, and no message: pass what
    `delivery.simulated_destination` makes up; who calls it answers in `equal_time`. `parameters`
    adds to ChallengeParameters.
    `proves` is an address that the right code makes the user's own: `proved_address` has it then.

    Raises `LimitExceeded` where too many were sent within an hour, `CodeDeliveryFailure`, and what
    the CustomMessage trigger raises.
    """
    session = _issue(attempt, user, kind, destination, text, proves)
    details = destination.details()
    return Challenge(
        kind.challenge,
        {
            "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
            "CODE_DELIVERY_DESTINATION": details["Destination"],
            **(parameters or {}),
        },
        session,
    )


def _issue(
    attempt: Attempt[R],
    user: User | None,
    kind: Kind,
    destination: Destination,
    text: Text,
    proves: str,
) -> str:
    """Send a code, and seal what must be remembered of it."""
    kernel, context = attempt.kernel, attempt.context
    kernel.database.write(confirmation.count, kernel, context.pool, _sends(attempt), SENDS_PER_HOUR)
    code = kernel.randomness.code(kind.digits)
    hashed = _hash(kernel, attempt.sign_in_id, kind, destination.address, code)
    state = base64.b64encode(hashed + proves.encode()).decode()
    pending = sessions.pending(attempt, kind.challenge, state)
    if user is not None:
        _send(attempt, user, destination, code, text)
    elif context.hides_missing_users:
        messages.deliver_to_nobody(SOURCE)
    return sessions.seal(kernel, context, pending)


def check(attempt: Attempt[R], pending: Pending, kind: Kind, code: str) -> None:
    """Compare a code and spend the Session. Raises `CodeMismatch`, or `PasswordAttemptsExceeded`
    after too many wrong ones, whatever the code; `SessionSpent` for a second use.

    No code is right once the user has another address: its former owner must not get in.
    """
    kernel, pool, user = attempt.kernel, attempt.context.pool, attempt.user
    present = user.attributes.get(kind.attribute, "") if user is not None else ""
    address = proved_address(pending) or present
    entered = _hash(kernel, pending.sign_in_id, kind, address, code)
    with lockout.guess(kernel, pool.id, attempt.failure_subject):
        sent = base64.b64decode(pending.state)[:HASH_BYTES]
        is_right = hmac.compare_digest(entered, sent)
        if user is None or not is_right:
            completion.count_failure(attempt)
            raise CodeMismatch
        sessions.spend(kernel, attempt.context, pending)


def proved_address(pending: Pending) -> str:
    """What `pose` was told that the code proves."""
    return base64.b64decode(pending.state)[HASH_BYTES:].decode()


def _send(attempt: Attempt[R], user: User, destination: Destination, code: str, text: Text) -> None:
    """In the background where the client hides who exists: the time of a mail server would tell."""
    context = attempt.context
    delivery = Delivery(
        SOURCE,
        destination,
        code,
        attempt.client_metadata,
        context.client.id,
        in_background=context.hides_missing_users and not attempt.factors,
    )
    messages.send(attempt.kernel, context.pool, user, delivery, text)


def _hash(kernel: Kernel, sign_in_id: str, kind: Kind, address: str, code: str) -> bytes:
    """A code fits one sign-in, one kind of challenge and one address only."""
    typed = code if code.isascii() else ""
    return kernel.sealer.derive("sign-in-code", sign_in_id, kind.challenge, address, typed)


def _sends(attempt: Attempt[R]) -> str:
    pool_id = attempt.context.pool.id
    return attempt.kernel.sealer.derive("sent:sign_in", pool_id, attempt.failure_subject).hex()
