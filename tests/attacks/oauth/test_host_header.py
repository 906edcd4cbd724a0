"""A Host header says which pool is meant, and nothing else: no address is ever made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.idp.oauth.world import TestClient, World, csrf_token, request_of

PUBLIC = "https://id.example.com"
EVIL = "https://evil.example"
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Host": "evil.example",
    "X-Original-URL": "//evil.example/",
    "Forwarded": "host=evil.example;proto=http",
}


@pytest.fixture
def public_world(tmp_path: Path) -> Iterator[World]:
    """A provider that the internet reaches."""
    folder = tmp_path / "public"
    folder.mkdir()
    made = World(folder, public_url=PUBLIC)
    yield made
    made.close()


@pytest.fixture
def pool(public_world: World) -> str:
    made = public_world.pool()
    public_world.user(made)
    public_world.domain(made, "people")
    return made


@pytest.fixture
def client(public_world: World, pool: str) -> TestClient:
    return public_world.client(pool)


def _page_host(pool: str) -> str:
    return f"https://people.auth.{pool.partition('_')[0]}.id.example.com"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:443",
        "id.example.com.evil.example",
        "people.auth.us-east-1.evil.example",
        "id.example.com@evil.example",
        "localhost",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/logout", "/oauth2/token"])
def test_no_page_answers_under_a_foreign_host(
    public_world: World, client: TestClient, host: str, path: str
) -> None:
    answer = public_world.browser().open(
        path,
        method="POST" if path.endswith("token") else "GET",
        query_string=request_of(client),
        headers={"Host": host},
    )
    assert answer.status_code in {400, 404}
    assert "Set-Cookie" not in answer.headers


def test_metadata_is_the_settings_whatever_the_host(public_world: World, pool: str) -> None:
    address = f"/{pool}/.well-known/openid-configuration"
    plain = public_world.browser().get(address, base_url=PUBLIC).json
    poisoned = public_world.browser().get(address, base_url=EVIL, headers=FORWARDED)
    assert poisoned.json == plain
    assert plain
    assert plain["issuer"] == f"{PUBLIC}/{pool}"


def test_redirects_and_pages_name_no_host_of_the_request(
    public_world: World, pool: str, client: TestClient
) -> None:
    browser = public_world.browser()
    host = _page_host(pool)
    asked = request_of(client, code_challenge="a" * 43, code_challenge_method="S256")
    sent = browser.get("/oauth2/authorize", query_string=asked, base_url=host, headers=FORWARDED)
    assert sent.status_code == 303
    assert sent.location.startswith("/login?")
    page = browser.get(sent.location, base_url=host, headers=FORWARDED)
    assert page.status_code == 200
    assert "evil" not in page.text + str(page.headers)


def test_a_reset_message_names_no_host_of_the_request(
    public_world: World, pool: str, client: TestClient
) -> None:
    """The classic: a link to the attacker's host in the victim's mail."""
    browser, host = public_world.browser(), _page_host(pool)
    asked = request_of(client, code_challenge="a" * 43, code_challenge_method="S256")
    page = browser.get("/forgotPassword", query_string=asked, base_url=host, headers=FORWARDED)
    answer = browser.post(
        "/forgotPassword",
        query_string=asked,
        data={"csrf_token": csrf_token(page), "username": "ada@example.com"},
        base_url=host,
        headers=FORWARDED,
    )
    assert answer.status_code == 303
    public_world.wait_for_message()
    outbox = (public_world.kernel.settings.instance / "outbox.jsonl").read_text()
    assert "evil" not in outbox
    assert "evil" not in str(answer.headers)
