"""How a REST API takes on what an OpenAPI document says, by the services of its operations."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.models import Api
from gateway.control.rest.importing.methods import clear_tree, take_methods
from gateway.control.rest.importing.parts import drop_parts, take_documentation, take_parts
from gateway.control.rest.importing.taking import Taking, take_api
from gateway.openapi.faults import Faults
from gateway.openapi.rest.values import RestApi
from kernel.aws.operations import Call


def take(
    session: Session, call: Call, api: Api, wanted: RestApi, faults: Faults, *, overwrites: bool
) -> None:
    """Let an API be what a document says: in its place, or besides what it has.

    What services refuse is added to the faults; whoever calls rolls everything back for them.
    """
    taking = Taking(session, call, api, faults, wanted, overwrites)
    take_api(taking)
    if overwrites:
        clear_tree(taking)
    take_parts(taking)
    take_methods(taking)
    if overwrites:
        drop_parts(taking)
    take_documentation(taking)
    session.flush()
