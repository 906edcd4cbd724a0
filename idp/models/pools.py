"""Pools and what an operator configures in them.

`settings` documents hold members of the AWS shapes under their AWS names, with defaults filled
in, so that a Describe operation is the stored document.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.configuration import CONFIGURATION
from kernel.database import Base

NOBODYS = ""
"""The account of a deleted pool whose users are not all deleted yet."""


class UserPool(Base):
    """A directory of users, with its own issuer and signing keys."""

    __tablename__ = "user_pools"
    __table_args__ = (Index(None, "account", "region", "id"), CONFIGURATION)

    id: Mapped[str] = mapped_column(primary_key=True)
    """REGION_RANDOM, as AWS writes it."""
    account: Mapped[str]
    region: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    schema: Mapped[list[Any]]
    """SchemaAttributeType documents: the standard attributes, then the custom ones."""
    password_storage: Mapped[str] = mapped_column(default="srp")
    """`srp` keeps a sealed SRP verifier; `argon2id` keeps a hash, and SRP flows are refused."""
    created: Mapped[datetime]
    modified: Mapped[datetime]

    @property
    def is_withdrawn(self) -> bool:
        """Whether it is deleted, and is nothing any more but rows that wait for their turn."""
        return self.account == NOBODYS


class UserPoolClient(Base):
    """An application that may ask a pool for tokens."""

    __tablename__ = "user_pool_clients"
    __table_args__ = (Index(None, "pool_id", "id"), CONFIGURATION)

    id: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(ForeignKey("user_pools.id", ondelete="CASCADE"))
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    requires_pkce: Mapped[bool] = mapped_column(default=True)
    """Beyond AWS: a public client must send a code challenge (`poolgate clients`)."""
    created: Mapped[datetime]
    modified: Mapped[datetime]


class ClientSecret(Base):
    """A secret of a confidential client; two at a time allow rotation."""

    __tablename__ = "user_pool_client_secrets"
    __table_args__ = CONFIGURATION

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(
        ForeignKey("user_pool_clients.id", ondelete="CASCADE"), index=True
    )
    sealed: Mapped[bytes]
    """Sealed for the purpose `client-secret:ID`, ID being this row's."""
    created: Mapped[datetime]


class PoolDomain(Base):
    """Where a pool's hosted pages and OAuth endpoints are found: a prefix or a whole host name."""

    __tablename__ = "user_pool_domains"
    __table_args__ = CONFIGURATION

    domain: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), index=True
    )
    settings: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class ResourceServer(Base):
    """An API with its own scopes."""

    __tablename__ = "resource_servers"
    __table_args__ = CONFIGURATION

    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), primary_key=True
    )
    identifier: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scopes: Mapped[list[Any]]


class PoolSigningKey(Base):
    """One of a pool's signing keys. The first in `position` signs; all of them verify.

    Those that wait for their turn come next, and last those that have signed and retire.
    """

    __tablename__ = "user_pool_signing_keys"
    __table_args__ = CONFIGURATION

    kid: Mapped[str] = mapped_column(primary_key=True)
    pool_id: Mapped[str] = mapped_column(
        ForeignKey("user_pools.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    sealed_private_key: Mapped[bytes]
    """PKCS #8 PEM, sealed for the purpose `signing-key:KID`."""
    public_jwk: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    signs_since: Mapped[datetime | None]
    """When it became the first; None for a key that waits for its turn."""
    retires: Mapped[datetime | None]
    """When the last token that it signed has expired, and it is deleted; None while it is used."""
