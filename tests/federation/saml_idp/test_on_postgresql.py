"""Keys and sessions of applications where units of work run side by side."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from federation.saml_idp import keys
from idp.models import BrowserSession, SamlApplicationSession
from kernel.database import Base
from tests.federation.saml_idp.conftest import make_application, plug_in
from tests.federation.saml_idp.sign_outs import ask_out, check_answer, sign_in
from tests.idp.oauth.world import World


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url)
    Base.metadata.create_all(made.kernel.database.engine)
    made.time.now = time.time()
    plug_in(made)
    yield made
    made.close()


def test_workers_that_ask_at_once_get_the_same_keys(world: World) -> None:
    pool_id = world.pool()
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda _: keys.of(world.kernel, pool_id), range(4)))
    assert len({each.signing.certificate for each in found}) == 1
    assert len({each.names for each in found}) == 1


def test_a_person_signs_in_and_out(world: World) -> None:
    application = make_application(world)
    application.register()
    browser = world.browser()
    taken = sign_in(application, browser)
    check_answer(application, ask_out(application, browser, taken))
    assert world.rows(BrowserSession) == world.rows(SamlApplicationSession) == []
