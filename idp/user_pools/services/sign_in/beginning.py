"""The first step of every request of a sign-in: who it is about.

Whether he is locked out is looked at where a password is at stake (`lockout.guess`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from idp.models import User
from idp.user_pools.rules import usernames
from idp.user_pools.services import lockout, quick_reads
from idp.user_pools.services.sign_in import devices, sessions, step_up
from idp.user_pools.services.sign_in.attempt import Asked, Attempt, R
from idp.user_pools.services.sign_in.sessions import NOBODY, Pending
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats.observation import located
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.statements import Rows


def start(
    rows: Rows,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    complete: Callable[[Attempt[R], User], R],
    asked: Asked,
) -> Attempt[R]:
    """A new sign-in."""
    began = time.monotonic()
    here = located(context, asked.circumstances, by_server=asked.pool_id is not None)
    normalised = usernames.normalise(username, context.pool.settings)
    user = quick_reads.user_by_name(rows, context.pool.id, normalised)
    return Attempt(
        kernel,
        context,
        complete,
        username,
        user,
        _failure_subject(kernel, context, username, user),
        new_id(kernel),
        circumstances=here,
        device_key=asked.device_key,
        # InitiateAuth, ClientMetadata: "passed as input to the functions for only the following
        # triggers: Pre signup, Pre authentication, User migration".
        validation_data=asked.metadata,
        began=began,
    )


def resume(
    kernel: Kernel,
    context: ClientContext,
    pending: Pending,
    complete: Callable[[Attempt[R], User], R],
    asked: Asked,
) -> Attempt[R]:
    """A sign-in that answers a challenge. Raises `InvalidSession` where it must not go on
    (`sessions.check_goes_on`)."""
    attempt = kernel.database.look_up(_resumed, kernel, context, pending, complete, asked)
    sessions.check_goes_on(kernel, pending, attempt.user)
    return attempt


def _resumed(
    rows: Rows,
    kernel: Kernel,
    context: ClientContext,
    pending: Pending,
    complete: Callable[[Attempt[R], User], R],
    asked: Asked,
) -> Attempt[R]:
    """A sign-in that answers a challenge."""
    began = time.monotonic()
    here = located(context, asked.circumstances, by_server=asked.pool_id is not None)
    # Nobody is looked for as well, in vain.
    user = quick_reads.user_by_id(rows, pending.user_id or NOBODY)
    return Attempt(
        kernel,
        context,
        complete,
        pending.username,
        user,
        _failure_subject(kernel, context, pending.username, user),
        pending.sign_in_id,
        asked.metadata,
        pending.flow,
        here,
        _device_key(pending, asked),
        tuple(pending.factors),
        levels=tuple(pending.levels),
        credited=step_up.still_credited(rows, pending, user),
        credited_by=pending.credited_by,
        is_custom=pending.is_custom,
        began=began,
    )


def _device_key(pending: Pending, asked: Asked) -> str | None:
    """What the client says, until a device has proved itself: then it is that one."""
    is_proved = devices.NAME in pending.factors
    return pending.device_key if is_proved else asked.device_key or pending.device_key


def _failure_subject(
    kernel: Kernel, context: ClientContext, username: str, user: User | None
) -> str:
    pool = context.pool
    normalised = usernames.normalise(username, pool.settings)
    return lockout.subject_of(kernel.sealer, pool.id, user, normalised)
