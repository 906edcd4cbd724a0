"""How many token sessions a user may have: who signs in once more loses those used least.

It happens in the unit of work that opens the new session, so parallel sign-ins cannot slip through:
SQLite runs such units one after another, and on PostgreSQL the user's row is locked first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, func, insert, select, update

from idp.models import RefreshFamily, Revocation, User
from idp.user_pools.services.session_settings import SessionSettings
from kernel.database import UtcDateTime
from kernel.statements import Prepared, Rows

LOCK_USER = Prepared(select(User.id).where(User.id == bindparam("user_id")).with_for_update())

_ACTIVE = and_(
    RefreshFamily.user_id == bindparam("user_id"),
    RefreshFamily.revoked.is_(None),
    RefreshFamily.expires > bindparam("now", type_=UtcDateTime()),
)
_KEPT = (
    select(RefreshFamily.id)
    .where(_ACTIVE)
    .order_by(RefreshFamily.last_active.desc(), RefreshFamily.created.desc(), RefreshFamily.id)
    .limit(bindparam("keep"))
    .correlate(None)
)
_SURPLUS = and_(_ACTIVE, RefreshFamily.id.not_in(_KEPT))

COUNT = Prepared(select(func.count()).select_from(RefreshFamily).where(_ACTIVE))
_UNTIL = bindparam("until", type_=UtcDateTime())
RECORD = Prepared(
    insert(Revocation).from_select(
        ["pool_id", "origin_jti", "expires"],
        select(RefreshFamily.pool_id, RefreshFamily.id, _UNTIL).where(_SURPLUS),
    )
)
REVOKE = Prepared(
    update(RefreshFamily)
    .where(_SURPLUS)
    .values(
        revoked=bindparam("now", type_=UtcDateTime()),
        # They are passed over with each sign-in: the cleanup shall take them once no access token
        # of theirs can be alive, and not when the refresh token would have expired.
        expires=case((RefreshFamily.expires > _UNTIL, _UNTIL), else_=RefreshFamily.expires),
    )
)


def make_room(
    rows: Rows, settings: SessionSettings, user_id: str, now: datetime, token_life: timedelta
) -> None:
    """End sessions until one more fits: "evicts that user's least recently used token session
    before it creates the new session" (UserPoolTokenSessionConfigType). A lowered limit brings the
    user back within it here.

    Workers learn of it from the revocation feed, which looks every half second by itself.
    """
    rows.first(LOCK_USER, user_id=user_id)
    count = rows.first(COUNT, user_id=user_id, now=now)
    if count is None or count[0] < settings.most_per_user:
        return
    keep, until = settings.most_per_user - 1, now + token_life
    for statement in (RECORD, REVOKE):
        rows.run(statement, user_id=user_id, now=now, keep=keep, until=until)
