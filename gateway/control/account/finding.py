"""How what belongs to an account is found: under the caller's account and region, or not at all.

`lock` makes changes of one row wait for each other on PostgreSQL: a document is written whole.
"""

from __future__ import annotations

import re
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account.models import AccountPart, ApiKey, Domain, UsagePlan
from gateway.control.errors import Missing
from gateway.control.models import Stage
from kernel.aws.operations import Call

Owned = TypeVar("Owned", ApiKey, UsagePlan, Domain)

_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def find_key(session: Session, call: Call, key_id: str, *, lock: bool = False) -> ApiKey:
    """Raises `Missing`."""
    key = _owned(call, _get(session, ApiKey, key_id, lock=lock))
    if key is None:
        raise Missing("Invalid API Key identifier specified")
    return key


def find_plan(session: Session, call: Call, plan_id: str, *, lock: bool = False) -> UsagePlan:
    """Raises `Missing`."""
    plan = _owned(call, _get(session, UsagePlan, plan_id, lock=lock))
    if plan is None:
        raise Missing("Invalid Usage Plan ID specified")
    return plan


def find_part(
    session: Session, call: Call, kind: str, part_id: str, *, lock: bool = False
) -> AccountPart:
    """Raises `Missing`."""
    key = (call.account, call.region, kind, part_id)
    named = _ID.fullmatch(part_id)
    part = session.get(AccountPart, key, with_for_update=lock or None) if named else None
    if part is None:
        raise Missing(f"Invalid {kind.replace('-', ' ')} identifier specified")
    return part


def require_stage(session: Session, call: Call, api_id: str, stage: str) -> None:
    """Refuse what is no stage of one of the caller's REST APIs. Raises `Missing`."""
    api = repository.find_rest_api(session, call, api_id)
    if len(stage) > 128 or session.get(Stage, (api.id, stage)) is None:
        raise Missing(f"API Stage not found: {api_id}:{stage}")


def require_room(
    session: Session,
    call: Call,
    model: type[ApiKey] | type[UsagePlan] | type[Domain],
    most: int,
    what: str,
    *,
    adding: int = 1,
) -> None:
    """Refuse more than the quota. Raises `Exceeded`."""
    mine = select(model).where(model.account == call.account, model.region == call.region)
    repository.require_room(session, mine, most, f"{what} for this account", adding=adding)


def parts_of(call: Call, kind: str) -> Select[AccountPart]:
    """The parts of one kind that the caller's account has in the region."""
    return select(AccountPart).where(
        AccountPart.account == call.account,
        AccountPart.region == call.region,
        AccountPart.kind == kind,
    )


def require_room_for_part(session: Session, call: Call, kind: str, most: int) -> None:
    """Refuse a part more than the quota. Raises `Exceeded`."""
    rows = parts_of(call, kind)
    repository.require_room(session, rows, most, f"{kind}s for this account")


def _get(session: Session, model: type[Owned], row_id: str, *, lock: bool) -> Owned | None:
    if not _ID.fullmatch(row_id):
        return None
    return session.get(model, row_id, with_for_update=lock or None)


def _owned(call: Call, row: Owned | None) -> Owned | None:
    if row is None or (row.account, row.region) != (call.account, call.region):
        return None
    return row
