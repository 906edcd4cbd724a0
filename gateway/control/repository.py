"""How the control plane finds rows. Everything is looked up under the caller's account and region.

An id that cannot be one of ours (too long, or holding characters no id has) is not found without
asking the database.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.control.errors import Full, Missing
from gateway.control.models import Api, Authorizer, Deployment, Integration, Route, Stage
from kernel.aws.operations import Call
from kernel.clock import Randomness

Part = TypeVar("Part", Route, Integration, Authorizer, Stage, Deployment)

ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
_PART_ID_LENGTHS: dict[type[Any], int] = {Route: 7, Integration: 7, Authorizer: 6, Deployment: 6}


def find_api(session: Session, call: Call, api_id: str, *, lock: bool = False) -> Api:
    """The caller's HTTP API. `lock` makes changes of one API wait for each other on PostgreSQL.

    Raises `Missing`, also for an API of another account or region, and for a REST API.
    """
    api = _find_api(session, call, api_id, lock=lock)
    if api is None or api.protocol == "REST":
        raise Missing(f"Invalid API identifier specified {call.account}:{api_id}")
    return api


def find_rest_api(session: Session, call: Call, api_id: str, *, lock: bool = False) -> Api:
    """The caller's REST API, in the same way."""
    api = _find_api(session, call, api_id, lock=lock)
    if api is None or api.protocol != "REST":
        raise Missing(f"Invalid API identifier specified {call.account}:{api_id}")
    return api


def find_any_api(session: Session, call: Call, api_id: str) -> Api:
    """The caller's API of either kind, in the same way."""
    api = _find_api(session, call, api_id, lock=False)
    if api is None:
        raise Missing(f"Invalid API identifier specified {call.account}:{api_id}")
    return api


def _find_api(session: Session, call: Call, api_id: str, *, lock: bool) -> Api | None:
    if not _ID.fullmatch(api_id):
        return None
    query = select(Api).where(
        Api.id == api_id, Api.account == call.account, Api.region == call.region
    )
    return session.scalar(query.with_for_update() if lock else query)


def find(session: Session, model: type[Part], api: Api, part_id: str) -> Part:
    """A part of an API by its id. Raises `Missing`."""
    part = session.get(model, (api.id, part_id)) if _ID.fullmatch(part_id) else None
    if part is None:
        raise Missing(f"Invalid {model.__name__} identifier specified {part_id}")
    return part


def all_of(session: Session, model: type[Part], api: Api) -> Sequence[Part]:
    """Every part of one kind, by id. Quotas keep them few."""
    return session.scalars(select(model).where(model.api_id == api.id).order_by(model.id)).all()


def require_room(session: Session, model: type[Part], api: Api, most: int) -> None:
    """Refuse a part more than the quota. Raises `Full`."""
    count = session.scalar(select(func.count()).select_from(model).where(model.api_id == api.id))
    if (count or 0) >= most:
        kind = f"{model.__name__}s"
        raise Full(f"Maximum number of {kind} for this API has been reached. The limit is {most}.")


def new_api_id(session: Session, randomness: Randomness) -> str:
    """An unused API id: ten characters, as AWS makes them."""
    while True:
        api_id = randomness.text(10, ID_ALPHABET)
        if session.get(Api, api_id) is None:
            return api_id


def new_part_id(session: Session, model: type[Part], api: Api, randomness: Randomness) -> str:
    """An id that no part of this kind has in the API."""
    while True:
        part_id = randomness.text(_PART_ID_LENGTHS[model], ID_ALPHABET)
        if session.get(model, (api.id, part_id)) is None:
            return part_id
