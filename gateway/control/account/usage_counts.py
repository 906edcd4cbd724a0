"""What a key has used of a plan's quota: the one place where requests are counted.

`used` of a day grows before the requests are served, so that no number of workers or nodes lets
more through than there are. The row that says that the plan has the key is locked meanwhile: it is
the same whatever day a node believes it is.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from gateway.control.account.models import Usage, UsagePlanKey
from gateway.quota_periods import Period
from kernel.statements import Prepared, Rows

SHARE = 100
"""A block is at most this part of what is left, so that the last requests go one by one."""

_PLAN: BindParameter[str] = bindparam("the_plan")
_KEY: BindParameter[str] = bindparam("the_key")
_DAY: BindParameter[date] = bindparam("the_day")
_LOCK = Prepared(
    select(UsagePlanKey.plan_id)
    .where(UsagePlanKey.plan_id == _PLAN, UsagePlanKey.key_id == _KEY)
    .with_for_update()
)
_TOTALS = Prepared(
    select(func.coalesce(func.sum(Usage.used), 0), func.coalesce(func.sum(Usage.granted), 0)).where(
        Usage.plan_id == _PLAN,
        Usage.key_id == _KEY,
        Usage.day >= bindparam("first_day"),
        Usage.day <= bindparam("last_day"),
    )
)
_ADD = Prepared(
    update(Usage)
    .where(Usage.plan_id == _PLAN, Usage.key_id == _KEY, Usage.day == _DAY)
    .values(used=Usage.used + bindparam("more"), granted=Usage.granted + bindparam("more_granted"))
)
_INSERT = Prepared(insert(Usage), ("plan_id", "key_id", "day", "used", "granted"))


class Block(NamedTuple):
    """Requests that were counted and may be served, and how many are left then."""

    size: int
    left: int


def lock(rows: Rows, plan_id: str, key_id: str) -> bool:
    """Whether the plan has the key; others that count for them wait until the commit."""
    return rows.first(_LOCK, the_plan=plan_id, the_key=key_id) is not None


def left_of(rows: Rows, plan_id: str, key_id: str, period: Period, limit: int) -> int:
    """What is left of a period's quota; less than 0 where more was used than it has now."""
    first, last = period
    totals = rows.first(_TOTALS, the_plan=plan_id, the_key=key_id, first_day=first, last_day=last)
    used, granted = totals or (0, 0)
    return limit + int(granted) - int(used)


def reserve(
    rows: Rows, plan_id: str, key_id: str, day: date, period: Period, limit: int, want: int
) -> Block:
    """Count up to `want` requests beforehand; a block of 0 where nothing is left."""
    if not lock(rows, plan_id, key_id):
        return Block(0, 0)
    left = left_of(rows, plan_id, key_id, period, limit)
    if left <= 0:
        return Block(0, 0)
    size = min(want, max(1, left // SHARE))
    add(rows, plan_id, key_id, day, used=size)
    return Block(size, left - size)


def add(
    rows: Rows, plan_id: str, key_id: str, day: date, *, used: int = 0, granted: int = 0
) -> None:
    """Add to a day's counts, which may be negative; after `lock`."""
    changed = rows.run(
        _ADD, the_plan=plan_id, the_key=key_id, the_day=day, more=used, more_granted=granted
    )
    if not changed:
        rows.run(_INSERT, plan_id=plan_id, key_id=key_id, day=day, used=used, granted=granted)


def forget(session: Session, before: date) -> None:
    """Delete what was counted on earlier days."""
    session.execute(delete(Usage).where(Usage.day < before))


def give_back(rows: Rows, plan_id: str, key_id: str, day: date, unused: int) -> None:
    """Uncount what was reserved and not served."""
    if lock(rows, plan_id, key_id):
        add(rows, plan_id, key_id, day, used=-unused)
