"""The page behind the links of a notification."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from werkzeug.test import TestResponse

from idp.models import AuthEvent, User
from idp.user_pools.services.threats import feedback
from tests.idp.oauth.world import ORIGIN, World

EVENT = "22222222-2222-4222-8222-222222222222"
USER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def link(world: World, pool_id: str) -> str:
    """Says that an event was not the user's. The event is there for one test each."""
    now = world.kernel.clock.now()

    def unit(session):  # type: ignore[no-untyped-def]
        session.add(
            User(id=USER, pool_id=pool_id, username="ada", status="CONFIRMED", attributes={},
                 created=now, modified=now)
        )  # fmt: skip
        session.flush()
        session.add(AuthEvent(id=EVENT, pool_id=pool_id, user_id=USER, created=now, document={}))

    world.kernel.database.write(unit)
    yield feedback.link(world.kernel, SimpleNamespace(id=USER), EVENT, "Invalid")
    world.kernel.database.write(lambda session: session.delete(session.get(User, USER)))


def document(world: World) -> dict[str, object]:
    return world.kernel.database.read(lambda session: session.get(AuthEvent, EVENT).document)


def fetch(world: World, link: str, method: str = "GET") -> TestResponse:
    return world.browser().open(link.removeprefix(ORIGIN), base_url=ORIGIN, method=method)


def test_opening_a_link_changes_nothing(world: World, link: str) -> None:
    """Mail servers and previews open links too."""
    for _ in range(2):
        page = fetch(world, link)
        assert page.status_code == 200
        assert "It was not me" in page.text
    assert document(world) == {}


def test_the_button_gives_the_verdict_once(world: World, link: str) -> None:
    assert "Thank you" in fetch(world, link, "POST").text
    assert document(world)["EventFeedback"]["FeedbackValue"] == "Invalid"
    assert fetch(world, link, "POST").status_code == 400


def test_a_forged_link_is_refused(world: World, link: str) -> None:
    for forged in (link[:-4] + "AAAA", link.partition("=")[0] + "=x", feedback.PATH):
        for method in ("GET", "POST"):
            assert fetch(world, forged, method).status_code == 400
    assert document(world) == {}


def test_a_feedback_token_is_no_link(world: World, link: str, pool_id: str) -> None:
    user = SimpleNamespace(id=USER, pool_id=pool_id)
    token = feedback.token(world.kernel, user, EVENT)
    assert fetch(world, f"{feedback.PATH}?token={token}", "POST").status_code == 400


def test_the_page_is_protected_as_the_others(world: World, link: str) -> None:
    headers = fetch(world, link).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
