"""What a request asks of the database, and how SQLite goes about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from tests.idp.user_pools.operations.world import World


class recorded:
    """The statements that the database is given meanwhile."""

    def __init__(self, world: World) -> None:
        self._engine = world.kernel.database.engine
        self._statements: list[tuple[str, Any]] = []

    def __enter__(self) -> list[tuple[str, Any]]:
        event.listen(self._engine, "before_cursor_execute", self._record)
        return self._statements

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._record)

    def _record(self, *arguments: Any) -> None:
        _, _, statement, parameters, _, _ = arguments
        self._statements.append((statement, parameters))


def explained(world: World, statement: str, parameters: Any) -> str:
    with world.kernel.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "; ".join(row[3] for row in rows)
