"""A provider's logout where units of work run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.models import BrowserSession, UpstreamSession
from kernel.database import Base
from tests.federation.logout_tokens import is_over, tell, told
from tests.federation.scripted_provider import NAME, ScriptedProvider, Upstreams
from tests.idp.oauth.world import World, query_of


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url, upstream_allow=["127.0.0.0/8"])
    Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def test_logouts_that_come_at_once_end_everything(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    world = upstreams.world
    tokens = [
        upstreams.sign_in(world.browser(), provider, NAME, sid=f"s{number}") for number in range(3)
    ]
    logouts = [told(upstreams, provider, jti="all")]
    logouts += [
        told(upstreams, provider, jti=f"j{number}", sid=f"s{number}") for number in range(3)
    ]
    with ThreadPoolExecutor(4) as workers:
        answers = list(workers.map(lambda token: tell(upstreams, token).status_code, logouts))
    assert answers == [200] * 4
    assert all(is_over(upstreams, each) for each in tokens)
    assert world.rows(BrowserSession) == world.rows(UpstreamSession) == []


def test_what_a_provider_says_of_the_time_is_remembered(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    browser = upstreams.world.browser()
    hour_ago = int(upstreams.world.time.now) - 3600
    upstreams.come_back(browser, provider, upstreams.leave(browser, NAME), auth_time=hour_ago)
    for max_age, answer in (("300", "error"), ("9000", "code")):
        asked = {"max_age": max_age, "prompt": "none"}
        assert answer in upstreams.leave(browser, NAME, **asked)
    asked = upstreams.leave(browser, NAME, max_age="9000", prompt="login")
    assert "code" in query_of(
        upstreams.come_back(browser, provider, asked, auth_time=hour_ago + 3590)
    )
