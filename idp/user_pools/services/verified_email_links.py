"""Beyond AWS: a local user is taken for who comes from elsewhere with the same verified address.

Only from the providers that the pool trusts for that (`link_by_verified_email`), only where the
provider itself says that the address is verified, and only for the one local user who has proved
the same address here. Whatever is in doubt makes a user of its own, as everywhere else.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import UserDisabled
from idp.models import SearchableAttribute, User, UserPool
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import federated_attributes, usernames
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.provider_identities import SUBJECT, ProviderIdentity
from idp.user_pools.services import linked_identities, users
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.upstream import Upstream, UpstreamIdentity
from kernel.runtime import Kernel

EMAIL, EMAIL_VERIFIED = "email", "email_verified"
PROVEN = frozenset({"CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", EXTERNAL_PROVIDER})
"""States of users who are not waiting to prove themselves for the first time."""
MOST_OF_ONE_ADDRESS = 20
"""More users who say that they have it leave in doubt who is meant."""


def address(context: ClientContext, upstream: Upstream, identity: UpstreamIdentity) -> str:
    """The address by which the person may be known here; "" for none.

    It is the provider's own word, whatever a function of the pool makes of it.
    """
    if upstream.name not in context.provider.link_by_verified_email:
        return ""
    flag = upstream.mapping.get(EMAIL_VERIFIED)
    if flag is None:
        # The claim speaks of the claim `email` (OIDC Core §5.1), and of no other that is mapped.
        if upstream.mapping.get(EMAIL) != EMAIL:
            return ""
        flag = EMAIL_VERIFIED
    if federated_attributes.as_text(identity.claims.get(flag)) != "true":
        return ""
    return federated_attributes.mapped(upstream.mapping, identity.claims).get(EMAIL, "")


def link(
    session: Session, kernel: Kernel, pool: UserPool, provider: str, subject: str, email: str
) -> User | None:
    """The local user of that address, who has the identity from now on; None where there is none.

    Raises `UserDisabled`, for whom no second account may be made, and `LimitExceeded`.
    """
    identity = ProviderIdentity(provider, SUBJECT, subject)
    if linked_identities.was_taken_away(session, pool, identity):
        return None
    owner = _owner(session, pool, email)
    if owner is None or _comes_from(session, owner, provider):
        return None
    if not owner.enabled:
        raise UserDisabled
    linked_identities.link(session, kernel, pool, owner, identity)
    return owner


def _owner(session: Session, pool: UserPool, email: str) -> User | None:
    """The one local user who has proved the address. It is compared letter for letter, or as the
    pool compares names where it is one."""
    written_alike = session.scalars(
        select(SearchableAttribute.user_id)
        .where(
            SearchableAttribute.pool_id == pool.id,
            SearchableAttribute.name == EMAIL,
            SearchableAttribute.value == email[: users.LONGEST_FILTER],
        )
        .limit(MOST_OF_ONE_ADDRESS)
    ).all()
    named = users.find_by_sign_in_name(session, pool, email)
    ids = {*written_alike, *([named.id] if named else [])}
    found = [users.by_id(session, each, to_change=True) for each in sorted(ids)]
    proven = [user for user in found if _has_proved(pool, user, email)]
    return proven[0] if len(proven) == 1 and len(written_alike) < MOST_OF_ONE_ADDRESS else None


def _has_proved(pool: UserPool, user: User, email: str) -> bool:
    own = user.attributes.get(EMAIL, "")
    return (
        usernames.normalise(own, pool.settings) == usernames.normalise(email, pool.settings)
        and is_verified(user.attributes, EMAIL)
        and user.status in PROVEN
        and not usernames.came_from_elsewhere(user.attributes)
    )


def _comes_from(session: Session, user: User, provider: str) -> bool:
    """Whether somebody of that provider is the user already. An address that the provider gives
    to another person, later, must not give him the account too."""
    return any(row.provider == provider for row in linked_identities.of_user(session, user.id))
