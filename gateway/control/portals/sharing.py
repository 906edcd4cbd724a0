"""PutPortalProductSharingPolicy, GetPortalProductSharingPolicy,
DeletePortalProductSharingPolicy."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.orm import Session

from gateway.control.errors import Invalid
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS
from gateway.control.portals.storing import PRODUCT, SHARING_POLICY, stores
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy.resource_based import compile_resource_policy

CONFIGURED_ONLY = {
    "PolicyDocument": "accounts share no portal products: what another one owns is refused"
}

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MOST_BYTES = 307_200
"""PutPortalProductSharingPolicyRequest$PolicyDocument."""
MOST_STATEMENTS = 100
MOST_LEVELS = 8
"""Poolgate's own bounds."""
REFUSED = "Invalid policy document."


@stores(family, "PutPortalProductSharingPolicy")
def put_sharing_policy(session: Session, call: Call, request: Input) -> Output:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"], lock=True)
    require_policy(request["PolicyDocument"])
    policy = storing.find_or_none(session, call, SHARING_POLICY, product.id)
    if policy is None:
        policy = storing.keyed(call, SHARING_POLICY, product.id)
        session.add(policy)
    policy.document = {"PolicyDocument": request["PolicyDocument"]}
    return {}


@family.reads("GetPortalProductSharingPolicy")
def get_sharing_policy(session: Session, call: Call, request: Input) -> Output:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    policy = storing.find(session, call, SHARING_POLICY, product.id)
    return {**policy.document, "PortalProductId": product.id}


@stores(family, "DeletePortalProductSharingPolicy")
def delete_sharing_policy(session: Session, call: Call, request: Input) -> None:
    product = storing.find(session, call, PRODUCT, request["PortalProductId"])
    session.delete(storing.find(session, call, SHARING_POLICY, product.id))


def require_policy(text: str) -> None:
    """Refuse what is no resource-based policy. Raises `Invalid`."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Invalid(f"{REFUSED} It may have at most {MOST_BYTES} bytes.")
    try:
        document = orjson.loads(text)
    except ValueError:
        raise Invalid(f"{REFUSED} It is not JSON.") from None
    _require_bounded(document)
    try:
        compile_resource_policy(document)
    except MalformedPolicyDocument as error:
        raise Invalid(f"{REFUSED} {error}") from None


def _require_bounded(document: Any) -> None:
    """Nothing recurses into what nests deeper, or has more statements, than a policy."""
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [inner for each in level for inner in _inner(each)]
    if level:
        raise Invalid(f"{REFUSED} It nests too deeply.")
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, list) and len(statements) > MOST_STATEMENTS:
        raise Invalid(f"{REFUSED} It has more than {MOST_STATEMENTS} statements.")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
