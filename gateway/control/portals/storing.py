"""How portals, products and pages are stored, found and named.

Each is a part of its account. A page's key begins with its product's, so that a product's pages
are one range of keys. Nothing here is served, so workers need not notice a change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete
from sqlalchemy.orm import Session

from gateway.control.account.finding import parts_of
from gateway.control.account.models import AccountPart
from gateway.control.documents import require_storable
from gateway.control.errors import Missing
from gateway.control.portals.errors import Denied
from gateway.control.repository import new_id, require_room
from kernel.aws.operations import Call, Input, OperationFamily, Output

PORTAL = "portal"
PRODUCT = "portal-product"
SHARING_POLICY = "portal-product-policy"
"""Under the id of its product."""
PRODUCT_PAGE = "product-page"
ENDPOINT_PAGE = "product-endpoint-page"

NAMES = {
    PORTAL: "portal",
    PRODUCT: "portal product",
    SHARING_POLICY: "sharing policy",
    PRODUCT_PAGE: "product page",
    ENDPOINT_PAGE: "product REST endpoint page",
}
MODIFIED = "LastModified"
_ID = re.compile(r"[a-z0-9]{10,30}")

Handler = Callable[[Session, Call, Input], Output | None]


def stores(family: OperationFamily, name: str) -> Callable[[Handler], Handler]:
    """Register a handler that stores text of its request, as one unit of work."""

    def register(handler: Handler) -> Handler:
        @family.operation(name)
        def run(call: Call, request: Input) -> Output | None:
            require_storable(request)
            output: Output | None = call.kernel.database.write(handler, call, request)
            return output

        return handler

    return register


def mine(call: Call, kind: str, product: str = "") -> Select[AccountPart]:
    """The caller's parts of one kind: of one product, where they are pages."""
    query = parts_of(call, kind)
    if not product:
        return query
    return query.where(AccountPart.id.startswith(f"{product}.", autoescape=True))


def find(
    session: Session,
    call: Call,
    kind: str,
    part_id: str,
    product: str = "",
    *,
    lock: bool = False,
) -> AccountPart:
    """A part by its id. `lock` makes changes of it wait for each other. Raises `Missing`."""
    part = find_or_none(session, call, kind, part_id, product, lock=lock)
    if part is None:
        raise Missing(f"Invalid {NAMES[kind]} identifier specified")
    return part


def find_or_none(
    session: Session,
    call: Call,
    kind: str,
    part_id: str,
    product: str = "",
    *,
    lock: bool = False,
) -> AccountPart | None:
    if not _ID.fullmatch(part_id):
        return None
    key = f"{product}.{part_id}" if product else part_id
    row = (call.account, call.region, kind, key)
    return session.get(AccountPart, row, with_for_update=lock or None)


def new(session: Session, call: Call, kind: str, most: int, product: str = "") -> AccountPart:
    """A part without a document, not stored yet. Raises `Exceeded`."""
    query = mine(call, kind, product)
    require_room(session, query, most, f"{NAMES[kind]}s")
    made = new_id(
        call.kernel.randomness, 10, lambda each: find_or_none(session, call, kind, each, product)
    )
    return keyed(call, kind, f"{product}.{made}" if product else made)


def keyed(call: Call, kind: str, key: str) -> AccountPart:
    now = call.kernel.clock.now()
    return AccountPart(
        account=call.account, region=call.region, kind=kind, id=key, document={}, created=now
    )


def remove_pages(session: Session, call: Call, product: str) -> None:
    """Delete everything of a product that goes."""
    for kind in (PRODUCT_PAGE, ENDPOINT_PAGE):
        of_account = (AccountPart.account == call.account, AccountPart.region == call.region)
        pages = AccountPart.id.startswith(f"{product}.", autoescape=True)
        session.execute(delete(AccountPart).where(*of_account, AccountPart.kind == kind, pages))


def modified(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the moment of its change, as JSON holds it."""
    return {**document, MODIFIED: call.kernel.clock.now().isoformat()}


def moment(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document[MODIFIED])


def id_of(part: AccountPart) -> str:
    """The id that clients know: that of a page without its product's."""
    return part.id.rpartition(".")[2]


def arn_of(part: AccountPart) -> str:
    """`arn:aws:apigateway:REGION:ACCOUNT:/portals/ID` and so on."""
    product, _, part_id = part.id.rpartition(".")
    path = {
        PORTAL: f"portals/{part_id}",
        PRODUCT: f"portalproducts/{part_id}",
        PRODUCT_PAGE: f"portalproducts/{product}/productpages/{part_id}",
        ENDPOINT_PAGE: f"portalproducts/{product}/productrestendpointpages/{part_id}",
    }[part.kind]
    return f"arn:aws:apigateway:{part.region}:{part.account}:/{path}"


def require_own(call: Call, request: Input) -> None:
    """Refuse what another account owns: sharing policies are stored only. Raises `Denied`."""
    owner = request.get("ResourceOwnerAccountId")
    if owner and owner != call.account:
        raise Denied("Accounts share no portal products here")
