"""The statements of the history of events, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import AuthEvent, User, UserPool
from idp.user_pools.services.threats import events, feedback
from idp.user_pools.services.threats.events import Event
from kernel.database import Database

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SEEN = {
    "EventContextData": {"IpAddress": "192.0.2.1"},
    "Sighting": {"Device": "d", "Position": [1.5, 2]},
}


@pytest.fixture
def ada(database: Database) -> str:
    def unit(session: Session) -> None:
        session.add(
            UserPool(id="p", account="0", region="r", name="n", settings={}, schema=[],
                     created=NOW, modified=NOW)
        )  # fmt: skip
        session.flush()
        session.add(
            User(id="ada", pool_id="p", username="ada", status="CONFIRMED", attributes={},
                 created=NOW, modified=NOW)
        )  # fmt: skip

    database.write(unit)
    return "ada"


def note(database: Database, name: str, response: str, minutes: int = 0, **more: object) -> None:
    event = Event(name, "p", "ada", "SignIn", response, seen=SEEN, **more)
    database.record(events.note, event, NOW + timedelta(minutes=minutes))


def document(database: Database, name: str) -> dict[str, object]:
    return database.read(lambda session: session.get(AuthEvent, name).document)


def test_a_later_step_changes_the_same_event(database: Database, ada: str) -> None:
    note(
        database, "a", "InProgress", risk={"RiskLevel": "Low"}, challenges=[("Password", "Success")]
    )
    note(database, "a", "Fail", challenges=[("Mfa", "Failure")])
    note(database, "a", "Pass", challenges=[("Mfa", "Success")])
    found = document(database, "a")
    assert found["EventResponse"] == "Pass"
    assert found["EventRisk"] == {**events.NO_RISK, "RiskLevel": "Low"}
    assert found["ChallengeResponses"] == [
        {"ChallengeName": "Password", "ChallengeResponse": "Success"},
        {"ChallengeName": "Mfa", "ChallengeResponse": "Success"},
    ]


def test_only_good_and_judged_events_are_remembered(database: Database, ada: str) -> None:
    note(database, "good", "Pass", 1)
    note(database, "judged", "Fail", 2)
    note(database, "failed", "Fail", 3)
    note(database, "open", "InProgress", 4)
    database.write(feedback.give, ada, "judged", "Invalid", feedback.ADMIN, NOW)
    past = database.read(events.history, ada)
    assert [each.verdict for each in past] == ["Invalid", ""]
    assert past[1].sighting.position == (1.5, 2.0)
    assert past[1].sighting.address == "192.0.2.1"


def test_no_more_is_remembered_than_is_compared(
    database: Database, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "REMEMBERED_EVENTS", 2)
    for number in range(4):
        note(database, f"{number}", "Pass", number)
    past = database.read(events.history, ada)
    assert [each.sighting.at for each in past] == [NOW + timedelta(minutes=n) for n in (3, 2)]


def test_pages_go_on_where_they_ended_at_the_same_moment_too(database: Database, ada: str) -> None:
    for name in ("a", "b", "c"):
        note(database, name, "Pass")
    first = database.read(events.page, ada, (), 1)
    assert [event.id for event in first] == ["c", "b"]
    rest = database.read(events.page, ada, events.key(first[0]), 5)
    assert [event.id for event in rest] == ["b", "a"]


def test_only_an_open_event_is_finished(database: Database, ada: str) -> None:
    note(database, "done", "Fail")
    finish: Callable[[Session], None] = lambda s: events.finish_last(s, ada, "SignIn", "Pass")  # noqa: E731 - a unit of work
    database.write(finish)
    assert document(database, "done")["EventResponse"] == "Fail"
    note(database, "open", "InProgress", 1)
    database.write(finish)
    assert document(database, "open")["EventResponse"] == "Pass"


def test_nothing_is_noted_for_nobody(database: Database) -> None:
    database.record(events.note_nothing)
    assert database.read(lambda session: session.scalars(select(AuthEvent)).all()) == []


def test_a_deleted_user_takes_his_events_along(database: Database, ada: str) -> None:
    note(database, "a", "Pass")
    database.write(lambda session: session.delete(session.get(User, ada)))
    assert database.read(lambda session: session.get(AuthEvent, "a")) is None
