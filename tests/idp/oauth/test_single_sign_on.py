"""Single sign-on: one sign-in serves the clients of a pool, for as long as each of them says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession, User
from idp.user_pools.services import user_sessions
from tests.idp.oauth.moves import authorize, logout, reuse, track
from tests.idp.oauth.world import LOGOUT, Pkce, TestClient, World, query_of


@pytest.fixture
def second(world: World, pool_id: str) -> TestClient:
    return world.client(pool_id)


@pytest.fixture
def browser(world: World, public_client: TestClient) -> FlaskClient:
    track(world, public_client.pool_id)
    made = world.browser()
    world.sign_in(made, public_client, **Pkce().parameters)
    return made


def is_asked(world: World, client: TestClient, browser: FlaskClient, **parameters: str) -> bool:
    """Whether the person has to sign in; else there is a code."""
    answer = authorize(world, client, browser, **Pkce().parameters, **parameters)
    if answer.location.startswith("/login?"):
        return True
    assert "code" in query_of(answer)
    return False


@pytest.mark.parametrize("minutes", [1, 60, 480])
def test_a_second_client_asks_nothing_within_its_own_lifetime(
    world: World, browser: FlaskClient, second: TestClient, minutes: int
) -> None:
    reuse(world, second, minutes)
    # The session lives for the client that takes it for longest, known when it starts.
    world.sign_in(browser, second, **Pkce().parameters)
    world.time.now += minutes * 60 - 1
    assert not is_asked(world, second, browser)
    world.time.now += 1
    assert is_asked(world, second, browser)


def test_each_client_has_its_own_lifetime_of_one_session(
    world: World, public_client: TestClient, second: TestClient, browser: FlaskClient
) -> None:
    reuse(world, second, 5)
    world.time.now += 6 * 60
    assert is_asked(world, second, browser)
    assert not is_asked(world, public_client, browser)


def test_using_a_session_does_not_make_it_longer(
    world: World, browser: FlaskClient, second: TestClient
) -> None:
    for _ in range(4):
        world.time.now += 720
        assert not is_asked(world, second, browser)
    world.time.now += 720
    assert is_asked(world, second, browser)


def test_max_age_holds_within_the_lifetime(
    world: World, browser: FlaskClient, second: TestClient
) -> None:
    world.time.now += 300
    assert not is_asked(world, second, browser, max_age="300")
    assert is_asked(world, second, browser, max_age="299")
    assert is_asked(world, second, browser, max_age="0")


def test_a_client_may_have_a_max_age_of_its_own(
    world: World, browser: FlaskClient, second: TestClient
) -> None:
    world.register(second, default_max_age=299)
    world.time.now += 300
    assert is_asked(world, second, browser)
    assert not is_asked(world, second, browser, max_age="300")


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_a_prompt_asks_whoever_is_signed_in(
    world: World, browser: FlaskClient, second: TestClient, prompt: str
) -> None:
    assert is_asked(world, second, browser, prompt=prompt)


def test_prompt_none_asks_nobody(world: World, browser: FlaskClient, second: TestClient) -> None:
    assert not is_asked(world, second, browser, prompt="none")
    world.time.now += 3600
    answer = authorize(world, second, browser, prompt="none", **Pkce().parameters)
    assert query_of(answer)["error"] == "login_required"


def test_a_client_of_another_pool_asks(world: World, browser: FlaskClient) -> None:
    assert is_asked(world, world.client(world.pool(PoolName="others")), browser)


# --- the end, in every worker --------------------------------------------------------------------


@pytest.fixture
def other_worker(world: World, tmp_path: Path) -> Iterator[World]:
    """Another process on the same database."""
    folder = tmp_path / "other"
    folder.mkdir()
    database = f"sqlite:///{world.kernel.settings.instance}/poolgate.db"
    made = World(folder, database_url=database)
    made.time = world.time
    yield made
    made.close()


def at(other: World, browser: FlaskClient, pool_id: str) -> FlaskClient:
    """The same browser, whose request another worker gets."""
    name = f"poolgate-session-{pool_id}"
    cookie = browser.get_cookie(name, domain="localhost")
    moved = other.browser()
    if cookie is not None:
        moved.set_cookie(name, cookie.value, domain="localhost")
    return moved


def revoke(world: World, _browser: FlaskClient, _client: TestClient) -> None:
    (session,), (user,) = world.rows(BrowserSession), world.rows(User)
    now = world.kernel.clock.now()
    world.kernel.database.write(
        user_sessions.revoke, user.id, session.session_id, now, linked=False
    )


def sign_out(_world: World, browser: FlaskClient, client: TestClient) -> None:
    logout(browser, client_id=client.id, logout_uri=LOGOUT)


def disable(world: World, _browser: FlaskClient, _client: TestClient) -> None:
    (user,) = world.rows(User)
    world.change_user(user.id, enabled=False)


@pytest.mark.parametrize("end", [revoke, sign_out, disable])
def test_a_session_that_ends_ends_at_once_in_every_worker(
    world: World,
    other_worker: World,
    browser: FlaskClient,
    public_client: TestClient,
    second: TestClient,
    end: Callable[[World, FlaskClient, TestClient], Any],
) -> None:
    elsewhere = at(other_worker, browser, public_client.pool_id)
    assert not is_asked(other_worker, second, elsewhere)
    end(world, browser, public_client)
    assert is_asked(world, second, browser)
    assert is_asked(other_worker, second, elsewhere)


def test_a_new_password_ends_single_sign_on(
    world: World, browser: FlaskClient, second: TestClient
) -> None:
    (user,) = world.rows(User)
    world.time.now += 1
    world.change_user(user.id, password_set=world.kernel.clock.now())
    assert is_asked(world, second, browser)
