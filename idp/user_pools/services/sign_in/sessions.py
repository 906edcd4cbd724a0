"""Session and SECRET_BLOCK: what a challenge must remember, sealed and handed to the client.

Neither is stored. They expire with AuthSessionValidity and are bound to the client; a sign-in
that has been completed or failed is spent, so its challenges cannot be answered again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from idp.errors import InvalidSession, SessionExpired, SessionSpent
from idp.models import User
from idp.user_pools.services.sign_in.attempt import Attempt, R, given
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable

# As long as the id of a user, so that the length of what is sealed does not tell who exists.
NOBODY = "-" * 36
EPOCH = datetime.fromtimestamp(0, UTC)

NO_PASSWORD = 10**15
"""As many digits as any moment of this age in microseconds."""

LONGEST = 4096
"""Characters of a SessionType."""

LONGEST_WAIT = 15 * 60.0
"""AuthSessionValidity at most, in seconds."""


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for the answer to a challenge."""

    challenge: str
    sign_in_id: str
    username: str
    """The name as the sign-in began with it."""
    user_id: str | None
    state: str = ""
    """What the challenge itself must remember, in a form of its own."""
    flow: str = "password"
    device_key: str | None = None
    factors: Sequence[str] = ()
    """As in `Attempt`, which the next request resumes, as the two before it and those after it."""
    history: Sequence[Sequence[Any]] | None = None
    levels: Sequence[int] = ()
    posed: int = 0
    """When, in microseconds since the epoch."""
    credited: Sequence[str] = ()
    credited_by: str = ""
    password: int = 0
    """Which password the user had (`password_mark`)."""
    is_custom: bool = False


def pending(attempt: Attempt[R], challenge: str, state: str = "") -> Pending:
    """What must be remembered of an attempt that poses a challenge."""
    return Pending(
        challenge,
        attempt.sign_in_id,
        attempt.username,
        attempt.user.id if attempt.user else None,
        state,
        attempt.flow,
        attempt.device_key,
        attempt.factors,
        None if attempt.history is None else [list(each) for each in attempt.history],
        attempt.levels,
        microseconds(attempt.kernel.clock.now()),
        attempt.credited,
        attempt.credited_by,
        password_mark(attempt.user),
        attempt.is_custom,
    )


def password_mark(user: User | None) -> int:
    """Tells a user's passwords apart. As long for everybody, also where there is none."""
    if user is None or user.password_set is None:
        return NO_PASSWORD
    return microseconds(user.password_set)


def check_goes_on(kernel: Kernel, pending: Pending, user: User | None) -> None:
    """Who has proved something, now or earlier, goes on while nothing has ended what he began: he
    has the same password, and nobody has signed him out everywhere. Raises `InvalidSession`.

    Every request that resumes a sign-in passes here before its answer is looked at.
    """
    if not (pending.factors or pending.credited):
        return
    if user is None or user.id != pending.user_id or is_outdated(pending, user):
        raise InvalidSession
    ended = kernel.shared_state.get(_signed_out(user.id))
    if ended is not None and int(ended) > pending.posed:
        raise InvalidSession


def is_outdated(pending: Pending, user: User) -> bool:
    """Whether the password was changed since, or taken away."""
    return password_mark(user) != pending.password


def end_all(kernel: Kernel, user_id: str) -> None:
    """Let no sign-in of the user's that is under way go on; called once its unit has committed."""
    now = str(microseconds(kernel.clock.now())).encode()
    kernel.shared_state.set(_signed_out(user_id), now, LONGEST_WAIT)


def _signed_out(user_id: str) -> str:
    return f"signed-out:{user_id}"


def posed_at(pending: Pending) -> datetime:
    """The moment of its challenge."""
    return EPOCH + timedelta(microseconds=pending.posed)


def lifetime(context: ClientContext) -> float:
    """AuthSessionValidity, in seconds."""
    return 60.0 * int(context.client.settings["AuthSessionValidity"])


def seal(kernel: Kernel, context: ClientContext, pending: Pending) -> str:
    purpose = _purpose(context, pending.challenge)
    pending = replace(pending, user_id=pending.user_id or NOBODY)
    token = kernel.sealer.seal_token(asdict(pending), purpose, lifetime(context))
    return token if len(token) <= LONGEST else _put_aside(kernel, token, purpose, context)


def _put_aside(kernel: Kernel, token: str, purpose: str, context: ClientContext) -> str:
    """What is too long to be handed out stays here, sealed as it is; the client gets its name."""
    name = new_id(kernel)
    kernel.shared_state.set(f"session:{name}", token.encode(), lifetime(context))
    return kernel.sealer.seal_token({"put_aside": name}, purpose, lifetime(context))


def open_session(kernel: Kernel, context: ClientContext, challenge: str, token: str) -> Pending:
    """Raises `InvalidSession`, or `SessionExpired`."""
    try:
        value = _open(kernel, token, _purpose(context, challenge))
    except Expired:
        raise SessionExpired from None
    except Unsealable:
        raise InvalidSession from None
    pending = Pending(**value)
    return replace(pending, user_id=None) if pending.user_id == NOBODY else pending


def _open(kernel: Kernel, token: str, purpose: str) -> dict[str, Any]:
    value: dict[str, Any] = kernel.sealer.open_token(token, purpose)
    if "put_aside" not in value:
        return value
    kept = kernel.shared_state.get(f"session:{value['put_aside']}")
    if kept is None:
        raise Expired("no longer kept")
    return _open(kernel, kept.decode(), purpose)


def open_given(
    kernel: Kernel,
    context: ClientContext,
    challenge: str,
    token: str | None,
    _responses: Mapping[str, str],
) -> Pending:
    """What the given Session remembers. Raises `InvalidParameter` where none came, and as above."""
    return open_session(kernel, context, challenge, given("Session", token))


def seal_block(kernel: Kernel, context: ClientContext, pending: Pending) -> str:
    """The same as SECRET_BLOCK, which clients decode as base64 and sign."""
    return base64.b64encode(seal(kernel, context, pending).encode()).decode()


def open_block(kernel: Kernel, context: ClientContext, challenge: str, block: str) -> Pending:
    """Raises `InvalidSession`, or `SessionExpired`."""
    try:
        token = base64.b64decode(block, validate=True).decode("ascii")
    except ValueError:
        raise InvalidSession from None
    return open_session(kernel, context, challenge, token)


def spend(kernel: Kernel, context: ClientContext, pending: Pending) -> None:
    """Let one answer to this challenge through. Raises `SessionSpent` for any further one."""
    key = f"answered:{pending.challenge}:{pending.sign_in_id}"
    if not kernel.shared_state.claim(key, lifetime(context)):
        raise SessionSpent


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _purpose(context: ClientContext, challenge: str) -> str:
    return f"challenge:{challenge}:{context.client.id}"
