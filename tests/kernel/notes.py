"""A table of notes and the moves that tests of units of work make on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select
from sqlalchemy.orm import Session

from kernel.database import UtcDateTime

# Of its own metadata: the migrations' tests look at the models'.
NOTES = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("word", String, unique=True),
    Column("count", Integer, default=0),
    Column("at", UtcDateTime),
)


class Wrong(Exception):
    """What a unit raises of itself."""


def add(session: Session, word: str) -> str:
    session.execute(insert(NOTES).values(word=word))
    return word


def words(session: Session) -> list[str]:
    return list(session.scalars(select(NOTES.c.word).order_by(NOTES.c.id)))


def at_once(*works: Callable[[], Any]) -> None:
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
