"""How the control plane of REST APIs finds and makes parts: models, validators, documentation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.errors import Missing
from gateway.control.models import Api
from gateway.control.rest.models import Part
from kernel.clock import Randomness

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def of_kind(api: Api, kind: str) -> Select[Part]:
    """The query of an API's parts of one kind."""
    return select(Part).where(Part.api_id == api.id, Part.kind == kind)


def all_parts(session: Session, api: Api, kind: str) -> Sequence[Part]:
    """Every part of one kind, by name. Quotas keep them few."""
    return session.scalars(of_kind(api, kind).order_by(Part.name)).all()


def names_of(session: Session, api: Api, kind: str) -> set[str]:
    """The names of every part of one kind, without their documents."""
    query = select(Part.name).where(Part.api_id == api.id, Part.kind == kind)
    return set(session.scalars(query))


def find_part(session: Session, api: Api, kind: str, part_id: str, missing: str) -> Part:
    """A part by its id. Raises `Missing`, which says `missing`."""
    part = session.get(Part, (api.id, kind, part_id)) if _ID.fullmatch(part_id) else None
    if part is None:
        raise Missing(missing)
    return part


def part_named(session: Session, api: Api, kind: str, name: str) -> Part | None:
    """A part by its name, which is printable: no database is asked for what it could not store."""
    if len(name) > 512 or not name.isprintable():
        return None
    return session.scalar(of_kind(api, kind).where(Part.name == name))


def present(part: Part) -> dict[str, Any]:
    """A part as AWS shows it: its document with its id and name."""
    return {**part.document, "id": part.id, "name": part.name}


def require_room(session: Session, api: Api, kind: str, most: int, plural: str) -> None:
    """Refuse a part more than a quota allows. Raises `Exceeded`."""
    repository.require_room(session, of_kind(api, kind), most, f"{plural} for this API")


def new_id(session: Session, api: Api, kind: str, randomness: Randomness) -> str:
    """An id that no part of this kind has in the API."""
    return repository.new_id(randomness, 6, lambda made: session.get(Part, (api.id, kind, made)))
