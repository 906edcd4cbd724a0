"""CreateRestApi with `cloneFrom`: the working copy of one API becomes that of another.

Ids are unique within an API only, so the copies keep theirs and all references stay right.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.models import Api, Authorizer
from gateway.control.rest.model_schemas import with_references_to
from gateway.control.rest.models import MODEL, Part, Resource
from gateway.control.rest.patching import Document

MEMBERS = (
    "apiKeySource",
    "binaryMediaTypes",
    "endpointConfiguration",
    "minimumCompressionSize",
    "policy",
    "rootResourceId",
)


def cloned_document(source: Api, api: Api) -> Document:
    """What a clone takes over of the API itself; its policy is then about the clone."""
    document = {name: source.document[name] for name in MEMBERS if name in source.document}
    if "policy" in document:
        old, new = (f":{each.region}:{each.account}:{each.id}/" for each in (source, api))
        document["policy"] = document["policy"].replace(old, new)
    return document


def clone_parts(session: Session, source: Api, api: Api) -> None:
    """Copy resources, authorizers, and parts of every kind. Stages and deployments stay behind."""
    for resource in session.scalars(select(Resource).where(Resource.api_id == source.id)).all():
        session.add(
            Resource(
                api_id=api.id,
                id=resource.id,
                parent_id=resource.parent_id,
                path=resource.path,
                methods=resource.methods,
            )
        )
    for row in session.scalars(select(Authorizer).where(Authorizer.api_id == source.id)).all():
        session.add(Authorizer(api_id=api.id, id=row.id, name=row.name, document=row.document))
    for part in session.scalars(select(Part).where(Part.api_id == source.id)).all():
        session.add(
            Part(
                api_id=api.id,
                kind=part.kind,
                id=part.id,
                name=part.name,
                document=_document_of(part, source, api),
            )
        )


def _document_of(part: Part, source: Api, api: Api) -> Document:
    """The same, but that a clone's models refer to the clone's."""
    if part.kind != MODEL:
        return part.document
    schema = part.document.get("schema") or ""
    return {**part.document, "schema": with_references_to(api.id, source.id, schema)}
