"""What stands between a pool and other software that knows its users: sessions on both sides, and
resources that a company's directory provisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base


class UpstreamSession(Base):
    """A session at another provider that opened a browser session here: either end may end both."""

    __tablename__ = "upstream_sessions"
    __table_args__ = (
        Index(None, "pool_id", "provider", "subject"),
        Index(None, "pool_id", "provider", "upstream_id"),
    )

    browser_session_id: Mapped[str] = mapped_column(primary_key=True)
    """`BrowserSession.session_id`, and of the refresh families that were opened in it."""
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str]
    """The identity provider's name in the pool."""
    subject: Mapped[str]
    """SAML's NameID, OpenID Connect's `sub`."""
    upstream_id: Mapped[str | None]
    """SAML's SessionIndex, OpenID Connect's `sid`."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the provider must be told again, such as the NameID's format and qualifiers."""
    expires: Mapped[datetime] = mapped_column(index=True)


class SamlApplicationSession(Base):
    """A person signed in at an application that trusts the pool as a SAML identity provider."""

    __tablename__ = "saml_application_sessions"
    __table_args__ = (Index(None, "pool_id", "application"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """SessionIndex."""
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    browser_session_id: Mapped[str] = mapped_column(index=True)
    """`BrowserSession.session_id`."""
    application: Mapped[str]
    """The application's entity id."""
    name_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires: Mapped[datetime] = mapped_column(index=True)


class ScimResource(Base):
    """What a company's directory calls a user or a group: what the pool's own tables have no place
    for. SCIM provisions them, or a pool's LDAP directory vouches for them (`directory_users`)."""

    __tablename__ = "scim_resources"
    __table_args__ = (
        Index(None, "pool_id", "kind", "external_id"),
        UniqueConstraint("pool_id", "group_name"),
        ForeignKeyConstraint(
            ["pool_id", "group_name"],
            ["user_groups.pool_id", "user_groups.name"],
            ondelete="CASCADE",
        ),
    )

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    """Of a user the `sub`, of a group an identifier of its own, as its name may change; of a person
    of an LDAP directory a hash of what the directory calls him by."""
    kind: Mapped[str]
    """User, Group, or DirectoryPerson and DirectoryArrival for who comes from an LDAP directory."""
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    group_name: Mapped[str | None]
    external_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime]
    modified: Mapped[datetime]
