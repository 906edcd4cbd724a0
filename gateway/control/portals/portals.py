"""CreatePortal, GetPortal, ListPortals, UpdatePortal, DeletePortal."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import AccountPart
from gateway.control.errors import Invalid
from gateway.control.pages import page
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS, NOT_HOSTED
from gateway.control.portals.portal_rules import (
    require_authorization,
    require_endpoint,
    require_texts,
    stored_content,
)
from gateway.control.portals.storing import PORTAL, PRODUCT, stores
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = dict.fromkeys(
    (
        "Authorization",
        "EndpointConfiguration",
        "IncludedPortalProductArns",
        "LogoUri",
        "PortalContent",
        "RumAppMonitorName",
    ),
    NOT_HOSTED,
)

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

PLAIN = ("Authorization", "IncludedPortalProductArns", "LogoUri", "RumAppMonitorName")
HIDDEN = ("EndpointConfiguration", "LogoUri", storing.MODIFIED)
"""Members of a document that are shown in another form, or never."""


@stores(family, "CreatePortal")
def create_portal(session: Session, call: Call, request: Input) -> Output:
    portal = storing.new(session, call, PORTAL, quotas.PORTALS_PER_ACCOUNT_AND_REGION)
    portal.document = {"PublishStatus": "DISABLED", "Tags": request.get("Tags") or {}}
    require_tags(portal.document["Tags"])
    _apply(session, call, portal, request)
    session.add(portal)
    return present(call, portal)


@family.reads("GetPortal")
def get_portal(session: Session, call: Call, request: Input) -> Output:
    return present(call, storing.find(session, call, PORTAL, request["PortalId"]))


@family.reads("ListPortals")
def list_portals(session: Session, call: Call, request: Input) -> Output:
    query = storing.mine(call, PORTAL)
    return page(session, call, request, query, AccountPart.id, lambda part: present(call, part))


@stores(family, "UpdatePortal")
def update_portal(session: Session, call: Call, request: Input) -> Output:
    portal = storing.find(session, call, PORTAL, request["PortalId"], lock=True)
    _apply(session, call, portal, request)
    return present(call, portal)


@stores(family, "DeletePortal")
def delete_portal(session: Session, call: Call, request: Input) -> None:
    """Its model has no NotFoundException: deleting again what is gone succeeds."""
    portal = storing.find_or_none(session, call, PORTAL, request["PortalId"])
    if portal is not None:
        session.delete(portal)


def present(call: Call, portal: AccountPart) -> Output:
    """A portal as AWS shows it."""
    document = portal.document
    return {
        "IncludedPortalProductArns": [],
        **{name: each for name, each in document.items() if name not in HIDDEN},
        "EndpointConfiguration": _endpoint(call, portal),
        "LastModified": storing.moment(document),
        "PortalArn": storing.arn_of(portal),
        "PortalId": portal.id,
    }


def _apply(session: Session, call: Call, portal: AccountPart, request: Input) -> None:
    require_texts(request)
    document = dict(portal.document)
    if request.get("Authorization") is not None:
        require_authorization(request["Authorization"])
    if request.get("EndpointConfiguration") is not None:
        require_endpoint(request["EndpointConfiguration"])
        document["EndpointConfiguration"] = request["EndpointConfiguration"]
    if request.get("PortalContent") is not None:
        document["PortalContent"] = stored_content(request["PortalContent"])
    _require_products(session, call, request.get("IncludedPortalProductArns") or [])
    document |= {name: request[name] for name in PLAIN if request.get(name) is not None}
    portal.document = storing.modified(call, document)


def _require_products(session: Session, call: Call, arns: list[str]) -> None:
    if len(arns) > quotas.PRODUCTS_PER_PORTAL or len(set(arns)) != len(arns):
        raise Invalid(f"A portal has at most {quotas.PRODUCTS_PER_PORTAL} different products")
    for arn in arns:
        product = storing.find_or_none(session, call, PRODUCT, arn.rpartition("/")[2])
        if product is None or storing.arn_of(product) != arn:
            raise Invalid(f"Invalid portal product ARN specified: {arn[:256]}")


def _endpoint(call: Call, portal: AccountPart) -> dict[str, Any]:
    """The zone says that no DNS of AWS leads here."""
    managed = portal.document["EndpointConfiguration"].get("AcmManaged") or {}
    host = urlsplit(call.kernel.settings.origin).hostname or "localhost"
    return {
        **managed,
        "PortalDefaultDomainName": f"{portal.id}.portal.{host}",
        "PortalDomainHostedZoneId": "NONE",
    }
