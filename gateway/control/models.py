"""What the control plane of HTTP APIs stores.

Columns hold keys; a `document` holds the rest, by the service model's member names, so that what
AWS adds to a shape needs no migration. A deployment keeps the whole definition of its API as it
was at that moment and is never changed afterwards, its description apart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway import quotas
from kernel.database import Base


class Api(Base):
    """An API. Its id is unique across accounts, because it is the API's address."""

    __tablename__ = "gateway_apis"
    __table_args__ = (Index(None, "account", "region", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))
    protocol: Mapped[str] = mapped_column(String(16))
    document: Mapped[dict[str, Any]]
    created: Mapped[datetime]


def api_key() -> Mapped[str]:
    """The API that a row belongs to and goes with."""
    reference = ForeignKey("gateway_apis.id", ondelete="CASCADE")
    return mapped_column(String(32), reference, primary_key=True)


class Route(Base):
    """A route key such as `GET /pets/{id}`, with what it asks for and where it leads."""

    __tablename__ = "gateway_routes"
    __table_args__ = (UniqueConstraint("api_id", "route_key"),)

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    route_key: Mapped[str] = mapped_column(String(quotas.ROUTE_KEY_CHARACTERS))
    integration_id: Mapped[str | None] = mapped_column(String(32))
    authorizer_id: Mapped[str | None] = mapped_column(String(32))
    document: Mapped[dict[str, Any]]


class Integration(Base):
    """A backend that routes lead to."""

    __tablename__ = "gateway_integrations"

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[dict[str, Any]]


class Authorizer(Base):
    """Whose tokens open the routes that name it."""

    __tablename__ = "gateway_authorizers"
    __table_args__ = (UniqueConstraint("api_id", "name"),)

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    document: Mapped[dict[str, Any]]


class Stage(Base):
    """A name under which one deployment of an API is served."""

    __tablename__ = "gateway_stages"

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    """The stage's name."""
    deployment_id: Mapped[str | None] = mapped_column(String(32))
    auto_deploy: Mapped[bool]
    document: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    updated: Mapped[datetime]


class Deployment(Base):
    """The definition of an API at one moment; `ordinal` counts an API's deployments."""

    __tablename__ = "gateway_deployments"
    __table_args__ = (UniqueConstraint("api_id", "ordinal"),)

    api_id: Mapped[str] = api_key()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ordinal: Mapped[int]
    automatic: Mapped[bool]
    description: Mapped[str] = mapped_column(String(1024))
    definition: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class GatewayVersion(Base):
    """One row, whose number grows with every change that a data plane must notice."""

    __tablename__ = "gateway_configuration_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
