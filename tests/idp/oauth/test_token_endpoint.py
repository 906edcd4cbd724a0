"""POST /oauth2/token as an edge of its own: whatever comes, the answer is JSON with every guard."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
import structlog
from werkzeug.exceptions import ClientDisconnected

from kernel.database import DatabaseBusy
from tests.idp.oauth.world import ORIGIN, World

FORM = "application/x-www-form-urlencoded"
GUARDS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Content-Type": "application/json",
}


class Broken(io.RawIOBase):
    """A body whose sender goes away."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise ClientDisconnected


def ask(world: World, method: str = "POST", **request: Any) -> tuple[int, str, Any]:
    """Status, error code and the whole answer, which must have every guard."""
    given = {"base_url": ORIGIN, **request}
    answer = world.app.test_client().open("/oauth2/token", method=method, **given)
    assert {name: answer.headers.get(name) for name in GUARDS} == GUARDS
    return answer.status_code, answer.json["error"], answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_a_405_that_names_the_right_one(world: World, method: str) -> None:
    if method == "HEAD":
        answer = world.app.test_client().head("/oauth2/token", base_url=ORIGIN)
        assert answer.status_code == 405
        return
    status, error, answer = ask(world, method)
    assert (status, error) == (405, "invalid_request")
    assert answer.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize(
    ("body", "content_type", "description"),
    [
        (b'{"grant_type":"client_credentials"}', "application/json", "content type must be"),
        (b"grant_type=client_credentials", "text/plain", "content type must be"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", "content type must be"),
        (b"grant_type=\xff", FORM, "UTF-8"),
        (b"grant_type=%ff", FORM, "UTF-8"),
        (b"a=1&" * 1001, FORM, "no form"),
        (b"x=" + b"a" * 500_001, FORM, "too large"),
        (b"", FORM, "grant_type is missing"),
        (b"grant_type=a&grant_type=b", FORM, "more than once"),
        (b"grant_type=a%00b", FORM, "control characters"),
    ],
)
def test_what_is_no_form_is_refused_with_the_reason(
    world: World, body: bytes, content_type: str, description: str
) -> None:
    status, error, answer = ask(world, data=body, content_type=content_type)
    assert (status, error) == (400, "invalid_request")
    assert description in answer.json["error_description"]


@pytest.mark.parametrize("pair", [b"a\0b:c", b"%00:a", b"a:b%0a", b"a\n:b"])
def test_credentials_with_control_characters_are_no_clients(world: World, pair: bytes) -> None:
    basic = f"Basic {base64.b64encode(pair).decode()}"
    status, error, answer = ask(
        world, data={"grant_type": "client_credentials"}, headers={"Authorization": basic}
    )
    assert (status, error) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_body_that_breaks_off_is_refused(world: World) -> None:
    status, error, answer = ask(
        world,
        content_type=FORM,
        environ_overrides={"wsgi.input": io.BufferedReader(Broken()), "CONTENT_LENGTH": "10"},
    )
    assert (status, error) == (400, "invalid_request")
    assert "broken off" in answer.json["error_description"]


def test_host_that_serves_no_pool_is_a_404(world: World) -> None:
    status, error, _ = ask(
        world, data={"grant_type": "x"}, base_url="http://nowhere.auth.us-east-1.localhost:8350"
    )
    assert (status, error) == (404, "invalid_request")


def test_busy_database_is_a_503_that_a_browser_may_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> Any:
        raise DatabaseBusy

    monkeypatch.setattr(world.kernel.database, "look_up", busy)
    status, error, answer = ask(
        world, data={"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    )
    assert (status, error) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_unexpected_error_shows_and_logs_no_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise LookupError("hunter2")

    monkeypatch.setattr(world.kernel.database, "look_up", fail)
    with structlog.testing.capture_logs() as entries:
        status, error, answer = ask(
            world, data={"grant_type": "client_credentials", "client_id": "a"}
        )
    assert (status, error) == (500, "server_error")
    assert "hunter2" not in answer.text
    (entry,) = [each for each in entries if each["event"] == "token request failed"]
    assert entry["exception"] == "LookupError"
    assert "hunter2" not in str(entry)
    assert any("test_token_endpoint.py" in frame for frame in entry["frames"])


def test_preflight_names_what_is_allowed(world: World) -> None:
    answer = world.app.test_client().options("/oauth2/token", base_url=ORIGIN)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
