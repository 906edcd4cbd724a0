"""PublishPortal, PreviewPortal, DisablePortal: what AWS does in the background fails here, and the
portal says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gateway.control.errors import Conflicting
from gateway.control.portals import storing
from gateway.control.portals.errors import ERRORS, NOT_HOSTED
from gateway.control.portals.storing import PORTAL, stores
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {"Description": "no portal is published, so no publication is described"}

family = OperationFamily("apigatewayv2", errors=ERRORS, configured_only=CONFIGURED_ONLY)

WHY = {"Exception": "PortalHostingUnavailable", "Message": f"{NOT_HOSTED}."}


@stores(family, "PublishPortal")
def publish_portal(session: Session, call: Call, request: Input) -> Output:
    _change(session, call, request, {"PublishStatus": "PUBLISH_FAILED", "StatusException": WHY})
    return {}


@stores(family, "PreviewPortal")
def preview_portal(session: Session, call: Call, request: Input) -> Output:
    failed = {"PreviewStatus": "PREVIEW_FAILED", "StatusException": WHY}
    _change(session, call, request, {"Preview": failed})
    return {}


@stores(family, "DisablePortal")
def disable_portal(session: Session, call: Call, request: Input) -> None:
    portal = storing.find(session, call, PORTAL, request["PortalId"], lock=True)
    if portal.document["PublishStatus"] == "DISABLED":
        raise Conflicting("The portal is not published")
    kept = {name: each for name, each in portal.document.items() if name != "StatusException"}
    portal.document = {**kept, "PublishStatus": "DISABLED"}


def _change(session: Session, call: Call, request: Input, members: dict[str, Any]) -> None:
    portal = storing.find(session, call, PORTAL, request["PortalId"], lock=True)
    portal.document = {**portal.document, **members}
