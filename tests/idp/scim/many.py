"""Groups that the pool has, and users by the dozen."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.models import User, UserPool
from idp.user_pools.services import groups
from tests.idp.scim.directory import Directory


def pool_group(directory: Directory, name: str) -> None:
    """A group that an administrator made."""
    world = directory.world

    def unit(session: Session) -> None:
        pool = session.get_one(UserPool, directory.pool_id)
        request = {"GroupName": name, "Precedence": 3, "RoleArn": "arn:aws:iam::1:role/r"}
        groups.create(session, world.kernel, pool, request)

    world.kernel.database.write(unit)


def many_users(directory: Directory, number: int) -> list[str]:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "id": f"00000000-0000-4000-8000-{place:012x}",
            "pool_id": directory.pool_id,
            "username": f"user-{place}",
            "status": "CONFIRMED",
            "enabled": True,
            "attributes": {"name": f"User {place}"},
            "pending_attributes": {},
            "created": moment,
            "modified": moment,
            "mfa": {},
        }
        for place in range(number)
    ]
    directory.world.kernel.database.write(lambda session: session.execute(insert(User), rows))
    return [row["id"] for row in rows]
