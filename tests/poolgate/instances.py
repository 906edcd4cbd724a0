"""Instances with a pool, a client and a user in their databases, as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from idp.models import User, UserPool, UserPoolClient
from kernel import settings
from poolgate import instance

NOW = datetime(2026, 11, 2, tzinfo=UTC)
POOL_ID = "eu-west-1_One"


def write(folder: Path, *rows: object) -> None:
    database = instance.open_database(settings.parse({"instance": str(folder)}))
    for row in rows:
        database.write(lambda session, row=row: session.add(row))
    instance.close_database(database)


def read(folder: Path, model: type, key: str | tuple[str, ...]) -> Any:
    database = instance.open_database(settings.parse({"instance": str(folder)}))
    found = database.read(lambda session: session.get(model, key))
    instance.close_database(database)
    return found


def pool() -> UserPool:
    return UserPool(
        id=POOL_ID, account="0", region="eu-west-1", name="one", settings={}, schema=[],
        created=NOW, modified=NOW,
    )  # fmt: skip


def client(flows: list[str]) -> UserPoolClient:
    return UserPoolClient(
        id="client", pool_id=POOL_ID, name="web", settings={"ExplicitAuthFlows": flows},
        created=NOW, modified=NOW,
    )  # fmt: skip


def user() -> User:
    return User(
        id="1", pool_id=POOL_ID, username="jane", status="CONFIRMED", attributes={},
        pending_attributes={}, created=NOW, modified=NOW,
    )  # fmt: skip
