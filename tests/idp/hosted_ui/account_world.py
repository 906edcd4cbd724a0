"""Somebody at his account page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.idp.oauth.world import ORIGIN, PASSWORD, TestClient, World, csrf_token

EMAIL = "ada@example.com"
NOBODYS = "nobody-is-called-this"


@dataclass
class Person:
    """A browser at the account page of one client's people."""

    world: World
    browser: FlaskClient
    client: TestClient

    def address(self, section: str = "", **query: str) -> str:
        path = f"/account/{section}" if section else "/account"
        return f"{path}?{urlencode({'client_id': self.client.id, **query})}"

    def get(self, section: str = "") -> TestResponse:
        return self.browser.get(self.address(section), base_url=ORIGIN)

    def send(self, section: str, of: str | None = None, **form: str) -> TestResponse:
        """Send a section's form; its token is taken from the page of `of`, where it has none."""
        token = csrf_token(self.get(section if of is None else of))
        return self.post(section, csrf_token=token, **form)

    def post(self, section: str, **form: str) -> TestResponse:
        return self.browser.post(self.address(section), data=form, base_url=ORIGIN)

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, answer.text
        return self.browser.get(answer.location, base_url=ORIGIN)

    def sign_in(
        self, section: str = "", email: str = EMAIL, password: str = PASSWORD
    ) -> TestResponse:
        """Go to a section, be sent to the sign-in, and sign in."""
        asked = self.get(section)
        assert asked.status_code == 303
        assert urlsplit(asked.location).path == "/login"
        token = csrf_token(self.follow(asked))
        form = {"csrf_token": token, "username": email, "password": password}
        return self.browser.post(asked.location, data=form, base_url=ORIGIN)


def client_of(world: World, pool_id: str, **settings: Any) -> TestClient:
    """A client whose people may get tokens for the operations of their own account."""
    scopes = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
    return world.client(pool_id, **{"AllowedOAuthScopes": scopes, **settings})


def path(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path


def query(answer: TestResponse) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer.location).query))
