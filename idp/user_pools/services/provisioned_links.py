"""The identity at another provider of a user whom a company's directory provisions: who signs in
there is the user who was provisioned."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import IdentityTaken, InvalidParameter
from idp.models import LinkedIdentity, User, UserPool
from idp.user_pools.rules import provider_identities
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.services import identity_providers, linked_identities
from kernel.runtime import Kernel


def renew(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    old: ProviderIdentity | None,
    new: ProviderIdentity | None,
) -> None:
    """Who is called otherwise at the provider must not be let in by the former name."""
    if old is not None and _has(session, pool, user, old):
        linked_identities.unlink(session, kernel, pool, old)
    if new is not None:
        link(session, kernel, pool, user, new)


def link(
    session: Session, kernel: Kernel, pool: UserPool, user: User, identity: ProviderIdentity
) -> None:
    """As AdminLinkProviderForUser. Raises `IdentityTaken`, `ProviderNotFound`, `LimitExceeded`."""
    if _has(session, pool, user, identity):
        return
    provider = identity_providers.require(session, pool, identity.provider).document
    mapped = provider["AttributeMapping"]
    provider_identities.check_source(
        identity, provider["ProviderType"], mapped, "the pool's provisioning settings"
    )
    try:
        linked_identities.link(session, kernel, pool, user, identity)
    except InvalidParameter:
        raise IdentityTaken from None


def _has(session: Session, pool: UserPool, user: User, identity: ProviderIdentity) -> bool:
    row = session.get(LinkedIdentity, (pool.id, *identity.key))
    return row is not None and row.user_id == user.id
