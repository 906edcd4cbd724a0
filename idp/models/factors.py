"""What a user proves himself with beside a password: software tokens, passkeys, devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base


class SoftwareToken(Base):
    """A user's TOTP authenticator (RFC 6238)."""

    __tablename__ = "software_tokens"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[bytes | None]
    """The verified secret, sealed for the purpose `software-token:USER`; None before that."""
    sealed_pending: Mapped[bytes | None]
    """A secret that was handed out and waits for its first code, sealed likewise."""
    friendly_name: Mapped[str | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The time step of the last accepted code: no code is accepted twice (RFC 6238 §5.2)."""
    modified: Mapped[datetime]


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """HMAC under a key outside the database."""
    created: Mapped[datetime]
    used: Mapped[datetime | None]


class Passkey(Base):
    """A WebAuthn credential (Web Authentication Level 3 §4, "Credential Record")."""

    __tablename__ = "passkeys"
    __table_args__ = (Index(None, "user_id", "credential_id"),)

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    credential_id: Mapped[str] = mapped_column(primary_key=True)
    """Base64url without padding."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    relying_party_id: Mapped[str]
    public_key: Mapped[bytes]
    """COSE_Key, as the authenticator made it."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    friendly_name: Mapped[str]
    transports: Mapped[list[Any]]
    attachment: Mapped[str | None]
    created: Mapped[datetime]
    last_used: Mapped[datetime | None]


class Device(Base):
    """A device that a user has signed in with and that proves itself by SRP."""

    __tablename__ = "devices"
    __table_args__ = (Index(None, "user_id", "last_authenticated"),)

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    device_key: Mapped[str] = mapped_column(primary_key=True)
    group_key: Mapped[str]
    name: Mapped[str | None]
    salt: Mapped[bytes | None]
    sealed_verifier: Mapped[bytes | None]
    """The SRP verifier, sealed for the purpose `device-verifier:DEVICE_KEY`; both are None until
    ConfirmDevice."""
    remembered: Mapped[bool] = mapped_column(default=False)
    attributes: Mapped[dict[str, Any]]
    """What GetDevice tells of it, by AWS's names."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
    last_authenticated: Mapped[datetime]
