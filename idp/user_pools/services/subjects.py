"""What an unsigned call is about: the client it names, that client's pool, and a user of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from idp.errors import ClientNotFound
from idp.models import User, UserPool, UserPoolClient
from idp.user_pools.rules import schema, validity
from idp.user_pools.rules.claims import Subject
from idp.user_pools.rules.client_metadata import NO_METADATA, ClientMetadata
from idp.user_pools.rules.client_secret import is_client_secret
from idp.user_pools.rules.provider_settings import NO_SETTINGS, ProviderSettings
from idp.user_pools.rules.validity import TokenLifetimes
from idp.user_pools.services import (
    clients,
    imported_credentials,
    oauth_settings,
    quick_reads,
    session_settings,
    user_directories,
)
from idp.user_pools.services.imported_credentials import Forms
from idp.user_pools.services.quick_reads import MemberOf
from idp.user_pools.services.session_settings import UNTRACKED, SessionSettings
from idp.user_pools.services.user_directories import Directory
from kernel.runtime import Kernel
from kernel.statements import Rows


@dataclass(frozen=True)
class ClientContext:
    """A client with its pool and its secrets in clear; no secrets make it a public client."""

    pool: UserPool
    client: UserPoolClient
    secrets: tuple[str, ...] = field(repr=False)
    sessions: SessionSettings = UNTRACKED
    imported_forms: Forms = ()
    """What kinds of imported password hashes the pool holds."""
    metadata: ClientMetadata = NO_METADATA
    """The client's, beyond Cognito's settings."""
    provider: ProviderSettings = NO_SETTINGS
    """The pool's as an OpenID provider, beyond Cognito's settings."""
    directory: Directory | None = None
    """Where the pool's people come from, or have their passwords."""

    @property
    def hides_missing_users(self) -> bool:
        return bool(self.client.settings["PreventUserExistenceErrors"] == "ENABLED")

    @property
    def takes_sign_ups(self) -> bool:
        """Whether strangers may make accounts. Where a directory says who there is, they would take
        the names of its people."""
        by_directory = self.directory is not None and self.directory.settings.is_source
        closed = self.pool.settings["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
        return not (closed or by_directory)

    def is_proven_by(self, secret: str | None) -> bool:
        """Whether a secret that came with an operation is the client's. Nothing proves a client
        there that has registered to authenticate by a key: its secret must be no way around it."""
        return not self.metadata.has_own_keys and is_client_secret(secret, self.secrets)

    @cached_property
    def lifetimes(self) -> TokenLifetimes:
        """How long the client's tokens are good for."""
        return validity.lifetimes(self.client.settings)

    @cached_property
    def readable(self) -> frozenset[str]:
        """The attributes that the client may read."""
        return schema.readable_attributes(self.pool.schema, self.client.settings)

    @cached_property
    def writable(self) -> frozenset[str]:
        """The attributes that the client may write."""
        return schema.writable_attributes(self.pool.schema, self.client.settings)


def load_client(rows: Rows, kernel: Kernel, client_id: str) -> ClientContext:
    """Raises `ClientNotFound`. What comes back is shared: do not change it."""

    def load() -> ClientContext | None:
        found = quick_reads.client_and_pool(rows, client_id)
        if found is None:
            return None
        client, pool, sealed = found
        return ClientContext(
            pool,
            client,
            tuple(clients.open_sealed(kernel, sealed)),
            session_settings.load(rows, pool.id, client.id),
            imported_credentials.load_forms(rows, pool.id),
            *oauth_settings.load(rows, pool.id, client.id),
            user_directories.load(rows, pool.id),
        )

    context = kernel.configuration.get(rows, (ClientContext, client_id), load)
    if context is None:
        raise ClientNotFound(client_id)
    return context


def subject(rows: Rows, user: User) -> Subject:
    """The user as tokens speak of him, with his groups by precedence."""
    groups = quick_reads.groups(rows, user.id)
    roles = [group.role_arn for group in groups if group.role_arn]
    return Subject(
        user_id=user.id,
        username=user.username,
        attributes=user.attributes,
        groups=[group.name for group in groups],
        roles=list(dict.fromkeys(roles)),
        preferred_role=_preferred_role(groups),
    )


def _preferred_role(groups: Sequence[MemberOf]) -> str | None:
    """The role of the group with the lowest precedence, unless two of them tie.

    CreateGroup, Precedence: "If the two groups have the same role ARN, that role is used in the
    cognito:preferred_role claim [...] If the two groups have different role ARNs, the
    cognito:preferred_role claim isn't set."
    """
    ranked = [group for group in groups if group.precedence is not None and group.role_arn]
    best = {group.role_arn for group in ranked if group.precedence == ranked[0].precedence}
    return best.pop() if len(best) == 1 else None
