"""What a database could decide otherwise: first sign-ins at once, refused updates, and checks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import federation
from idp.errors import RefreshTokenRevoked
from idp.models import ScimResource, User
from kernel.database import Base
from tests.federation.ldap.conftest import DirectoryWorld
from tests.idp.oauth.world import World
from tests.servers.active_directory import ActiveDirectory, active_directory
from tests.servers.slapd import PASSWORD


@pytest.fixture
def directory_world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[DirectoryWorld]:
    world = World(tmp_path, database_url=fresh_postgres_url)
    Base.metadata.create_all(world.kernel.database.engine)
    world.kernel.provide(federation.directories(world.kernel))
    yield DirectoryWorld(world)
    world.close()


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        yield running


def test_two_first_sign_ins_at_once_make_one_user(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    names = ["ada", "ada@corp.example.com"] * 2
    with ThreadPoolExecutor(4) as pool:
        signed_in = list(
            pool.map(lambda name: directory_world.sign_in(client, name, PASSWORD), names)
        )
    assert len({directory_world.claims(tokens)["sub"] for tokens in signed_in}) == 1
    assert len(directory_world.world.rows(ScimResource)) == 1


def test_a_refused_address_leaves_the_rest_as_it_was(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    account = ad.add("ada", PASSWORD)
    pool_id = directory_world.pool(ad.document(), AliasAttributes=["email"])
    client = directory_world.client(pool_id)
    directory_world.own_user(pool_id, "victim", email="victim@example.com")
    directory_world.sign_in(client, "ada", PASSWORD)
    account.more["mail"] = [b"victim@example.com"]
    claims = directory_world.claims(directory_world.sign_in(client, "ada", PASSWORD))
    assert claims["email"] == "ada@example.com"


def test_who_is_disabled_is_signed_out_and_comes_back(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    account = ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    tokens = directory_world.sign_in(client, "ada", PASSWORD)
    account.control = 0x202
    directory_world.check()
    with pytest.raises(RefreshTokenRevoked):
        directory_world.refresh(client, tokens)
    account.control = 0x200
    assert directory_world.sign_in(client, "ada", PASSWORD)
    assert [user.enabled for user in directory_world.world.rows(User)] == [True]
