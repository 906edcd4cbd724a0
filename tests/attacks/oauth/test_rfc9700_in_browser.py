"""RFC 9700 §4.17, attacks on in-browser communication flows: what windows say to each other.

There is one such flow, the frame of Session Management. No answer of the authorization endpoint
travels by postMessage: the response mode `web_message` is refused (beside this).
"""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page

from tests.idp.hosted_ui.served_world import served, serving
from tests.idp.oauth.world import PASSWORD, Pkce, TestClient, World, request_of

# A page frames the provider's frame, asks it and keeps every answer, with who gave it.
ASK = """async ([frame, ...texts]) => {
  const answers = [];
  addEventListener("message", (event) => answers.push([event.origin, event.data]));
  const element = document.createElement("iframe");
  const loaded = new Promise((resolve) => { element.onload = resolve; });
  element.src = frame;
  document.body.append(element);
  await loaded;
  for (const text of texts) {
    const count = answers.length;
    element.contentWindow.postMessage(text, "*");
    while (answers.length === count) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return answers;
}"""


class _Empty(BaseHTTPRequestHandler):
    """A page of an application."""

    def do_GET(self) -> None:  # http.server's name
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><body></body>")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def origins() -> Iterator[tuple[str, str]]:
    """The application's, and an attacker's on the same site, where cookies come along."""
    with (
        serving(ThreadingHTTPServer(("127.0.0.1", 0), _Empty)) as own,
        serving(ThreadingHTTPServer(("127.0.0.1", 0), _Empty)) as other,
    ):
        yield f"http://localhost:{own}", f"http://localhost:{other}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def client(world: World, origins: tuple[str, str]) -> TestClient:
    pool_id = world.pool()
    world.user(pool_id)
    world.configure(pool_id, session_management=True)
    return world.client(pool_id, CallbackURLs=[f"{origins[0]}/callback"])


def test_section_4_17_a_frame_tells_an_origin_of_its_own_session_alone(
    world: World, page: Page, client: TestClient, origins: tuple[str, str]
) -> None:
    """Not even who has stolen another page's `session_state` learns whether that still holds; what
    is no question gets no answer but `error`; and every answer goes to the asking origin."""
    own, other = origins
    provider = world.kernel.settings.origin
    given = request_of(client, redirect_uri=f"{own}/callback", **Pkce().parameters)
    page.goto(f"{provider}/oauth2/authorize?{urlencode(given)}")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{own}/callback?**")
    state = parse_qs(urlsplit(page.url).query)["session_state"][0]
    frame, question = f"{provider}/oauth2/checkSession/{client.pool_id}", f"{client.id} {state}"
    assert page.evaluate(ASK, [frame, question]) == [[provider, "unchanged"]]
    page.goto(other)
    asked = page.evaluate(ASK, [frame, question, "nonsense", f"{question} more", "x" * 2000])
    assert asked == [[provider, answer] for answer in ("changed", "error", "error", "error")]
