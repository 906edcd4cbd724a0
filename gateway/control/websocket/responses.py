"""What route responses and integration responses have in common: keys, pages, updates."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.documents import Document
from gateway.control.errors import Conflicting, Full
from gateway.control.models import Api
from gateway.control.pages import page
from gateway.control.repository import require_room
from gateway.control.rest.models import Part
from gateway.control.websocket import parts
from gateway.control.websocket.bounds import require_key
from kernel.aws.operations import Call, Input, Output


def new_response(session: Session, call: Call, api: Api, kind: str, owner: str) -> Part:
    """A response of a route or an integration, without a key. Raises `Conflicting`."""
    query = parts.of_owner(api, kind, owner)
    require_room(session, query, quotas.RESPONSES_PER_PART, "responses", Full)
    response = parts.new_part(session, api, kind, call.kernel.randomness)
    response.document = {parts.OWNER: owner}
    return response


def set_document(
    session: Session, api: Api, response: Part, document: Document, member: str, key: str
) -> None:
    """Store a response under its key. Raises `Invalid` and `Conflicting`."""
    require_key(member, key)
    owner = response.document[parts.OWNER]
    name = f"{owner}/{key}"
    if name != response.name and parts.is_named(session, api, response.kind, name):
        raise Conflicting(f"{member} {key} already exists")
    response.name = name
    response.document = {**document, parts.OWNER: owner, member: key}


def page_of(
    session: Session, call: Call, request: Input, api: Api, kind: str, owner: str, id_member: str
) -> Output:
    """A page of an owner's responses."""
    query = parts.of_owner(api, kind, owner)
    return page(session, call, request, query, Part.id, lambda part: present(part, id_member))


def present(response: Part, id_member: str) -> Output:
    shown = {name: value for name, value in response.document.items() if name != parts.OWNER}
    return {**shown, id_member: response.id}
