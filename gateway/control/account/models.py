"""What belongs to an account and region rather than to one API.

`document` holds members by the names of the service model that made the row (apigateway's are
lower-case, apigatewayv2's upper-case); the tables that both planes show say which they keep.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base


class Domain(Base):
    """A custom domain name, which is unique across accounts because it is an address.

    `document` is by apigatewayv2's names. `sealed` holds a private key given through the API.
    """

    __tablename__ = "gateway_domains"
    __table_args__ = (Index(None, "account", "region", "name"),)

    name: Mapped[str] = mapped_column(String(512), primary_key=True)
    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))
    document: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    created: Mapped[datetime]


def _domain() -> Mapped[str]:
    reference = ForeignKey("gateway_domains.name", ondelete="CASCADE")
    return mapped_column(String(512), reference, primary_key=True)


class DomainMapping(Base):
    """A base path of a domain and the API that it leads to.

    An empty `stage` is a base-path mapping whose next path segment names the stage.
    """

    __tablename__ = "gateway_domain_mappings"
    __table_args__ = (UniqueConstraint("domain", "prefix"),)

    domain: Mapped[str] = _domain()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(300))
    api_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("gateway_apis.id", ondelete="CASCADE"), index=True
    )
    stage: Mapped[str] = mapped_column(String(128))


class RoutingRule(Base):
    """A rule that sends some requests of a domain elsewhere than its mappings do."""

    __tablename__ = "gateway_routing_rules"
    __table_args__ = (UniqueConstraint("domain", "priority"),)

    domain: Mapped[str] = _domain()
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    priority: Mapped[int]
    document: Mapped[dict[str, Any]]


class ApiKey(Base):
    """A key that callers send. Its value is sealed; `fingerprint` finds it."""

    __tablename__ = "gateway_api_keys"
    __table_args__ = (Index(None, "account", "region", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    """`fingerprint_of` its value: a keyed digest, so that the database alone reveals no key."""
    sealed: Mapped[bytes]
    document: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    updated: Mapped[datetime]


class UsagePlan(Base):
    """Which keys may call which stages, how fast and how often."""

    __tablename__ = "gateway_usage_plans"
    __table_args__ = (Index(None, "account", "region", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))
    document: Mapped[dict[str, Any]]


class UsagePlanKey(Base):
    """An API key of a usage plan."""

    __tablename__ = "gateway_usage_plan_keys"

    plan_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("gateway_usage_plans.id", ondelete="CASCADE"), primary_key=True
    )
    key_id: Mapped[str] = mapped_column(
        String(32),
        ForeignKey("gateway_api_keys.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )


class Usage(Base):
    """How many requests of a plan a key made on one day (UTC)."""

    __tablename__ = "gateway_usage"

    plan_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("gateway_usage_plans.id", ondelete="CASCADE"), primary_key=True
    )
    key_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("gateway_api_keys.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger)
    """Requests added to (or, below 0, taken from) the period's quota by UpdateUsage."""


class AccountPart(Base):
    """Anything else of an account: VPC links, client certificates, portals, account settings."""

    __tablename__ = "gateway_account_parts"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    document: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    created: Mapped[datetime]


ACCOUNT_SETTINGS = "account"
CLIENT_CERTIFICATE = "client-certificate"
VPC_LINK = "vpc-link"
"""Made by apigateway."""
HTTP_VPC_LINK = "http-vpc-link"
"""Made by apigatewayv2."""


class Metric(Base):
    """What one minute of one route counted. `counts` is written by `gateway.metrics`."""

    __tablename__ = "gateway_metrics"
    __table_args__ = (Index(None, "minute"),)

    api_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    stage: Mapped[str] = mapped_column(String(128), primary_key=True)
    route: Mapped[str] = mapped_column(String(1200), primary_key=True)
    """The route key; empty for all requests. `gateway.metrics.store` names those of a canary."""
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The worker that counted: each writes rows of its own, and readers add them up."""
    counts: Mapped[dict[str, Any]]
