"""A pool whose people come from a directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import federation
from idp.models import Group, UserPool
from idp.user_pools.services import user_directories
from idp.user_pools.services.sign_in import machine
from idp.user_pools.services.sign_in.attempt import Asked
from tests.idp.oauth.world import TestClient, World

FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@dataclass
class DirectoryWorld:
    """Real services, and the few moves that these tests make."""

    world: World

    def pool(self, document: dict[str, Any], *groups: str, **request: Any) -> str:
        """A pool whose people have a username, with its directory."""
        given = {
            "UsernameAttributes": [],
            "UsernameConfiguration": {"CaseSensitive": False},
            **request,
        }
        pool_id = self.world.pool(**given)
        for name in groups:
            self.group(pool_id, name)
        self.configure(pool_id, document)
        return pool_id

    def group(self, pool_id: str, name: str) -> None:
        now = self.world.kernel.clock.now()
        row = Group(pool_id=pool_id, name=name, created=now, modified=now)
        self.world.kernel.database.write(lambda session: session.add(row))

    def configure(self, pool_id: str, document: dict[str, Any]) -> None:
        kernel = self.world.kernel

        def unit(session: Any) -> None:
            pool = session.get_one(UserPool, pool_id)
            now = kernel.clock.now()
            user_directories.put(session, kernel.sealer, pool, document, now)

        kernel.database.write(unit)

    def client(self, pool_id: str, **request: Any) -> TestClient:
        return self.world.client(pool_id, **{"ExplicitAuthFlows": FLOWS, **request})

    def sign_in(self, client: TestClient, username: str, password: str) -> Any:
        return machine.start(
            self.world.kernel,
            "USER_PASSWORD_AUTH",
            client.id,
            {"USERNAME": username, "PASSWORD": password},
            Asked(),
        )


@pytest.fixture
def directory_world(tmp_path: Path) -> Iterator[DirectoryWorld]:
    world = World(tmp_path)
    world.kernel.provide(federation.directories(world.kernel))
    yield DirectoryWorld(world)
    world.close()
