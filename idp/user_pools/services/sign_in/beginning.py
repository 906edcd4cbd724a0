"""The first step of every request of a sign-in: who it is about.

Whether he is locked out is looked at where a password is at stake (`lockout.guess`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from idp.models import User
from idp.user_pools.rules import usernames
from idp.user_pools.services import lockout, quick_reads
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.statements import Rows


def start(
    rows: Rows,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    complete: Callable[[Attempt[R], User], R],
    metadata: Mapping[str, str],
) -> Attempt[R]:
    """A new sign-in."""
    normalised = usernames.normalise(username, context.pool.settings)
    user = quick_reads.user_by_name(rows, context.pool.id, normalised)
    attempt_id = new_id(kernel)
    return _attempt(kernel, context, username, user, attempt_id, complete, metadata)


def resume(
    rows: Rows,
    kernel: Kernel,
    context: ClientContext,
    pending: Pending,
    complete: Callable[[Attempt[R], User], R],
    metadata: Mapping[str, str],
) -> Attempt[R]:
    """A sign-in that answers a challenge."""
    user = quick_reads.user_by_id(rows, pending.user_id) if pending.user_id else None
    name, sign_in_id = pending.username, pending.sign_in_id
    return _attempt(kernel, context, name, user, sign_in_id, complete, metadata)


def _attempt(
    kernel: Kernel,
    context: ClientContext,
    username: str,
    user: User | None,
    sign_in_id: str,
    complete: Callable[[Attempt[R], User], R],
    metadata: Mapping[str, str],
) -> Attempt[R]:
    pool = context.pool
    normalised = usernames.normalise(username, pool.settings)
    subject = lockout.subject_of(kernel.sealer, pool.id, user, normalised)
    return Attempt(kernel, context, complete, username, user, subject, sign_in_id, metadata)
