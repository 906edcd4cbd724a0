"""A person in a browser: from the page of an application, through the hosted page, to its API."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.servers.application import (
    PASSWORD,
    Application,
    create_application,
    new_address,
    web_client,
)
from tests.servers.poolgate_server import Poolgate

PAGES = Path(__file__).parent / "application"


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Site:
    """The application's own origin."""

    url: str
    application: Application


@pytest.fixture
def site(poolgate_server: Poolgate, http_echo: str, tmp_path: Path) -> Iterator[Site]:
    folder = Path(shutil.copytree(PAGES, tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://localhost:{server.server_port}"
        application = create_application(poolgate_server, **web_client(f"{url}/"))
        configure(folder, application, application.protected_api(http_echo, [url]))
        yield Site(url, application)
        server.shutdown()
        thread.join()


def configure(folder: Path, application: Application, api: str) -> None:
    poolgate = application.server
    poolgate.client("cognito-idp").create_user_pool_domain(
        UserPoolId=application.pool_id, Domain=f"tests-{uuid4().hex[:8]}"
    )
    with urlopen(f"{application.issuer}/.well-known/openid-configuration") as answer:
        discovered = json.load(answer)
    configuration = {
        "authorizationEndpoint": discovered["authorization_endpoint"],
        "tokenEndpoint": discovered["token_endpoint"],
        "clientId": application.client_id,
        "api": f"{api}/hello",
    }
    (folder / "configuration.json").write_text(json.dumps(configuration))


def sign_up_at_the_hosted_page(page: Page, site: Site, email: str) -> None:
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your account")).to_be_visible()
    code = site.application.server.outbox.latest(email)["code"]
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Confirm account").click()


def sign_in_at_the_hosted_page(page: Page, email: str, password: str) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_person_signs_up_signs_in_and_calls_the_api(page: Page, site: Site) -> None:
    email = new_address()
    page.goto(site.url)
    expect(page.locator("#answer")).to_have_text('401 {"message":"Unauthorized"}')
    page.get_by_role("button", name="Sign in").click()
    sign_up_at_the_hosted_page(page, site, email)
    if page.get_by_role("heading", name="Sign in").is_visible():
        sign_in_at_the_hosted_page(page, email, PASSWORD)
    expect(page.locator("#who")).to_have_text(email)
    expect(page.locator("#answer")).to_contain_text("200")
    expect(page.locator("#answer")).to_contain_text("/upstream")


def test_wrong_password_stays_at_the_hosted_page(page: Page, site: Site) -> None:
    person = site.application.sign_up()
    page.goto(site.url)
    page.get_by_role("button", name="Sign in").click()
    sign_in_at_the_hosted_page(page, person.email, "Wrong-horse-7-battery")
    expect(page.get_by_role("alert")).to_contain_text("Incorrect username or password")
    sign_in_at_the_hosted_page(page, person.email, PASSWORD)
    expect(page.locator("#who")).to_have_text(person.email)


def test_hosted_page_works_without_javascript(page: Page, site: Site) -> None:
    browser = page.context.browser
    assert browser is not None
    person = site.application.sign_up()
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(
            f"{site.application.server.url}/oauth2/authorize?response_type=code&scope=openid"
            f"&client_id={site.application.client_id}&redirect_uri={site.url}/"
            f"&code_challenge={'x' * 43}&code_challenge_method=S256"
        )
        sign_in_at_the_hosted_page(plain, person.email, PASSWORD)
        plain.wait_for_url(f"{site.url}/?code=*")
