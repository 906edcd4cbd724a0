"""What the control plane of REST APIs stores besides the tables that both planes share.

As in `gateway.control.models`, columns hold keys and a `document` holds the rest by the service
model's member names. The API itself, its authorizers, stages and deployments are rows of the
shared tables, with the protocol REST.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.control.models import api_key
from kernel.database import Base


class Resource(Base):
    """A node of the resource tree. `methods` maps `GET`, `ANY`, ... to the model's `Method`."""

    __tablename__ = "gateway_resources"
    __table_args__ = (UniqueConstraint("api_id", "path"),)

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(String(32))
    """None for the root."""
    path: Mapped[str] = mapped_column(String(2048))
    """From the root, such as `/pets/{id}`."""
    methods: Mapped[dict[str, Any]]


class Part(Base):
    """A named part of an API that has no table of its own, such as a model or a gateway response.

    `kind` is one of the constants below; `name` is unique among an API's parts of one kind.
    """

    __tablename__ = "gateway_parts"
    __table_args__ = (UniqueConstraint("api_id", "kind", "name"),)

    api_id: Mapped[str] = api_key()
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(512))
    document: Mapped[dict[str, Any]]


MODEL = "model"
REQUEST_VALIDATOR = "request-validator"
GATEWAY_RESPONSE = "gateway-response"
DOCUMENTATION_PART = "documentation-part"
DOCUMENTATION_VERSION = "documentation-version"
ROUTE_RESPONSE = "route-response"
INTEGRATION_RESPONSE = "integration-response"
