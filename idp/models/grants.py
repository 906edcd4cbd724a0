"""What was granted: refresh-token families, authorization codes, browser sessions, revocations,
and what waits to be granted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
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
    binding: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What its tokens say or are bound to beyond scopes: `cnf` (RFC 7800), `resource` (RFC 8707),
    `claims` (OIDC Core §5.5). A member that is absent asks for nothing."""


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
    binding: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PushedRequest(Base):
    """RFC 9126: an authorization request that waits under its `request_uri`."""

    __tablename__ = "pushed_requests"

    id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of the reference, which has 256 bits of its own."""
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    parameters: Mapped[dict[str, Any]]
    expires: Mapped[datetime] = mapped_column(index=True)


class DeviceAuthorization(Base):
    """RFC 8628: a device that waits for a person to let it in."""

    __tablename__ = "device_authorizations"
    __table_args__ = (UniqueConstraint("pool_id", "user_code"),)

    device_code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of the device code, which has 256 bits of its own."""
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    user_code: Mapped[str]
    scopes: Mapped[list[Any]]
    binding: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(default="PENDING")
    """PENDING, APPROVED, DENIED or REDEEMED."""
    interval: Mapped[int]
    """Seconds between two polls, at least."""
    polled: Mapped[datetime | None]
    expires: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    """Who let it in; the rest is of their sign-in, as in `AuthorizationCode`."""
    auth_time: Mapped[datetime | None]
    factors: Mapped[list[Any]] = mapped_column(default=list)
    browser_session_id: Mapped[str | None]
    family_id: Mapped[str | None]


class Consent(Base):
    """What a person allowed a client that asks them."""

    __tablename__ = "consents"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    scopes: Mapped[list[Any]]
    granted: Mapped[datetime]


class LogoutNotice(Base):
    """A logout token that a client has not taken yet (OpenID Connect Back-Channel Logout 1.0)."""

    __tablename__ = "logout_notices"

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str]
    """`sub`; of a user who may be gone."""
    browser_session_id: Mapped[str | None]
    """`sid`."""
    attempts: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime] = mapped_column(index=True)
    created: Mapped[datetime]


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
