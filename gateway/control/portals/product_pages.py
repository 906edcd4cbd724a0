"""CreateProductPage, GetProductPage, ListProductPages, UpdateProductPage, DeleteProductPage."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import AccountPart
from gateway.control.pages import page
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS, NOT_HOSTED
from gateway.control.portals.products import take_out_of_order
from gateway.control.portals.storing import PRODUCT, PRODUCT_PAGE, stores
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = dict.fromkeys(("DisplayContent.Body", "DisplayContent.Title"), NOT_HOSTED)

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)


@stores(family, "CreateProductPage")
def create_product_page(session: Session, call: Call, request: Input) -> Output:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    most = quotas.PAGES_PER_PORTAL_PRODUCT
    made = storing.new(session, call, PRODUCT_PAGE, most, product.id)
    made.document = storing.modified(call, {"DisplayContent": request["DisplayContent"]})
    session.add(made)
    return _present(made)


@family.reads("GetProductPage")
def get_product_page(session: Session, call: Call, request: Input) -> Output:
    storing.require_own(call, request)
    return _present(_find(session, call, request)[1])


@family.reads("ListProductPages")
def list_product_pages(session: Session, call: Call, request: Input) -> Output:
    storing.require_own(call, request)
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    query = storing.mine(call, PRODUCT_PAGE, product.id)
    return page(session, call, request, query, AccountPart.id, _summary)


@stores(family, "UpdateProductPage")
def update_product_page(session: Session, call: Call, request: Input) -> Output:
    found = _find(session, call, request, lock=True)[1]
    content = request.get("DisplayContent") or found.document["DisplayContent"]
    found.document = storing.modified(call, {"DisplayContent": content})
    return _present(found)


@stores(family, "DeleteProductPage")
def delete_product_page(session: Session, call: Call, request: Input) -> None:
    product, found = _find(session, call, request, lock=True)
    take_out_of_order(call, product, storing.arn_of(found))
    session.delete(found)


def _find(
    session: Session, call: Call, request: Input, *, lock: bool = False
) -> tuple[AccountPart, AccountPart]:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"], lock=lock)
    return product, storing.find(session, call, PRODUCT_PAGE, request["ProductPageId"], product.id)


def _present(part: AccountPart) -> Output:
    return {"DisplayContent": part.document["DisplayContent"], **_names(part)}


def _summary(part: AccountPart) -> Output:
    return {"PageTitle": part.document["DisplayContent"]["Title"], **_names(part)}


def _names(part: AccountPart) -> Output:
    return {
        "LastModified": storing.moment(part.document),
        "ProductPageArn": storing.arn_of(part),
        "ProductPageId": storing.id_of(part),
    }
