"""Form post, consent and pushed requests in chromium, under the pages' own policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idp.hosted_ui.browser_world import EMAIL
from tests.idp.hosted_ui.served_world import served, serving
from tests.idp.oauth.world import PASSWORD, Pkce, TestClient, World, request_of


class Application(BaseHTTPRequestHandler):
    """A client that says what came, and how."""

    def do_GET(self) -> None:  # http.server's name
        self._say("GET", self.path.partition("?")[2])

    def do_POST(self) -> None:  # http.server's name
        length = int(self.headers["Content-Length"])
        self._say("POST", self.rfile.read(length).decode())

    def _say(self, method: str, text: str) -> None:
        names = " ".join(sorted(parse_qs(text)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<h1>{method} {names}</h1>".encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """Where the application listens: not the port that it has registered."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Application)) as chosen:
        yield chosen


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def client(world: World) -> TestClient:
    pool_id = world.pool()
    world.user(pool_id)
    return world.client(pool_id, CallbackURLs=["http://127.0.0.1/callback"])


@pytest.fixture
def given(client: TestClient, port: int) -> dict[str, str]:
    here = f"http://127.0.0.1:{port}/callback"
    return request_of(client, redirect_uri=here, **Pkce().parameters)


def sign_in(world: World, page: Page, given: dict[str, str]) -> None:
    page.goto(f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(given)}")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_form_sends_itself(world: World, page: Page, given: dict[str, str]) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    sign_in(world, page, {**given, "response_mode": "form_post"})
    expect(page.get_by_role("heading")).to_have_text("POST code iss state")
    assert not [text for text in complaints if "Content Security Policy" in text]


def test_without_javascript_a_button_sends_it(
    world: World, browser: Browser, given: dict[str, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(world, page, {**given, "response_mode": "form_post"})
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading")).to_have_text("POST code iss state")
    context.close()


@pytest.mark.parametrize(
    ("button", "came"),
    [("Allow", "GET code iss state"), ("Do not allow", "GET error iss state")],
)
def test_a_person_decides(
    world: World,
    page: Page,
    client: TestClient,
    given: dict[str, str],
    button: str,
    came: str,
) -> None:
    world.register(client, require_consent=True)
    sign_in(world, page, given)
    expect(page.get_by_role("heading")).to_have_text("Allow Lighthouse?")
    expect(page.get_by_role("listitem").first).to_have_text("Recognise you when you come back")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading")).to_have_text(came)


def test_a_pushed_request_stays_out_of_the_address(
    world: World, page: Page, client: TestClient, given: dict[str, str]
) -> None:
    address = f"{world.kernel.settings.origin}/oauth2/par"
    with urlopen(address, urlencode(given).encode()) as answer:
        reference = json.load(answer)["request_uri"]
    carried = {"client_id": client.id, "request_uri": reference}
    page.goto(f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(carried)}")
    page.get_by_role("link", name="Create an account").click()
    assert given["redirect_uri"] not in page.url
    page.go_back()
    sign_in(world, page, carried)
    expect(page.get_by_role("heading")).to_have_text("GET code iss state")
