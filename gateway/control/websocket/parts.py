"""How models and responses are found and made: as named parts of their API.

A response belongs to a route or to an integration; its name begins with that owner's id, so that
its key is unique there and its owner's responses are one range of names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Select, delete
from sqlalchemy.orm import Session

from gateway.control.errors import Missing
from gateway.control.models import Api
from gateway.control.repository import new_id
from gateway.control.rest.models import Part
from gateway.control.rest.parts import of_kind
from kernel.clock import Randomness

OWNER = "Owner"
"""The member of a response's document that names its route or integration; never shown."""
_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def of_owner(api: Api, kind: str, owner: str) -> Select[Part]:
    """The responses of one route or integration."""
    return of_kind(api, kind).where(Part.name.startswith(f"{owner}/", autoescape=True))


def all_of_kind(session: Session, api: Api, kind: str) -> Sequence[Part]:
    return session.scalars(of_kind(api, kind).order_by(Part.id)).all()


def find(session: Session, api: Api, kind: str, part_id: str) -> Part:
    """Raises `Missing`."""
    part = session.get(Part, (api.id, kind, part_id)) if _ID.fullmatch(part_id) else None
    if part is None:
        raise Missing(f"Invalid {_words(kind)} identifier specified {part_id[:128]}")
    return part


def find_of_owner(session: Session, api: Api, kind: str, owner: str, part_id: str) -> Part:
    """Raises `Missing`, for the response of another route or integration too."""
    part = find(session, api, kind, part_id)
    if part.document[OWNER] != owner:
        raise Missing(f"Invalid {_words(kind)} identifier specified {part_id}")
    return part


def is_named(session: Session, api: Api, kind: str, name: str) -> bool:
    """Whether the API has a part of that name."""
    return session.scalar(of_kind(api, kind).where(Part.name == name)) is not None


def new_part(session: Session, api: Api, kind: str, randomness: Randomness) -> Part:
    """A part without name and document, not stored yet."""
    part_id = new_id(randomness, 7, lambda made: session.get(Part, (api.id, kind, made)))
    return Part(api_id=api.id, kind=kind, id=part_id, name="", document={})


def delete_of_owner(session: Session, api: Api, kind: str, owner: str) -> None:
    """Delete all responses of a route or an integration that goes."""
    session.execute(
        delete(Part).where(
            Part.api_id == api.id,
            Part.kind == kind,
            Part.name.startswith(f"{owner}/", autoescape=True),
        )
    )


def _words(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))
