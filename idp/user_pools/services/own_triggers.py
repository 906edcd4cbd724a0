"""Triggers that Cognito does not have: attributes change, users go, passwords are forgotten.

LambdaConfig has no members for them, so `poolgate pools trigger` sets them, and they are kept as
documents beside the pool. Their events have the common form of all triggers.

A function that hears of a change or deletion hears of what has happened: its failure is logged,
and changes nothing. PreForgotPassword is asked before a code is made, and may refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import bindparam, select

from idp.errors import IdpError
from idp.models import PoolDocument, User, UserPool
from idp.user_pools.rules.own_trigger_names import (
    ATTRIBUTE_CHANGE,
    PRE_FORGOT_PASSWORD,
    USER_DELETION,
)
from idp.user_pools.services import quick_reads, triggers, users
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.triggers import NO_CLIENT, TriggerEvent
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

KIND = "own_trigger"

OF_POOL = Prepared(
    select(PoolDocument.key, PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"), PoolDocument.kind == KIND
    )
)

log = structlog.get_logger("poolgate.triggers")


@contextmanager
def changing(
    kernel: Kernel,
    pool: UserPool,
    source: str,
    look: Callable[[], User],
    client_id: str = NO_CLIENT,
) -> Iterator[None]:
    """Do a change of a user's attributes inside, and the function hears of it afterwards.

    `source` is the operation; `look` finds the user as he is before, and is called where the pool
    has a function.
    """
    function = _function(kernel, pool, ATTRIBUTE_CHANGE)
    if function is None:
        yield
        return
    before = look()
    old = dict(before.attributes)
    yield
    user = kernel.database.look_up(quick_reads.user_by_id, before.id)
    if user is not None and user.attributes != old:
        request = {
            "userAttributes": triggers.user_attributes(user),
            "previousAttributes": {**old, "sub": user.id},
        }
        _tell(kernel, pool, function, _event(ATTRIBUTE_CHANGE, source, user, request, client_id))


def deleted(
    kernel: Kernel, pool: UserPool, source: str, user: User, client_id: str = NO_CLIENT
) -> None:
    """The function hears of a user who is gone."""
    function = _function(kernel, pool, USER_DELETION)
    if function is not None:
        request = {"userAttributes": triggers.user_attributes(user)}
        _tell(kernel, pool, function, _event(USER_DELETION, source, user, request, client_id))


def pre_forgot_password(
    kernel: Kernel, context: ClientContext, username: str, metadata: Mapping[str, str]
) -> None:
    """Raises as `triggers.fire` where the function refuses. It hears of missing users only where
    the client hides them from its callers, as PreAuthentication does."""
    pool = context.pool
    function = _function(kernel, pool, PRE_FORGOT_PASSWORD)
    if function is None:
        return
    user = kernel.database.look_up(users.look_for_sign_in_name, pool, username)
    if user is None and not context.hides_missing_users:
        return
    request = {
        "userAttributes": triggers.user_attributes(user) if user is not None else {},
        "clientMetadata": dict(metadata),
        "userNotFound": user is None,
    }
    event = TriggerEvent(
        PRE_FORGOT_PASSWORD,
        f"{PRE_FORGOT_PASSWORD}_ForgotPassword",
        user.username if user is not None else username,
        request,
        client_id=context.client.id,
    )
    triggers.call(kernel, pool, function, event)


def _event(
    trigger: str, source: str, user: User, request: Mapping[str, Any], client_id: str
) -> TriggerEvent:
    return TriggerEvent(trigger, f"{trigger}_{source}", user.username, request, client_id=client_id)


def _tell(kernel: Kernel, pool: UserPool, function: str, event: TriggerEvent) -> None:
    try:
        triggers.call(kernel, pool, function, event)
    except IdpError as error:
        log.warning("trigger_failed", source=event.source, reason=type(error).__name__)


def _function(kernel: Kernel, pool: UserPool, trigger: str) -> str | None:
    return kernel.database.look_up(_functions, kernel, pool.id).get(trigger)


def _functions(rows: Rows, kernel: Kernel, pool_id: str) -> Mapping[str, str]:
    def load() -> dict[str, str]:
        found = rows.all(OF_POOL, pool_id=pool_id)
        return {trigger: document["LambdaArn"] for trigger, document in found}

    return kernel.configuration.get(rows, (KIND, pool_id), load) or {}
