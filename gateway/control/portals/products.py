"""CreatePortalProduct, GetPortalProduct, ListPortalProducts, UpdatePortalProduct,
DeletePortalProduct."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import AccountPart
from gateway.control.documents import updated
from gateway.control.errors import Invalid
from gateway.control.pages import page
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS, NOT_HOSTED
from gateway.control.portals.storing import (
    ENDPOINT_PAGE,
    PORTAL,
    PRODUCT,
    PRODUCT_PAGE,
    SHARING_POLICY,
    stores,
)
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = dict.fromkeys(("DisplayName", "DisplayOrder"), NOT_HOSTED)

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MEMBERS = ("Description", "DisplayName", "DisplayOrder")
SECTION_NAME_CHARACTERS = 255
"""Poolgate's own bound."""


@stores(family, "CreatePortalProduct")
def create_portal_product(session: Session, call: Call, request: Input) -> Output:
    product = storing.new(session, call, PRODUCT, quotas.PORTAL_PRODUCTS_PER_ACCOUNT_AND_REGION)
    tags = request.get("Tags") or {}
    require_tags(tags)
    document = {"Tags": tags, **updated({}, request, MEMBERS)}
    product.document = storing.modified(call, document)
    session.add(product)
    return _present(product)


@family.reads("GetPortalProduct")
def get_portal_product(session: Session, call: Call, request: Input) -> Output:
    storing.require_own(call, request)
    return _present(storing.find(session, call, PRODUCT, request["PortalProductId"]))


@family.reads("ListPortalProducts")
def list_portal_products(session: Session, call: Call, request: Input) -> Output:
    """Those of one's own: no account shares any."""
    owner = request.get("ResourceOwner") or "SELF"
    if owner not in ("SELF", "OTHER_ACCOUNTS"):
        raise Invalid("ResourceOwner must be SELF or OTHER_ACCOUNTS")
    query = storing.mine(call, PRODUCT)
    if owner != "SELF":
        query = query.where(AccountPart.account != call.account)
    return page(session, call, request, query, AccountPart.id, _summary)


@stores(family, "UpdatePortalProduct")
def update_portal_product(session: Session, call: Call, request: Input) -> Output:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"], lock=True)
    if request.get("DisplayOrder"):
        _require_order(session, call, product, request["DisplayOrder"])
    document = {**product.document, **updated(product.document, request, MEMBERS)}
    product.document = storing.modified(call, document)
    return _present(product)


@stores(family, "DeletePortalProduct")
def delete_portal_product(session: Session, call: Call, request: Input) -> None:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"], lock=True)
    arn = storing.arn_of(product)
    for portal in session.scalars(storing.mine(call, PORTAL)):
        if arn in portal.document.get("IncludedPortalProductArns", []):
            raise Invalid(f"The portal product is included in the portal {portal.id}")
    policy = storing.find_or_none(session, call, SHARING_POLICY, product.id)
    if policy is not None:
        session.delete(policy)
    storing.remove_pages(session, call, product.id)
    session.delete(product)


def take_out_of_order(call: Call, product: AccountPart, arn: str) -> None:
    """Forget the place of a page that goes."""
    order = product.document.get("DisplayOrder")
    if order is None:
        return
    kept = {name: each for name, each in order.items() if each != arn}
    if "ProductPageArns" in kept:
        kept["ProductPageArns"] = [each for each in kept["ProductPageArns"] if each != arn]
    if "Contents" in kept:
        kept["Contents"] = [_without(section, arn) for section in kept["Contents"]]
    product.document = storing.modified(call, {**product.document, "DisplayOrder": kept})


def _without(section: dict[str, Any], arn: str) -> dict[str, Any]:
    kept = [each for each in section["ProductRestEndpointPageArns"] if each != arn]
    return {**section, "ProductRestEndpointPageArns": kept}


def _require_order(
    session: Session, call: Call, product: AccountPart, order: dict[str, Any]
) -> None:
    """Refuse a place for a page that the product does not have. Raises `Invalid`."""
    sections = order.get("Contents") or []
    endpoints = [arn for each in sections for arn in each["ProductRestEndpointPageArns"]]
    pages = list(order.get("ProductPageArns") or [])
    if order.get("OverviewPageArn"):
        pages.append(order["OverviewPageArn"])
    if max(len(sections), len(endpoints), len(pages)) > quotas.PAGES_PER_PORTAL_PRODUCT + 1:
        raise Invalid(f"A product has at most {quotas.PAGES_PER_PORTAL_PRODUCT} pages")
    for section in sections:
        if not 1 <= len(section["SectionName"]) <= SECTION_NAME_CHARACTERS:
            raise Invalid(f"SectionName has from 1 to {SECTION_NAME_CHARACTERS} characters")
    for kind, arns in ((ENDPOINT_PAGE, endpoints), (PRODUCT_PAGE, pages)):
        known = session.scalars(storing.mine(call, kind, product.id)).all() if arns else []
        unknown = set(arns) - {storing.arn_of(each) for each in known}
        if unknown:
            raise Invalid(f"Invalid page ARN specified: {min(unknown)[:256]}")


def _present(product: AccountPart) -> Output:
    return {
        **product.document,
        "LastModified": storing.moment(product.document),
        "PortalProductArn": storing.arn_of(product),
        "PortalProductId": product.id,
    }


def _summary(product: AccountPart) -> Output:
    shown = {"Description": "", **_present(product)}
    return {name: each for name, each in shown.items() if name != "DisplayOrder"}
