"""A pool whose people come from a directory."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import federation
from idp import directory_checks
from idp.models import Group, GroupMember, UserPool
from idp.user_pools.services import (
    credentials,
    refresh,
    registration,
    subjects,
    user_directories,
)
from idp.user_pools.services.refresh import RefreshRequest
from idp.user_pools.services.sign_in import machine
from idp.user_pools.services.sign_in.attempt import Asked
from idp.user_pools.services.subjects import ClientContext
from tests.idp.oauth.world import PASSWORD, TestClient, World

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

    def join(self, pool_id: str, group: str, user_id: str) -> None:
        row = GroupMember(pool_id=pool_id, group_name=group, user_id=user_id)
        self.world.kernel.database.write(lambda session: session.add(row))

    def own_user(self, pool_id: str, username: str, email: str = "own@example.com") -> str:
        """A user of the pool's own, with its password."""
        kernel = self.world.kernel
        pool = kernel.database.read(lambda session: session.get_one(UserPool, pool_id))
        given = {"email": email, "email_verified": "true"}
        new = registration.prepare(kernel, pool, username, given, writable=None, require_all=False)
        credential = credentials.make(kernel, pool, username, PASSWORD)
        made = kernel.database.write(registration.store, kernel, pool, new, "CONFIRMED", credential)
        return made.id

    def configure(self, pool_id: str, document: dict[str, Any]) -> None:
        kernel = self.world.kernel

        def unit(session: Any) -> None:
            pool = session.get_one(UserPool, pool_id)
            now = kernel.clock.now()
            user_directories.put(session, kernel.sealer, pool, document, now)

        kernel.database.write(unit)

    def client(self, pool_id: str, **request: Any) -> TestClient:
        return self.world.client(pool_id, **{"ExplicitAuthFlows": FLOWS, **request})

    @staticmethod
    def claims(tokens: Any) -> dict[str, Any]:
        """Of an ID token."""
        payload = tokens.id_token.split(".")[1]
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return found

    def context(self, client: TestClient) -> ClientContext:
        kernel = self.world.kernel
        return kernel.database.look_up(subjects.load_client, kernel, client.id)

    def refresh(self, client: TestClient, tokens: Any) -> Any:
        asked = RefreshRequest(tokens.refresh_token)
        return refresh.renew(self.world.kernel, self.context(client), asked)[1]

    def check(self, minutes: float = 16) -> None:
        """Let time pass, and the directory be asked about everybody."""
        self.world.time.now += minutes * 60
        directory_checks.check_all(self.world.kernel)

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
