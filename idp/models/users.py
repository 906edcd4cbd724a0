"""Users, the names they sign in with, their groups and their confirmation codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base

EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"
"""The status of somebody who has no password here, and for whom no code sets one: a provider, a
directory or an administrator says who they are."""


class User(Base):
    """A person in a pool. `id` is the `sub` of their tokens."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "pool_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    username: Mapped[str]
    status: Mapped[str]
    """UserStatusType: UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, ..."""
    enabled: Mapped[bool] = mapped_column(default=True)
    attributes: Mapped[dict[str, Any]]
    """Attribute values by name, all of them texts as on the wire, without `sub`."""
    pending_attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """New e-mail addresses and phone numbers that wait for verification."""
    created: Mapped[datetime]
    modified: Mapped[datetime]

    srp_salt: Mapped[bytes | None]
    sealed_verifier: Mapped[bytes | None]
    """The SRP verifier, sealed for the purpose `srp-verifier:ID`."""
    password_hash: Mapped[str | None]
    """argon2id in the PHC form, where the pool's password_storage says so; or an imported hash in
    its own form, until a password sign-in replaces it."""
    sealed_password_history: Mapped[bytes | None]
    """Earlier salts and verifiers, sealed for the purpose `password-history:ID`."""
    password_set: Mapped[datetime | None]
    mfa: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Second factors that the user has chosen: `enabled`, a list of SMS_MFA, EMAIL_OTP and
    SOFTWARE_TOKEN_MFA, and `preferred`, one of them. Of somebody whose passkeys were made on
    another server also `passkey_handle`, which names him to them."""


class SignInName(Base):
    """A name that finds one user: the username, or an alias that the pool allows.

    All kinds share one namespace, so that nobody can take another's e-mail address as a username.
    """

    __tablename__ = "sign_in_names"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    """Normalised by the pool's case sensitivity."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """`username`, `email`, `phone_number` or `preferred_username`."""


class AttemptCount(Base):
    """Attempts that are limited: failed passwords in a row, and codes for names that nobody has.

    Users and missing names are counted in the same way, so that the work done tells nothing about
    who exists.
    """

    __tablename__ = "attempt_counts"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    """What is counted, and for whom: a user's id, or a keyed hash of the name."""
    attempts: Mapped[int]
    last: Mapped[datetime] = mapped_column(index=True)


class SearchableAttribute(Base):
    """One value that ListUsers can filter by, in index order."""

    __tablename__ = "searchable_attributes"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(
        # Prefixes are ranges of code points, which a language's collation would not keep.
        String().with_variant(String(collation="C"), "postgresql"),
        primary_key=True,
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Group(Base):
    """A named set of users, with an order among groups and an IAM role."""

    __tablename__ = "user_groups"

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str | None]
    precedence: Mapped[int | None]
    role_arn: Mapped[str | None]
    created: Mapped[datetime]
    modified: Mapped[datetime]


class GroupMember(Base):
    """A user's membership of a group."""

    __tablename__ = "user_group_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "group_name"],
            ["user_groups.pool_id", "user_groups.name"],
            ondelete="CASCADE",
        ),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ConfirmationCode(Base):
    """The code last sent to a user for a purpose; a new one replaces it."""

    __tablename__ = "confirmation_codes"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[str] = mapped_column(primary_key=True)
    """`sign_up`, `forgot_password`, or `attribute:NAME`."""
    code_hash: Mapped[bytes]
    """HMAC under a key outside the database: six digits alone are quickly guessed."""
    destination: Mapped[str]
    attribute: Mapped[str]
    """Which attribute the code was sent to: `email` or `phone_number`."""
    sent: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    sends: Mapped[int] = mapped_column(default=1)
