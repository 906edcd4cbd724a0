"""What GetUsage shows and UpdateUsage changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account import usage_counts
from gateway.control.account.models import ApiKey, Usage, UsagePlan
from gateway.control.errors import Invalid
from gateway.control.rest.patching import read_number, read_patches
from gateway.quota_periods import ONE_DAY, Period, period_of
from kernel.aws.operations import Input
from kernel.statements import Rows

Days = list[list[int]]
"""`[used, remaining]` for each day."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOST_REMAINING = 2**31 - 1


def read_days(request: Input) -> Sequence[date]:
    """The days from `startDate` to `endDate`. Raises `Invalid`."""
    first, last = _day(request["startDate"]), _day(request["endDate"])
    if first > last:
        raise Invalid("Usage start date must not be after the end date")
    count = (last - first).days + 1
    if count > quotas.USAGE_DAYS_AT_ONCE:
        raise Invalid(f"Usage is shown for at most {quotas.USAGE_DAYS_AT_ONCE} days")
    return [first + ONE_DAY * number for number in range(count)]


def usage_of(
    session: Session, plan: UsagePlan, keys: Iterable[ApiKey], days: Sequence[date]
) -> dict[str, Days]:
    """By key, what was used on each day and what remained of the period's quota at its end.

    A plan without a quota counts nothing.
    """
    quota = plan.document.get("quota")
    if not quota:
        return {}
    first = _period(days[0], quota).first
    ids = [key.id for key in keys]
    counts: dict[str, dict[date, Usage]] = {key_id: {} for key_id in ids}
    query = select(Usage).where(
        Usage.plan_id == plan.id,
        Usage.key_id.in_(ids),
        Usage.day >= first,
        Usage.day <= days[-1],
    )
    for row in session.scalars(query):
        counts[row.key_id][row.day] = row
    return {key_id: _by_day(counts[key_id], quota, first, days) for key_id in ids}


def set_remaining(
    session: Session, plan: UsagePlan, key: ApiKey, today: date, request: Input
) -> None:
    """Let a key have as many requests more in this period as the patch says. Raises `Invalid`."""
    quota = plan.document.get("quota")
    if not quota:
        raise Invalid("The usage plan has no quota")
    rows = Rows.of(session)
    usage_counts.lock(rows, plan.id, key.id)
    for patch in read_patches(request):
        if patch.path != "/remaining" or patch.op != "replace":
            raise Invalid(
                f"Invalid patch path  '{patch.path}' specified for op '{patch.op}'. "
                "Must be one of: [/remaining]"
            )
        wanted = read_number(patch, 0, MOST_REMAINING)
        period = _period(today, quota)
        left = usage_counts.left_of(rows, plan.id, key.id, period, quota["limit"])
        usage_counts.add(rows, plan.id, key.id, today, granted=wanted - left)


def _by_day(
    counts: Mapping[date, Usage], quota: Mapping[str, Any], first: date, days: Sequence[date]
) -> Days:
    shown: Days = []
    period, left, day = _period(first, quota), quota["limit"], first
    while day <= days[-1]:
        if day > period.last:
            period, left = _period(day, quota), quota["limit"]
        row = counts.get(day)
        used, granted = (row.used, row.granted) if row else (0, 0)
        left += granted - used
        if day >= days[0]:
            shown.append([used, max(0, left)])
        day += ONE_DAY
    return shown


def _period(day: date, quota: Mapping[str, Any]) -> Period:
    return period_of(day, quota["period"], quota.get("offset", 0))


def _day(text: str) -> date:
    try:
        # fromisoformat takes more forms than the one that the operation has.
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year < 9000:
        raise Invalid("Usage dates have the form yyyy-mm-dd")
    return day
