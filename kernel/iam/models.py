"""The tables of access keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base

ACTIVE, DISABLED = "active", "disabled"


class AccessKey(Base):
    """A key that signs requests, and what its holder may do.

    Secret and session token are sealed for the purposes `access-key:ID` and `session-token:ID`.
    """

    __tablename__ = "access_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    user_name: Mapped[str]
    arn: Mapped[str]
    sealed_secret: Mapped[bytes]
    sealed_session_token: Mapped[bytes | None]
    status: Mapped[str]
    policies: Mapped[list[Any]]
    created: Mapped[datetime]
    expires: Mapped[datetime | None] = mapped_column(index=True)
    """When a temporary key ends; none for a long-term key."""
