"""Which paths of a custom domain lead to which stage: API mappings, or base-path mappings."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import Domain, DomainMapping
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.control.models import Api, Stage
from gateway.control.repository import new_id, require_room
from kernel.aws.operations import Call

_SEGMENT = re.compile(r"(?!\.+$)[A-Za-z0-9$_.+!*'()-]+")
_ID = re.compile(r"[a-z0-9]{1,32}")


def create(
    session: Session, call: Call, domain: Domain, prefix: str, api: Api, stage: str
) -> DomainMapping:
    """A new mapping; an empty stage leaves it to the path. Raises `Invalid`, `Conflicting` and
    `Exceeded`."""
    mappings = select(DomainMapping).where(DomainMapping.domain == domain.name)
    most = quotas.API_MAPPINGS_PER_DOMAIN
    require_room(session, mappings, most, "mappings for this domain name")

    mapping_id = new_id(
        call.kernel.randomness, 6, lambda made: session.get(DomainMapping, (domain.name, made))
    )
    mapping = DomainMapping(domain=domain.name, id=mapping_id)
    put(session, mapping, prefix, api, stage)
    session.add(mapping)
    return mapping


def put(session: Session, mapping: DomainMapping, prefix: str, api: Api, stage: str) -> None:
    """Set what a mapping says. Raises `Invalid` and `Conflicting`."""
    require_prefix(prefix)
    if stage and (len(stage) > 128 or session.get(Stage, (api.id, stage)) is None):
        raise Invalid("Invalid stage identifier specified")
    if prefix != mapping.prefix and find_by_prefix(session, mapping.domain, prefix) is not None:
        raise Conflicting("Base path already exists for this domain name")
    mapping.prefix, mapping.api_id, mapping.stage = prefix, api.id, stage


def require_prefix(prefix: str) -> None:
    """Refuse what no canonical path begins with. Raises `Invalid`.

    "API mappings can contain only letters, numbers, and the following characters: $-_.+!*'()/"
    (developer guide, "Map API stages to a custom domain name").
    """
    if len(prefix) > quotas.API_MAPPING_KEY_CHARACTERS:
        raise Invalid(f"A mapping key has at most {quotas.API_MAPPING_KEY_CHARACTERS} characters")
    if prefix and not all(map(_SEGMENT.fullmatch, prefix.split("/"))):
        raise Invalid(
            "API mapping key must be segments of letters, numbers and $-_.+!*'(), with single "
            "slashes between them"
        )


def find(session: Session, domain: Domain, mapping_id: str) -> DomainMapping:
    """Raises `Missing`."""
    known = _ID.fullmatch(mapping_id)
    mapping = session.get(DomainMapping, (domain.name, mapping_id)) if known else None
    if mapping is None:
        raise Missing("Invalid API mapping identifier specified")
    return mapping


def find_by_prefix(session: Session, domain: str, prefix: str) -> DomainMapping | None:
    query = select(DomainMapping).where(
        DomainMapping.domain == domain, DomainMapping.prefix == prefix
    )
    return session.scalar(query)
