from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, csrf_token, request_of, world

__all__ = ["world"]


@dataclass
class Visitor:
    """A browser at one client's pages."""

    browser: FlaskClient
    client: TestClient
    parameters: dict[str, str]

    def address(self, path: str) -> str:
        return f"{path}?{urlencode(self.parameters)}"

    def get(self, path: str) -> TestResponse:
        return self.browser.get(self.address(path), base_url=ORIGIN)

    def submit(self, path: str, page: TestResponse | None = None, **form: str) -> TestResponse:
        """Fill in the form of a page (of `path`, unless another one shows it) and send it."""
        token = csrf_token(page or self.get(path))
        return self.post(path, csrf_token=token, **form)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        return self.browser.post(self.address(path), data=form, base_url=ORIGIN, headers=headers)

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, answer.text
        return self.browser.get(answer.location, base_url=ORIGIN)


@pytest.fixture
def pool_id(world: World) -> str:
    return world.pool()


@pytest.fixture
def visitor(world: World, pool_id: str) -> Visitor:
    client = world.client(pool_id)
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
