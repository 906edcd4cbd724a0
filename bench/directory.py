"""A SQLite file with many users, filled as fast as the driver can."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from idp.models import UserPool
from idp.user_pools.services import pool_settings
from kernel import settings
from kernel.database import Base, Database

POOL = "us-east-1_Bench0000"
BATCH = 20_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)

USER = (
    "INSERT INTO users (id, pool_id, username, status, enabled, attributes, pending_attributes, "
    "created, modified) VALUES (?, ?, ?, 'CONFIRMED', 1, ?, '{}', ?, ?)"
)
NAME = "INSERT INTO sign_in_names (pool_id, name, user_id, kind) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True)
class Directory:
    """A pool of users person0, person1, ...; each has an e-mail address as an alias."""

    file: Path
    database: Database


def username(number: int) -> str:
    return f"person{number}"


def alias(number: int) -> str:
    return f"person{number}@example.com"


def subject(number: int) -> str:
    """Scattered like a random UUID, and the same each time."""
    return str(UUID(int=random.Random(number).getrandbits(128), version=4))


def fill(folder: Path, users: int) -> Directory:
    """Make the tables, the pool and its users in a new file."""
    file = folder / "directory.db"
    values = {"instance": str(folder), "database_url": f"sqlite:///{file}"}
    database = Database.attach(Flask("bench"), settings.parse(values))
    Base.metadata.create_all(database.engine)
    database.write(_add_pool)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        numbers = iter(range(users))
        while batch := list(islice(numbers, BATCH)):
            _add_users(connection, batch)
        connection.execute("ANALYZE")
    connection.close()
    return Directory(file, database)


def _add_pool(session: Session) -> None:
    request: dict[str, Any] = {"PoolName": "bench", "AliasAttributes": ["email"]}
    session.add(
        UserPool(
            id=POOL,
            account="000000000000",
            region="us-east-1",
            name="bench",
            settings=pool_settings.for_new_pool(request),
            schema=[],
            created=NOW,
            modified=NOW,
        )
    )


def _add_users(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    now = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    users, names = [], []
    for number in numbers:
        id_ = subject(number)
        attributes = json.dumps({"email": alias(number), "email_verified": "true"})
        users.append((id_, POOL, username(number), attributes, now, now))
        names.append((POOL, username(number), id_, "username"))
        names.append((POOL, alias(number), id_, "email"))
    connection.executemany(USER, users)
    connection.executemany(NAME, names)
