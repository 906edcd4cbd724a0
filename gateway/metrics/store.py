"""The minutes of all workers in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.control.account.models import Metric
from gateway.metrics.counts import Counts, of_document, total

KEPT = timedelta(days=14)


class Series(NamedTuple):
    """What is counted apart: an API's stage, and in it a route, or all where it is empty. Those of
    a stage's canary are named by `of_canary`."""

    api_id: str
    stage: str
    route: str


def of_canary(route: str) -> str:
    """The series' route for what a stage's canary serves of a route, or of all."""
    return f"/Canary {route}".rstrip()


class Point(NamedTuple):
    """The counts of a period, which begins at `start`."""

    start: datetime
    counts: Counts


def put(
    session: Session, writer: str, minute: int, counted: Iterable[tuple[Series, Counts]]
) -> None:
    """Store a minute (since the epoch) of one worker, which has not stored it before."""
    start = datetime.fromtimestamp(minute * 60, UTC)
    for series, counts in counted:
        session.add(
            Metric(
                api_id=series.api_id,
                stage=series.stage,
                route=series.route,
                minute=start,
                writer=writer,
                counts=counts.document(),
            )
        )


def forget(session: Session, now: datetime) -> None:
    """Delete the minutes that are older than two weeks."""
    session.execute(delete(Metric).where(Metric.minute < now - KEPT))


def read(
    session: Session, series: Series, start: datetime, end: datetime, period: timedelta
) -> list[Point]:
    """The periods from `start` on that hold anything, oldest first; `period` is whole minutes."""
    rows = session.execute(
        select(Metric.minute, Metric.counts).where(
            Metric.api_id == series.api_id,
            Metric.stage == series.stage,
            Metric.route == series.route,
            Metric.minute >= start,
            Metric.minute < end,
        )
    )
    periods: dict[int, list[Counts]] = {}
    for minute, document in rows:
        periods.setdefault((minute - start) // period, []).append(of_document(document))
    return [Point(start + period * n, total(periods[n])) for n in sorted(periods)]
