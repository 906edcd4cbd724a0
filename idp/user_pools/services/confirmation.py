"""Confirmation codes in the database: sending a new one, and entering one.

A missing user is answered as one who exists would be, with the same writes, where the client hides
who exists (PreventUserExistenceErrors); this module and `sign_in.completion` are where that is
decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from idp.errors import CodeMismatch, IdpError, LimitExceeded
from idp.models import ConfirmationCode, User, UserPool
from idp.user_pools.rules import codes, delivery, usernames
from idp.user_pools.rules.codes import IssuedCode
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.services import attempt_counts
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Rows

NOBODY = "-"
"""The id of no user."""

WRITE_NOTHING = (
    update(ConfirmationCode).where(ConfirmationCode.user_id == NOBODY).values(attempts=0)
)


@dataclass(frozen=True)
class Entered:
    """A code, the name that it was entered under, and whether it is spent if it is right."""

    purpose: str
    username: str
    code: str = field(repr=False)
    spends: bool = True


Found = tuple[ConfirmationCode | None, IdpError | None]
"""The code that was sent, if it was entered, or the refusal. That is returned, not raised: the unit
of work must commit the attempt."""


def issue(
    session: Session, kernel: Kernel, user: User, purpose: str, destination: Destination
) -> str:
    """Store a new code and return it, to be sent after the commit. Raises `LimitExceeded`."""
    code = kernel.randomness.code(codes.DIGITS)
    hashed = codes.hash_code(_key(kernel), user.id, purpose, code)
    row = session.get(ConfirmationCode, (user.id, purpose), with_for_update=True)
    state = codes.issue(_state(row), hashed, purpose, kernel.clock.now())
    if row is None:
        row = ConfirmationCode(user_id=user.id, purpose=purpose)
        session.add(row)
    row.destination, row.attribute = destination.address, destination.attribute
    _store(row, state)
    return code


def enter(session: Session, kernel: Kernel, user: User, purpose: str, code: str) -> Found:
    """Compare a code; a wrong one costs an attempt, a right one is spent."""
    row = _row(session, user.id, purpose)
    return _enter(session, kernel, row, user.id, Entered(purpose, user.username, code))


def enter_for(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    user: User | None,
    entered: Entered,
    why_not: Callable[[], IdpError],
) -> Found:
    """`enter` for a client that may not be told who exists. `user` is None where no code can be
    entered, and `why_not` is the refusal where the client may know that."""
    if context.hides_missing_users:
        return _enter_hidden(session, kernel, context.pool, user, entered)
    if user is None:
        return None, why_not()
    return _enter(session, kernel, _row(session, user.id, entered.purpose), user.id, entered)


def _enter(
    session: Session,
    kernel: Kernel,
    row: ConfirmationCode | None,
    user_id: str,
    entered: Entered,
) -> Found:
    purpose = entered.purpose
    hashed = codes.hash_code(_key(kernel), user_id, purpose, entered.code)
    entry = codes.enter(_state(row), hashed, purpose, kernel.clock.now())
    if row is None:
        return None, entry.refusal
    if not entry.is_right:
        if entry.issued is not None:
            _store(row, entry.issued)
        # Written even where nothing has changed: `_enter_hidden` writes for those who have no row.
        flag_modified(row, "attempts")
    elif entered.spends:
        session.delete(row)
    return (None if entry.issued is None else row), entry.refusal


def _enter_hidden(
    session: Session, kernel: Kernel, pool: UserPool, user: User | None, entered: Entered
) -> Found:
    """Each attempt is counted in the same way before any code is looked at, and every refusal is
    CodeMismatch or, by that count alone, LimitExceeded: whether a code was sent, is too old or was
    never asked for must not show.
    """
    purpose = entered.purpose
    subject = _subject(kernel, pool, f"entered:{purpose}", user, entered.username)
    try:
        count(session, kernel, pool, subject, codes.limits(purpose).attempts)
    except LimitExceeded as limit:
        return None, limit
    # The same work for those who have no code: its absence must not show in the time either.
    user_id = NOBODY if user is None else user.id
    row = _row(session, user_id, purpose)
    sent, refusal = _enter(session, kernel, row, user_id, entered)
    if row is None:
        session.execute(WRITE_NOTHING)
    if sent is None or refusal is not None:
        return None, CodeMismatch()
    session.flush()
    attempt_counts.clear(Rows.of(session), pool.id, subject)
    return sent, None


def simulate_issue(
    session: Session, kernel: Kernel, pool: UserPool, purpose: str, typed: str
) -> Destination:
    """What sending a code to a missing user looks like. Raises `LimitExceeded`."""
    subject = _subject(kernel, pool, f"sent:{purpose}", None, typed)
    count(session, kernel, pool, subject, codes.limits(purpose).sends)
    normalised = usernames.normalise(typed, pool.settings)
    seed = kernel.sealer.derive("simulated-destination", pool.id, normalised)
    # Normalised, because a user's own address is shown as it was stored, not as it was typed.
    return delivery.simulated_destination(seed, pool.settings, normalised)


def _subject(kernel: Kernel, pool: UserPool, what: str, user: User | None, typed: str) -> str:
    """Whom attempts are counted for: a user by all of his names, or a name that nobody has."""
    whom = usernames.normalise(typed, pool.settings) if user is None else user.id
    return kernel.sealer.derive(what, pool.id, whom).hex()


def count(session: Session, kernel: Kernel, pool: UserPool, subject: str, limit: int) -> None:
    """One attempt more. Raises `LimitExceeded` where an hour has seen too many."""
    attempt_counts.add(session, pool.id, subject, kernel.clock.now(), codes.WINDOW, limit)


def _row(session: Session, user_id: str, purpose: str) -> ConfirmationCode | None:
    return session.get(ConfirmationCode, (user_id, purpose), with_for_update=True)


def _key(kernel: Kernel) -> bytes:
    return kernel.sealer.derive("confirmation-codes")


def _state(row: ConfirmationCode | None) -> IssuedCode | None:
    if row is None:
        return None
    return IssuedCode(row.code_hash, row.sent, row.expires, row.attempts, row.sends)


def _store(row: ConfirmationCode, state: IssuedCode) -> None:
    row.code_hash, row.sent, row.expires = state.code_hash, state.sent, state.expires
    row.attempts, row.sends = state.attempts, state.sends
