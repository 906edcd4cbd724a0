"""What was granted: refresh-token families, authorization codes, browser sessions, revocations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base


class RefreshFamily(Base):
    """One sign-in, and the refresh tokens that descend from it. `id` is their `origin_jti`.

    A refresh token is sealed and names its family and generation. Without rotation every refresh
    uses generation 0; with rotation an older generation is accepted during the grace period only,
    and its use after that revokes the family.
    """

    __tablename__ = "refresh_families"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), index=True
    )
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sign_in_id: Mapped[str | None] = mapped_column(unique=True)
    """The sign-in that bought it: a replayed session finds it taken."""
    scopes: Mapped[list[Any]]
    auth_time: Mapped[datetime]
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    generation: Mapped[int] = mapped_column(default=0)
    rotated: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    event_id: Mapped[str]
    nonce: Mapped[str | None]
    factors: Mapped[list[Any]] = mapped_column(default=list)
    """What the user proved himself with, in order: names of challenges, PASSWORD first."""
    device_key: Mapped[str | None]
    browser_session_id: Mapped[str | None]
    """`BrowserSession.session_id` of the browser that it was opened in."""
    last_active: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    """Of the last sign-in or refresh, as the two after it."""
    user_agent: Mapped[str] = mapped_column(default="")


class Revocation(Base):
    """A revoked sign-in, which verifiers must know until its last access token has expired.

    `id` grows, so a verifier reads only what is new to it.
    """

    __tablename__ = "revocations"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's name

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    pool_id: Mapped[str]
    origin_jti: Mapped[str]
    expires: Mapped[datetime] = mapped_column(index=True)


class AuthorizationCode(Base):
    """RFC 6749 §4.1.2: short-lived, single-use; a second use revokes what the first bought."""

    __tablename__ = "authorization_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of the code, which has 256 bits of its own."""
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[list[Any]]
    nonce: Mapped[str | None]
    code_challenge: Mapped[str | None]
    """S256; the only method (RFC 7636 §4.2)."""
    auth_time: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    redeemed: Mapped[datetime | None]
    family_id: Mapped[str | None]
    factors: Mapped[list[Any]] = mapped_column(default=list)
    """As in `RefreshFamily`, which inherits this and the next."""
    browser_session_id: Mapped[str | None]


class BrowserSession(Base):
    """A person signed in at the hosted pages of one pool."""

    __tablename__ = "browser_sessions"

    id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of the cookie's value, which has 256 bits of its own."""
    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    auth_time: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    session_id: Mapped[str] = mapped_column(unique=True)
    """Names the session to people; it opens nothing."""
    factors: Mapped[list[Any]] = mapped_column(default=list)
    last_active: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
