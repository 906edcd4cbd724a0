"""What UpdateUserPool does with a lower UserPoolTier: it keeps nothing that the new tier lacks.

Developer guide, "Turning off features to change feature plans": "To deactivate these features, you
must deactivate each active component." What would be among the pool's own settings is refused as
anywhere, with FeatureUnavailableInTier (`pool_settings`). What stands beside them, in rows of its
own, is refused here: it would go on, or come to life again with the next change. Nothing is turned
off on the way: an update that leaves UserPoolTier out goes to ESSENTIALS, which may be lower too,
and happens by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import TierChangeNotAllowed
from idp.models import PoolDomain, UserPool, UserPoolClient
from idp.user_pools.rules import tiers
from idp.user_pools.services import documents, log_delivery, session_settings

MOST_NAMED = 5


def check(session: Session, pool: UserPool, wanted: Mapping[str, Any]) -> None:
    """Raises `TierChangeNotAllowed`, which names all that hinders `pool` from having the tier of
    the `wanted` settings."""
    lost = tiers.lost(pool.settings, wanted)
    hindrances = [name for feature in lost for name in _USES.get(feature, _none)(session, pool)]
    if hindrances:
        raise TierChangeNotAllowed(
            f"The user pool cannot change to the {wanted['UserPoolTier']} tier before these are "
            f"turned off: {_told(hindrances)}."
        )


def _told(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _none(_session: Session, _pool: UserPool) -> Iterable[str]:
    return ()


def _choosing_clients(session: Session, pool: UserPool) -> Iterable[str]:
    clients = session.scalars(
        select(UserPoolClient)
        .where(UserPoolClient.pool_id == pool.id)
        .order_by(UserPoolClient.created, UserPoolClient.id)
    )
    for client in clients:
        if "ALLOW_USER_AUTH" in client.settings["ExplicitAuthFlows"]:
            yield f"ALLOW_USER_AUTH of the app client {client.id}"


def _managed_logins(session: Session, pool: UserPool) -> Iterable[str]:
    domains = select(PoolDomain).where(PoolDomain.pool_id == pool.id).order_by(PoolDomain.domain)
    for row in session.scalars(domains):
        if row.settings.get("ManagedLoginVersion", 1) != 1:
            yield f"ManagedLoginVersion {row.settings['ManagedLoginVersion']} of {row.domain}"


def _tracking(session: Session, pool: UserPool) -> Iterable[str]:
    if session_settings.of_pool(session, pool)["UserSessionTracking"] == "ENABLED":
        yield "UserSessionTracking"


def _exported_events(session: Session, pool: UserPool) -> Iterable[str]:
    if log_delivery.exports_events(session, pool):
        yield "the log delivery of userAuthEvents"


def _risk_configurations(session: Session, pool: UserPool) -> Iterable[str]:
    for key in sorted(session.scalars(documents.keys(pool.id, documents.RISK))):
        yield f"the risk configuration of {f'the app client {key}' if key else 'the user pool'}"


_USES: Mapping[str, Callable[[Session, UserPool], Iterable[str]]] = {
    "ALLOW_USER_AUTH": _choosing_clients,
    "ManagedLoginVersion": _managed_logins,
    "SessionConfiguration": _tracking,
    "LogDeliveryConfiguration.userAuthEvents": _exported_events,
    "RiskConfiguration": _risk_configurations,
}
"""By feature, what of a pool uses it. The others are members of a pool, or of a single request."""
