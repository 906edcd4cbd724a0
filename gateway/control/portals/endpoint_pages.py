"""CreateProductRestEndpointPage, GetProductRestEndpointPage, ListProductRestEndpointPages,
UpdateProductRestEndpointPage, DeleteProductRestEndpointPage: pages about a method of a REST API."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.account.finding import require_stage
from gateway.control.account.models import AccountPart
from gateway.control.endpoints import api_endpoint
from gateway.control.errors import Invalid
from gateway.control.pages import page
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS, NOT_HOSTED
from gateway.control.portals.portal_rules import require_one_of
from gateway.control.portals.products import take_out_of_order
from gateway.control.portals.storing import ENDPOINT_PAGE, PRODUCT, stores
from gateway.control.rest.models import Resource
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    **dict.fromkeys(
        ("DisplayContent.None", "DisplayContent.Overrides", "RestEndpointIdentifier"), NOT_HOSTED
    ),
    "TryItState": "no portal is hosted that could call the API",
}

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

DEFAULT_CONTENT: dict[str, Any] = {"None": {}}


@stores(family, "CreateProductRestEndpointPage")
def create_endpoint_page(session: Session, call: Call, request: Input) -> Output:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    identifier = request["RestEndpointIdentifier"]
    _require_endpoint(session, call, identifier)
    most = quotas.PAGES_PER_PORTAL_PRODUCT
    made = storing.new(session, call, ENDPOINT_PAGE, most, product.id)
    made.document = {"RestEndpointIdentifier": identifier, "TryItState": "DISABLED"}
    _apply(call, made, {"DisplayContent": DEFAULT_CONTENT, **request})
    session.add(made)
    return _present(call, made)


@family.reads("GetProductRestEndpointPage")
def get_endpoint_page(session: Session, call: Call, request: Input) -> Output:
    storing.require_own(call, request)
    found = _find(session, call, request)[1]
    raw = (request.get("IncludeRawDisplayContent") or "false").lower()
    if raw not in ("true", "false"):
        raise Invalid("IncludeRawDisplayContent must be true or false")
    content = found.document["DisplayContent"]
    return _present(call, found) | (
        {"RawDisplayContent": json.dumps(content)} if raw == "true" else {}
    )


@family.reads("ListProductRestEndpointPages")
def list_endpoint_pages(session: Session, call: Call, request: Input) -> Output:
    storing.require_own(call, request)
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    query = storing.mine(call, ENDPOINT_PAGE, product.id)
    return page(session, call, request, query, AccountPart.id, lambda part: _summary(call, part))


@stores(family, "UpdateProductRestEndpointPage")
def update_endpoint_page(session: Session, call: Call, request: Input) -> Output:
    found = _find(session, call, request, lock=True)[1]
    _apply(call, found, request)
    return _present(call, found)


@stores(family, "DeleteProductRestEndpointPage")
def delete_endpoint_page(session: Session, call: Call, request: Input) -> None:
    product, found = _find(session, call, request, lock=True)
    take_out_of_order(call, product, storing.arn_of(found))
    session.delete(found)


def _find(
    session: Session, call: Call, request: Input, *, lock: bool = False
) -> tuple[AccountPart, AccountPart]:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"], lock=lock)
    page_id = request["ProductRestEndpointPageId"]
    return product, storing.find(session, call, ENDPOINT_PAGE, page_id, product.id)


def _require_endpoint(session: Session, call: Call, identifier: dict[str, Any]) -> None:
    """Refuse what is no method of one of the caller's stages. Raises `Missing` and `Invalid`."""
    parts = identifier.get("IdentifierParts")
    if parts is None:
        raise Invalid("RestEndpointIdentifier must have IdentifierParts")
    api = repository.find_rest_api(session, call, parts["RestApiId"])
    require_stage(session, call, api.id, parts["Stage"])
    of_path = select(Resource).where(Resource.api_id == api.id, Resource.path == parts["Path"])
    resource = session.scalar(of_path)
    if resource is None or parts["Method"] not in resource.methods:
        raise Invalid("RestEndpointIdentifier names no method of the REST API")


def _apply(call: Call, part: AccountPart, request: Input) -> None:
    document = dict(part.document)
    content = request.get("DisplayContent")
    if content is not None:
        require_one_of("DisplayContent", content, ("None", "Overrides"))
        endpoint = (content.get("Overrides") or {}).get("Endpoint")
        if endpoint is not None and not endpoint.startswith(("http://", "https://")):
            raise Invalid("DisplayContent.Overrides.Endpoint must be an http or https URL")
        document["DisplayContent"] = content
    if request.get("TryItState"):
        document["TryItState"] = request["TryItState"]
    part.document = storing.modified(call, document)


def _present(call: Call, part: AccountPart) -> Output:
    return {"DisplayContent": _content(call, part), **_names(part)}


def _summary(call: Call, part: AccountPart) -> Output:
    content = {name: each for name, each in _content(call, part).items() if name != "Body"}
    return {**content, **_names(part)}


def _content(call: Call, part: AccountPart) -> dict[str, Any]:
    """What is shown of the endpoint: its address, where nothing else is said."""
    parts = part.document["RestEndpointIdentifier"]["IdentifierParts"]
    origin = api_endpoint(call.kernel.settings, parts["RestApiId"])
    overrides = part.document["DisplayContent"].get("Overrides") or {}
    return {"Endpoint": f"{origin}/{parts['Stage']}{parts['Path']}"[:1024], **overrides}


def _names(part: AccountPart) -> Output:
    return {
        "LastModified": storing.moment(part.document),
        "ProductRestEndpointPageArn": storing.arn_of(part),
        "ProductRestEndpointPageId": storing.id_of(part),
        "RestEndpointIdentifier": part.document["RestEndpointIdentifier"],
        "Status": "AVAILABLE",
        "TryItState": part.document["TryItState"],
    }
