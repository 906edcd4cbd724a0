"""Beyond AWS: which clients send a link along with an e-mailed one-time password.

The setting is `poolgate clients magic-links`. The link holds the one-time password and nothing
else that opens anything: without the Session, which the browser that began the sign-in keeps in a
cookie, it is worth as little as the code itself.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import PoolDocument, UserPoolClient
from idp.user_pools.rules import first_factors, tiers
from idp.user_pools.services import documents
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

KIND = "magic_links"
FACTOR = "EMAIL_OTP"

DOCUMENT = Prepared(
    select(PoolDocument.key).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        PoolDocument.key == bindparam("client_id"),
    )
)


def are_sent(kernel: Kernel, context: ClientContext) -> bool:
    """Whether the client's hosted pages offer a link: it wants to, and the pool allows
    EMAIL_OTP."""
    settings = context.pool.settings
    if FACTOR not in first_factors.allowed(settings) or not tiers.includes(settings, "USER_AUTH"):
        return False
    pool_id, client_id = context.pool.id, context.client.id

    def unit(rows: Rows) -> bool:
        def load() -> bool:
            return rows.first(DOCUMENT, pool_id=pool_id, client_id=client_id) is not None

        return bool(kernel.configuration.get(rows, (KIND, client_id), load))

    return kernel.database.look_up(unit)


def set_for(session: Session, client: UserPoolClient, *, sent: bool, now: datetime) -> None:
    """Turn the links of a client on or off."""
    if not sent:
        forget_client(session, client.pool_id, client.id)
    elif documents.find(session, client.pool_id, KIND, client.id) is None:
        documents.add(session, client.pool_id, KIND, client.id, {}, now)


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    documents.remove(session, pool_id, KIND, client_id)
