"""The resource tree of a REST API as rows: found, grown, moved and cut.

Callers that change it hold the API's lock (`changes_rest_api`).
"""

from __future__ import annotations

import re

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from gateway import quotas
from gateway.control.errors import Invalid, Missing
from gateway.control.models import Api
from gateway.control.repository import ID_ALPHABET, new_id, require_room
from gateway.control.rest import resource_paths as paths
from gateway.control.rest.models import Resource
from kernel.clock import Randomness

UNKNOWN_RESOURCE = "Invalid Resource identifier specified"
_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def find_resource(session: Session, api: Api, resource_id: str) -> Resource:
    """A resource of an API. Raises `Missing`."""
    row = session.get(Resource, (api.id, resource_id)) if _ID.fullmatch(resource_id) else None
    if row is None:
        raise Missing(UNKNOWN_RESOURCE)
    return row


def plant(session: Session, api: Api, randomness: Randomness) -> Resource:
    """Give a new API its root."""
    root = Resource(
        api_id=api.id,
        id=randomness.text(10, ID_ALPHABET),
        parent_id=None,
        path=paths.ROOT,
        methods={},
    )
    session.add(root)
    return root


def add_resource(
    session: Session, api: Api, parent: Resource, part: str, randomness: Randomness
) -> Resource:
    """A new child of a resource. Raises `Invalid`, `Conflicting` and `Exceeded`."""
    rows = select(Resource).where(Resource.api_id == api.id)
    require_room(session, rows, quotas.RESOURCES_PER_API, "Resources for this API")
    resource = Resource(
        api_id=api.id,
        id=new_id(randomness, 6, lambda made: session.get(Resource, (api.id, made))),
        parent_id=parent.id,
        path=_free_path(session, api, parent, part),
        methods={},
    )
    session.add(resource)
    session.flush()
    return resource


def rename(session: Session, api: Api, resource: Resource, part: str) -> None:
    """Change a resource's path part; the subtree follows. Raises `Invalid`, `Conflicting`."""
    if resource.parent_id is None:
        raise Invalid("Root resource cannot update its pathPart.")
    if part != paths.part_of(resource.path):
        _place(session, api, resource, find_resource(session, api, resource.parent_id), part)


def move(session: Session, api: Api, resource: Resource, parent_id: str) -> None:
    """Hang a resource and its subtree elsewhere. Raises `Missing`, `Invalid`, `Conflicting`."""
    if resource.parent_id is None:
        raise Invalid("Root resource cannot update its parentId.")
    parent = find_resource(session, api, parent_id)
    if f"{parent.path}/".startswith(paths.below(resource.path)):
        raise Invalid("Resources cannot be cyclical.")
    if parent.id != resource.parent_id:
        _place(session, api, resource, parent, paths.part_of(resource.path))


def cut(session: Session, api: Api, resource: Resource) -> None:
    """Remove a resource and everything under it. Raises `Invalid` for the root."""
    if resource.parent_id is None:
        raise Invalid("The root resource cannot be deleted")
    for row in _subtree(session, api, resource):
        session.delete(row)


def _place(session: Session, api: Api, resource: Resource, parent: Resource, part: str) -> None:
    new = _free_path(session, api, parent, part, besides=resource)
    if new.endswith("+}") and len(_subtree(session, api, resource)) > 1:
        raise Invalid(f"A resource with children cannot be a greedy path variable: {part}")
    old = resource.path
    resource.parent_id = parent.id
    for row in _subtree(session, api, resource):
        row.path = paths.moved(row.path, old, new)
        paths.require_path(row.path)
    session.flush()


def _free_path(
    session: Session, api: Api, parent: Resource, part: str, besides: Resource | None = None
) -> str:
    paths.require_part(part)
    paths.require_parent(parent.path)
    children = session.scalars(_without_methods(api).where(Resource.parent_id == parent.id))
    paths.require_free(
        part, [paths.part_of(child.path) for child in children if child is not besides]
    )
    path = paths.join(parent.path, part)
    paths.require_path(path)
    return path


def _subtree(session: Session, api: Api, resource: Resource) -> list[Resource]:
    prefix = paths.below(resource.path)
    return [
        row
        for row in session.scalars(_without_methods(api))
        if row.id == resource.id or row.path.startswith(prefix)
    ]


def _without_methods(api: Api) -> Select[Resource]:
    """The query of an API's resources that leaves their methods, which may be large, behind."""
    return select(Resource).where(Resource.api_id == api.id).options(defer(Resource.methods))
