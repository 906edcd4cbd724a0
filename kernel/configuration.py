"""What operators configure, kept in memory for as long as nobody changes it.

Every transaction that changes a table marked `CONFIGURATION` also writes a new random version into
one row. Who keeps something in memory reads that row in the transaction in which he uses it: the
same version means that nothing was changed since, in any process, so what is kept is what the
database holds. That costs one read by key in place of reading, parsing and unsealing it all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from itertools import chain
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, event, insert, select, update
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from kernel.database import Base, Database
from kernel.statements import Prepared, Row, Rows, is_configuration

T = TypeVar("T")

CONFIGURATION = {"info": {"is_configuration": True}}
"""For `__table_args__` of a model. Sessions notice its changes; `Prepared` refuses to make any."""

MOST_KEPT = 4096


class ConfigurationVersion(Base):
    """One row. Without it nothing is kept: no row might come back."""

    __tablename__ = "configuration_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    """Random, so that a restored or emptied database does not come by a former one again."""


VERSION = Prepared(select(ConfigurationVersion.version))


class KeptConfiguration:
    """What has been read of the configuration. One for each process."""

    def __init__(self) -> None:
        # One attribute: a thread must not see a new version beside what was kept under an old one.
        self._present: tuple[Row | None, dict[Hashable, Any]] = None, {}

    def kept(self, key: Hashable) -> Any:
        """What is kept under the key for the version that this process has seen last, or None."""
        return self._present[1].get(key)

    def note(self, version: Row | None) -> None:
        """Somebody has seen this version: let go of what is kept under another one."""
        if version != self._present[0]:
            self._present = version, {}

    def recall(self, database: Database, key: Hashable) -> Any:
        """What is kept under the key if it still holds, else None: `get` finds out more."""
        version, kept = self._present
        found = kept.get(key)
        if found is None or database.first(VERSION) != version:
            return None
        return found

    def get(self, rows: Rows, key: Hashable, load: Callable[[], T | None]) -> T | None:
        """What `load` reads in the transaction of `rows`, from memory where it can be. It is
        shared: do not change it. None is not kept: keys may be an attacker's."""
        version = rows.first(VERSION)
        present = self._present
        if version != present[0] or len(present[1]) >= MOST_KEPT:
            present = self._present = version, {}
        # What is read now is at least as new as the version, and goes where that version's is,
        # whatever another transaction has seen in the meantime.
        kept = cast(T | None, present[1].get(key))
        if kept is None:
            kept = load()
            if kept is not None and version is not None:
                present[1][key] = kept
        return kept


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _context: Any) -> None:
    changed = chain(session.new, session.dirty, session.deleted)
    if any(is_configuration(getattr(each, "__table__", None)) for each in changed):
        _renew(session.connection())


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and is_configuration(getattr(state.statement, "table", None)):
        _renew(state.session.connection())


def _renew(connection: Connection) -> None:
    version = uuid.uuid4().hex
    if not connection.execute(update(ConfigurationVersion).values(version=version)).rowcount:
        connection.execute(insert(ConfigurationVersion).values(id=1, version=version))
