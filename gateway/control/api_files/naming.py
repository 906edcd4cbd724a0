"""Which API a file means: the one of an id, or else the only one that has the file's title.

The file may say more than OpenAPI has words for:

    x-poolgate-api:
      protocol: HTTP    # REST where it is not said
      id: a1b2c3d4e5    # the title finds it otherwise
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.errors import Conflicting, Missing
from gateway.control.models import Api
from gateway.openapi.faults import InvalidDocument
from kernel.aws.operations import Call

EXTENSION = "x-poolgate-api"
REST, HTTP = "REST", "HTTP"
NAME_MEMBERS = {REST: "name", HTTP: "Name"}


@dataclass(frozen=True)
class Named:
    """An API by its id, or else by its title. A protocol of "" is either."""

    protocol: str = ""
    api_id: str = ""
    title: str = ""


def named_by(document: Mapping[str, Any], *, protocol: str = "", api_id: str = "") -> Named:
    """What a file means, with what the operator says besides. Raises `InvalidDocument`."""
    said = document.get(EXTENSION, {})
    if not isinstance(said, dict) or not said.keys() <= {"protocol", "id"}:
        raise InvalidDocument(f"{EXTENSION} must be an object; its members are protocol and id")
    own = _agreed("protocol", said.get("protocol"), protocol)
    if own not in ("", REST, HTTP):
        raise InvalidDocument(f"{EXTENSION}.protocol must be {REST} or {HTTP}")
    info = document.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    return Named(
        own or REST,
        _agreed("id", said.get("id"), api_id),
        title if isinstance(title, str) else "",
    )


def find(session: Session, call: Call, named: Named, *, lock: bool = False) -> Api | None:
    """The API of the caller's account and region; None where a title finds nothing.

    Raises `Missing` for an id that finds nothing, `Conflicting` where a title finds several.
    """
    if not named.api_id:
        return _by_title(session, call, named, lock=lock)
    if named.protocol == REST:
        return repository.find_rest_api(session, call, named.api_id, lock=lock)
    if named.protocol == HTTP:
        return repository.find_api(session, call, named.api_id, lock=lock)
    return repository.find_any_api(session, call, named.api_id)


def require(session: Session, call: Call, named: Named) -> Api:
    """The same, of an API that must be there. Raises `Missing` and `Conflicting`."""
    api = find(session, call, named)
    if api is None:
        raise Missing(f"There is no API with the title {named.title[:128]}")
    return api


def _by_title(session: Session, call: Call, named: Named, *, lock: bool) -> Api | None:
    query = select(Api).where(Api.account == call.account, Api.region == call.region)
    found = [
        api
        for api in session.scalars(query.order_by(Api.id))
        if api.document.get(NAME_MEMBERS.get(api.protocol, "Name")) == named.title
        and named.protocol in ("", api.protocol)
    ]
    if len(found) > 1:
        ids = ", ".join(api.id for api in found[:10])
        raise Conflicting(f"Several APIs have the title {named.title[:128]}: say which of {ids}")
    if found and lock:
        return session.scalar(select(Api).where(Api.id == found[0].id).with_for_update())
    return found[0] if found else None


def _agreed(member: str, said: Any, given: str) -> str:
    if said is not None and not isinstance(said, str):
        raise InvalidDocument(f"{EXTENSION}.{member} must be text")
    if said and given and said != given:
        raise InvalidDocument(f"{EXTENSION}.{member} of the file is {said[:64]}, not {given[:64]}")
    return said or given
