"""Quotas of resources, counted in the unit of work that makes another one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import UserPool
from idp.user_pools.rules import quotas
from kernel import named_locks
from kernel.aws.operations import Call
from kernel.runtime import Kernel


def check_room(session: Session, kernel: Kernel, name: str, rows: Select[Any]) -> None:
    """Raises `LimitExceeded` where as many `rows` are there as the quota allows.

    No more of them are counted than decide it.
    """
    adjusted = dict(kernel.settings.quotas)
    most = quotas.most(name, adjusted)
    counted = select(func.count()).select_from(rows.limit(most).subquery())
    quotas.check(name, session.scalar(counted) or 0, adjusted)


def wait_for_turn(session: Session, pool_id: str) -> None:
    """Until the unit ends, nobody else adds to the pool: two at once would both find room."""
    session.execute(select(UserPool.id).where(UserPool.id == pool_id).with_for_update())


def wait_for_turn_of_account(session: Session, call: Call) -> None:
    """The same for what is counted in an account and region. It goes before a pool's turn."""
    named_locks.hold(session, "quotas", call.account, call.region)


def check_number(kernel: Kernel, name: str, wanted: int) -> None:
    """Raises `InvalidParameter` where a request holds more than the quota allows."""
    most = quotas.most(name, dict(kernel.settings.quotas))
    if wanted > most:
        raise InvalidParameter(f"{name} can be {most} at most.")
