"""What CreateIntegration and UpdateIntegration check of integrations through a VPC link."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account.models import AccountPart
from gateway.control.account.vpc_links import KINDS, status_of
from gateway.control.documents import Document
from gateway.control.errors import Invalid
from gateway.control.models import Api

_LISTENER = re.compile(
    r"arn:aws[a-z-]*:(elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener"
    r"|servicediscovery:[a-z0-9-]+:[0-9]{12}:service)/[A-Za-z0-9/_-]{1,256}"
)


def require_connection(session: Session, api: Api, document: Document) -> None:
    """Refuse a VPC link that no request could be sent through. Raises `Invalid`."""
    link_id = document.get("ConnectionId")
    if document["ConnectionType"] != "VPC_LINK":
        if link_id:
            raise Invalid("ConnectionId needs the ConnectionType VPC_LINK")
        return
    if document["IntegrationType"] != "HTTP_PROXY":
        raise Invalid("The ConnectionType VPC_LINK needs the IntegrationType HTTP_PROXY")
    if not link_id:
        raise Invalid("The ConnectionType VPC_LINK needs a ConnectionId")
    link = _link(session, api, link_id)
    if link is None:
        raise Invalid(f"Invalid VpcLink identifier specified {link_id[:100]}")
    status, message = status_of(link.document)
    if status != "AVAILABLE":
        raise Invalid(f"The VpcLink {link_id} is {status}: {message}")


def leads_to_listener(document: Document) -> bool:
    """Whether the URI is a listener's or service's ARN, which only a VPC link leads to."""
    is_private = document["ConnectionType"] == "VPC_LINK"
    return is_private and bool(_LISTENER.fullmatch(document.get("IntegrationUri", "")))


def _link(session: Session, api: Api, link_id: str) -> AccountPart | None:
    if not re.fullmatch("[A-Za-z0-9]{1,32}", link_id):
        return None
    query = select(AccountPart).where(
        AccountPart.account == api.account,
        AccountPart.region == api.region,
        AccountPart.kind.in_(KINDS),
        AccountPart.id == link_id,
    )
    return session.scalar(query)
