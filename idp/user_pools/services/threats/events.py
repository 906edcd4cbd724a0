"""The history of what users did and how it looked: AuthEvent rows.

An event is written in the unit of work that decides it, so that none that was acted on is lost.
A sign-in's event has the id of the sign-in: its later steps change the same row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from idp.models import AuthEvent
from idp.user_pools.rules.risk import Remembered
from idp.user_pools.services.threats.observation import remembered
from kernel.database import Document
from kernel.statements import Prepared, Rows, columns_of

KEPT = timedelta(days=731)
"""Two years, as AWS; `idp.cleanup` deletes what is older."""

REMEMBERED_EVENTS = 50
OWN_MEMBERS = frozenset({"Sighting", "FeedbackGiven"})
"""Of the document, which AuthEventType does not have."""

NO_RISK: Mapping[str, Any] = {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}

_ANSWERS = "ChallengeResponses"
_COLUMNS = columns_of(AuthEvent)
INSERT = Prepared(insert(AuthEvent), _COLUMNS)
DOCUMENT = Prepared(select(AuthEvent.document).where(AuthEvent.id == bindparam("event_id")))
CHANGE = Prepared(
    update(AuthEvent)
    .where(AuthEvent.id == bindparam("event_id"))
    .values(document=bindparam("changed", type_=Document)),
    ["document"],
)
CHANGE_NOTHING = Prepared(
    update(AuthEvent).where(AuthEvent.id == bindparam("event_id")).values(user_id=AuthEvent.user_id)
)


@dataclass(frozen=True)
class Event:
    """What is known of an event at a step. What is left out stays as an earlier step said."""

    id: str
    pool_id: str
    user_id: str
    type: str
    response: str
    risk: Mapping[str, Any] = field(default_factory=dict)
    challenges: Sequence[tuple[str, str]] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)
    """`Observation.document()`."""


def note(rows: Rows, event: Event, now: datetime) -> str:
    """Insert the event, or change what an earlier step of it wrote. Answers with the RiskLevel that
    it had before, or ""."""
    found = rows.first(DOCUMENT, event_id=event.id)
    document = _document(event, {} if found is None else found[0])
    if found is not None:
        rows.run(CHANGE, event_id=event.id, changed=document)
        return str(found[0].get("EventRisk", {}).get("RiskLevel", ""))
    rows.run(
        INSERT,
        id=event.id,
        pool_id=event.pool_id,
        user_id=event.user_id,
        created=now,
        document=document,
    )
    return ""


def note_nothing(rows: Rows) -> None:
    """The statements of `note` for somebody who does not exist and can have no event."""
    rows.first(DOCUMENT, event_id="-")
    rows.run(CHANGE_NOTHING, event_id="-")


def _document(event: Event, before: Mapping[str, Any]) -> dict[str, Any]:
    answered = {
        **{each["ChallengeName"]: each["ChallengeResponse"] for each in before.get(_ANSWERS, ())},
        **dict(event.challenges),
    }
    return {
        **before,
        **(event.seen if "EventContextData" not in before else {}),
        "EventType": event.type,
        "EventResponse": event.response,
        "EventRisk": {**NO_RISK, **before.get("EventRisk", {}), **event.risk},
        _ANSWERS: [
            {"ChallengeName": name, "ChallengeResponse": response}
            for name, response in answered.items()
        ],
    }


def history(session: Session, user_id: str) -> list[Remembered]:
    """What the user is compared with: good sign-ins, and whatever somebody judged, newest first.

    Failures are left out in the query, so that an attacker's do not crowd out the good ones.
    """
    document = AuthEvent.document
    value = document[("EventFeedback", "FeedbackValue")].as_string()
    good = and_(
        document["EventResponse"].as_string() == "Pass",
        document["EventType"].as_string().in_(["SignIn", "SignUp"]),
    )
    statement = (
        select(AuthEvent.document, AuthEvent.created)
        .where(AuthEvent.user_id == user_id, or_(good, value.in_(["Valid", "Invalid"])))
        .order_by(AuthEvent.created.desc(), AuthEvent.id.desc())
        .limit(REMEMBERED_EVENTS)
    )
    return [remembered(row.document, row.created) for row in session.execute(statement)]


def finish_last(session: Session, user_id: str, kind: str, response: str) -> None:
    """Say how the user's last event of a kind ended, if it is still open."""
    row = session.scalars(
        select(AuthEvent)
        .where(
            AuthEvent.user_id == user_id,
            AuthEvent.document["EventType"].as_string() == kind,
        )
        .order_by(AuthEvent.created.desc(), AuthEvent.id.desc())
        .limit(1)
    ).first()
    if row is not None and row.document.get("EventResponse") == "InProgress":
        row.document = {**row.document, "EventResponse": response}


def page(session: Session, user_id: str, after: Sequence[str], limit: int) -> Sequence[AuthEvent]:
    """Events, the newest first, one more than `limit` when there are more. `after` is a `key`."""
    statement = select(AuthEvent).where(AuthEvent.user_id == user_id)
    if after:
        moment = datetime.fromisoformat(after[0])
        statement = statement.where(
            or_(
                AuthEvent.created < moment,
                and_(AuthEvent.created == moment, AuthEvent.id < after[1]),
            )
        )
    statement = statement.order_by(AuthEvent.created.desc(), AuthEvent.id.desc())
    return session.scalars(statement.limit(limit + 1)).all()


def key(event: AuthEvent) -> list[str]:
    """Where a page ends."""
    return [event.created.isoformat(), event.id]


def describe(event: AuthEvent) -> dict[str, Any]:
    """AuthEventType."""
    shown = {name: value for name, value in event.document.items() if name not in OWN_MEMBERS}
    given = shown.get("EventFeedback")
    if given is not None:
        date = datetime.fromisoformat(given["FeedbackDate"])
        shown["EventFeedback"] = {**given, "FeedbackDate": date}
    return {"EventId": event.id, "CreationDate": event.created, **shown}
