"""Signing out in chromium: oidc-client-ts watches a session in a frame, and clients are told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.idp.hosted_ui.served_world import served, serving
from tests.idp.oauth.world import PASSWORD, TestClient, World
from tests.servers.node import SCRIPTS

LIBRARY = SCRIPTS / "node_modules" / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"

PAGE = """<!doctype html><meta charset="utf-8"><title>Application</title>
<h1 id="state">Starting</h1><p id="silent"></p><script src="/library.js"></script><script>
const settings = SETTINGS;
const show = (id, text) => { document.getElementById(id).textContent = text; };
const manager = new oidc.UserManager({
  ...settings, response_type: "code", scope: "openid email", monitorSession: true,
  checkSessionIntervalInSeconds: 1, automaticSilentRenew: false,
});
manager.events.addUserSignedOut(() => show("state", "Signed out elsewhere"));
(async () => {
  if (location.pathname === "/silent") return manager.signinSilentCallback();
  if (location.pathname !== "/callback") return manager.signinRedirect();
  const user = await manager.signinRedirectCallback();
  show("state", `Signed in as ${user.profile.email}`);
  const status = await manager.querySessionStatus();
  show("silent", status.sub === user.profile.sub ? "Silently the same" : "Somebody else");
})().catch((error) => show("state", `Failed: ${error}`));
</script>"""


class Application(ThreadingHTTPServer):
    """A client on another origin of the same site."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.settings: dict[str, Any] = {}
        self.framed: list[str] = []
        self.released = threading.Event()
        """Until then `/slow` does not answer."""

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Application

    def do_GET(self) -> None:  # http.server's name
        path = self.path.partition("?")[0]
        if path == "/library.js":
            return self._answer("text/javascript", LIBRARY.read_bytes())
        if path == "/signed-out":
            self.server.framed.append(self.path)
            return self._answer("text/html", b"<p>Told</p>")
        if path == "/bye":
            return self._answer("text/html", b"<h1>Good bye</h1>")
        if path == "/slow":
            self.server.released.wait(30)
        settings = json.dumps(self.server.settings)
        return self._answer("text/html", PAGE.replace("SETTINGS", settings).encode())

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def application() -> Iterator[Application]:
    server = Application()
    server.daemon_threads = True
    with serving(server):
        yield server
        server.released.set()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def client(world: World, application: Application) -> TestClient:
    pool_id = world.pool()
    world.user(pool_id)
    world.configure(pool_id, session_management=True)
    callbacks = [f"{application.origin}/callback", f"{application.origin}/silent"]
    made = world.client(pool_id, CallbackURLs=callbacks, LogoutURLs=[f"{application.origin}/bye"])
    application.settings = {
        "authority": f"{world.kernel.settings.origin}/{pool_id}",
        "client_id": made.id,
        "redirect_uri": callbacks[0],
        "silent_redirect_uri": callbacks[1],
    }
    return made


def sign_in(page: Page, application: Application) -> None:
    page.goto(application.origin)
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#state")).to_have_text("Signed in as ada@example.com")


def sign_out_address(world: World, application: Application, client: TestClient) -> str:
    given = {"client_id": client.id, "logout_uri": f"{application.origin}/bye"}
    return f"{world.kernel.settings.origin}/logout?{urlencode(given)}"


@pytest.fixture(autouse=True)
def _library() -> None:
    if not LIBRARY.exists():
        pytest.skip(f"no Node packages: `npm ci --prefix {SCRIPTS}`")


def test_a_page_learns_of_a_sign_out_in_another_tab(
    world: World, page: Page, application: Application, client: TestClient
) -> None:
    """The frame answers `changed`, and `prompt=none` in a frame says login_required."""
    sign_in(page, application)
    expect(page.locator("#silent")).to_have_text("Silently the same")
    page.wait_for_timeout(2500)
    expect(page.locator("#state")).to_have_text("Signed in as ada@example.com")
    other = page.context.new_page()
    other.goto(sign_out_address(world, application, client))
    expect(other.get_by_role("heading")).to_have_text("Good bye")
    expect(page.locator("#state")).to_have_text("Signed out elsewhere")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_signed_out_page_tells_clients_and_goes_on(
    world: World, browser: Browser, application: Application, client: TestClient, scripts: bool
) -> None:
    world.register(
        client,
        frontchannel_logout_uri=f"{application.origin}/signed-out",
        frontchannel_logout_session_required=True,
    )
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, application)
    if not scripts:
        plain = browser.new_context(java_script_enabled=False)
        plain.add_cookies(context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(sign_out_address(world, application, client))
    expect(page.get_by_role("heading")).to_have_text("Good bye", timeout=10_000)
    (framed,) = application.framed
    query = parse_qs(urlsplit(framed).query)
    assert query["iss"] == [f"{world.kernel.settings.origin}/{client.pool_id}"]
    assert query["sid"][0].startswith("sso")
    assert not [text for text in complaints if "Content Security Policy" in text]


def test_a_client_that_does_not_answer_holds_nobody_up(
    world: World, page: Page, application: Application, client: TestClient
) -> None:
    world.register(client, frontchannel_logout_uri=f"{application.origin}/slow")
    sign_in(page, application)
    page.goto(sign_out_address(world, application, client), wait_until="commit")
    expect(page.get_by_role("heading")).to_have_text("You are signed out")
    expect(page.get_by_role("link", name="Continue")).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text("Good bye", timeout=15_000)
    application.released.set()


def test_a_person_confirms_and_goes_on_to_another_origin(
    world: World, page: Page, application: Application, client: TestClient
) -> None:
    """The page's policy lets its form end where the client says."""
    sign_in(page, application)
    target = f"{application.origin}/bye"
    query = urlencode({"client_id": client.id, "post_logout_redirect_uri": target})
    page.goto(f"{world.kernel.settings.origin}/logout?{query}")
    expect(page.get_by_role("heading")).to_have_text("Do you want to sign out?")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("Good bye")


def test_a_person_types_the_code_of_a_device_and_signs_out(
    world: World, page: Page, client: TestClient
) -> None:
    world.register(client, grant_types=[DEVICE_CODE])
    origin = world.kernel.settings.origin
    form = {"client_id": client.id}
    started = (
        world.browser().post("/oauth2/device_authorization", data=form, base_url=origin).get_json()
    )
    page.goto(started["verification_uri"])
    page.get_by_label("Code on your device").fill(started["user_code"].lower().replace("-", " "))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Let this device in?")
    page.get_by_role("button", name="Let the device in").click()
    expect(page.get_by_role("heading")).to_have_text("Your device is connected")
    page.goto(f"{origin}/logout?client_id={client.id}")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("You are signed out")
