"""What a deployment of a REST API captures: the working copy as one document.

Its form is the one that `gateway.control.compiling.rest` describes and compiles.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.documents import Document
from gateway.control.models import Api, Authorizer
from gateway.control.rest.models import (
    GATEWAY_RESPONSE,
    MODEL,
    REQUEST_VALIDATOR,
    Part,
    Resource,
)
from gateway.control.rest.parts import present

API_MEMBERS = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "apiKeySource",
    "endpointConfiguration",
    "policy",
)
"""What of an API itself waits for a deployment. The rest, such as
`disableExecuteApiEndpoint`, holds from the moment it is set."""


def definition_of(session: Session, api: Api) -> Document:
    """The definition of an API at this moment."""
    found = _parts(session, api)
    return {
        "api": {name: api.document[name] for name in API_MEMBERS if name in api.document},
        "resources": _resources(session, api),
        "authorizers": _authorizers(session, api),
        "validators": {part.id: present(part) for part in found[REQUEST_VALIDATOR]},
        "models": {part.name: present(part) for part in found[MODEL]},
        "gatewayResponses": {part.name: dict(part.document) for part in found[GATEWAY_RESPONSE]},
    }


def _resources(session: Session, api: Api) -> list[Document]:
    query = select(Resource).where(Resource.api_id == api.id).order_by(Resource.path)
    return [
        {"id": resource.id, "path": resource.path, "methods": resource.methods}
        for resource in session.scalars(query)
    ]


def _authorizers(session: Session, api: Api) -> dict[str, Document]:
    query = select(Authorizer).where(Authorizer.api_id == api.id).order_by(Authorizer.id)
    return {
        row.id: {**row.document, "id": row.id, "name": row.name} for row in session.scalars(query)
    }


def _parts(session: Session, api: Api) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {MODEL: [], REQUEST_VALIDATOR: [], GATEWAY_RESPONSE: []}
    query = select(Part).where(Part.api_id == api.id, Part.kind.in_(found)).order_by(Part.id)
    for part in session.scalars(query):
        found[part.kind].append(part)
    return found
