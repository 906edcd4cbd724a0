"""Whoever guesses names learns nothing: answers, and what the directory is asked, are alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.errors import DirectoryUnavailable, IdpError
from tests.federation.ldap.conftest import DirectoryWorld
from tests.idp.oauth.world import TestClient
from tests.servers.active_directory import SEARCHER, ActiveDirectory, active_directory
from tests.servers.run import free_port
from tests.servers.slapd import PASSWORD


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        yield running


def make(directory_world: DirectoryWorld, ad: ActiveDirectory, mode: str) -> TestClient:
    """A pool with somebody of the directory, somebody who has not come yet, and one of its own."""
    for name in ("known", "fresh", "locked", "off"):
        ad.add(name, PASSWORD)
    ad.accounts["locked"].failures = 99
    ad.accounts["off"].state = "533"
    pool_id = directory_world.pool(ad.document(mode=mode))
    client = directory_world.client(pool_id)
    directory_world.sign_in(client, "known", PASSWORD)
    directory_world.own_user(pool_id, "own")
    return client


def answer(directory_world: DirectoryWorld, client: TestClient, name: str) -> tuple[type, str]:
    with pytest.raises(IdpError) as refused:
        directory_world.sign_in(client, name, "a guess")
    return type(refused.value), refused.value.message


NAMES = ("known", "fresh", "locked", "off", "own", "nobody")


@pytest.mark.parametrize("mode", ["source", "migrate"])
def test_every_name_is_answered_alike_and_costs_the_directory_the_same(
    directory_world: DirectoryWorld, ad: ActiveDirectory, mode: str
) -> None:
    client = make(directory_world, ad, mode)
    answers, costs = set(), set()
    for name in NAMES:
        ad.binds.clear(), ad.filters.clear()  # type: ignore[func-returns-value]
        answers.add(answer(directory_world, client, name))
        costs.add((tuple(dn == SEARCHER for dn, _ in ad.binds), len(ad.filters)))
    assert len(answers) == 1
    assert costs == {((True, False), 1)}


@pytest.mark.parametrize("mode", ["source", "migrate"])
def test_nor_does_the_bound_on_guesses_tell_who_exists(
    directory_world: DirectoryWorld, ad: ActiveDirectory, mode: str
) -> None:
    client = make(directory_world, ad, mode)
    for name in NAMES:
        answers = []
        for _ in range(6):
            answers.append(answer(directory_world, client, name))
            directory_world.world.time.now += 40
        assert len(set(answers)) == 1, name


@pytest.mark.parametrize("mode", ["source", "migrate"])
def test_nor_does_a_directory_that_is_away(
    directory_world: DirectoryWorld, ad: ActiveDirectory, mode: str
) -> None:
    client = make(directory_world, ad, mode)
    away = ad.document(mode=mode, urls=[f"ldap://127.0.0.1:{free_port()}"])
    directory_world.configure(client.pool_id, away)
    answers = {answer(directory_world, client, name) for name in NAMES}
    assert len(answers) == 1
    assert (answers.pop()[0] is DirectoryUnavailable) == (mode == "source")


def test_a_refusal_ends_at_the_end_of_a_step(
    directory_world: DirectoryWorld, ad: ActiveDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a directory takes for a hash, or for a name that it does not have, shows the less."""
    client = make(directory_world, ad, "source")
    waited: list[float] = []
    target = "idp.user_pools.services.equal_time._wait_until"
    monkeypatch.setattr(target, waited.append)
    answer(directory_world, client, "known")
    answer(directory_world, client, "nobody")
    assert len(waited) == 2
