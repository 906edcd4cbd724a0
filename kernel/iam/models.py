"""The tables of access keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base

ACTIVE, DISABLED = "active", "disabled"


class AccessKey(Base):
    """A key that signs requests, and what its holder may do.

    Secret and session token are sealed for the row, so that none opens in another's place.
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


def secret_purpose(access_key_id: str) -> str:
    return f"access-key:{access_key_id}"


def session_token_purpose(access_key_id: str) -> str:
    return f"session-token:{access_key_id}"
