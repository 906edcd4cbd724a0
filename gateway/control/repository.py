"""How the control plane finds rows. Everything is looked up under the caller's account and region.

An id that cannot be one of ours (too long, or holding characters no id has) is not found without
asking the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gateway.control.errors import Exceeded, Full, Missing, Refused
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


def require_room(
    session: Session,
    rows: Select[Any],
    most: int,
    what: str,
    refusal: type[Refused] = Exceeded,
    *,
    adding: int = 1,
) -> None:
    """Refuse more rows than a quota allows. Raises `refusal`."""
    count = session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if count + adding > most:
        raise refusal(f"Maximum number of {what} has been reached. The limit is {most}.")


def require_room_in_api(session: Session, model: type[Part], api: Api, most: int) -> None:
    """Refuse a part more than an API's quota. Raises `Exceeded` for a REST API, else `Full`."""
    rows = select(model).where(model.api_id == api.id)
    refusal = Exceeded if api.protocol == "REST" else Full
    require_room(session, rows, most, f"{model.__name__}s for this API", refusal)


def new_id(randomness: Randomness, length: int, find: Callable[[str], object]) -> str:
    """An id for which nothing is found."""
    while True:
        made = randomness.text(length, ID_ALPHABET)
        if find(made) is None:
            return made


def new_api_id(session: Session, randomness: Randomness) -> str:
    """An unused API id: ten characters, as AWS makes them."""
    return new_id(randomness, 10, lambda made: session.get(Api, made))


def new_part_id(session: Session, model: type[Part], api: Api, randomness: Randomness) -> str:
    """An id that no part of this kind has in the API."""
    length = _PART_ID_LENGTHS[model]
    return new_id(randomness, length, lambda made: session.get(model, (api.id, made)))
