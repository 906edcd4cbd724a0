"""Records that grow beside a pool: its further configuration, events, import jobs, linked names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.configuration import CONFIGURATION
from kernel.database import Base


class PoolDocument(Base):
    """One document of a pool's configuration that operations of its own set and describe.

    `kind` says what it is (`risk`, `identity_provider`, `managed_login_branding`, ...), `key` which
    one of its kind: what must be unique is the key, so that the primary key refuses a second one.
    """

    __tablename__ = "user_pool_documents"
    __table_args__ = CONFIGURATION

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    modified: Mapped[datetime]


class PoolAsset(Base):
    """A file that belongs to a pool's pages, such as a logo."""

    __tablename__ = "user_pool_assets"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    content: Mapped[bytes]
    created: Mapped[datetime]


class AuthEvent(Base):
    """A sign-in, sign-up or password change, with what was known and thought of it."""

    __tablename__ = "auth_events"
    __table_args__ = (Index(None, "user_id", "created", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(index=True)
    document: Mapped[dict[str, Any]]
    """Members of AuthEventType, without those that are columns."""


class UserImportJob(Base):
    """A CSV file of users on its way into a pool."""

    __tablename__ = "user_import_jobs"
    __table_args__ = (Index(None, "pool_id", "created", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(index=True)
    """UserImportJobStatusType."""
    document: Mapped[dict[str, Any]]
    """Members of UserImportJobType, without those that are columns."""
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    """Up to which byte of the file its rows are in the pool: where a crashed job goes on."""
    created: Mapped[datetime]


class LinkedIdentity(Base):
    """An identity at an upstream provider that is one of the pool's users."""

    __tablename__ = "linked_identities"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    provider: Mapped[str] = mapped_column(primary_key=True)
    attribute: Mapped[str] = mapped_column(primary_key=True)
    """Cognito_Subject, or the name of the provider's attribute that identifies the user."""
    value: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime]
