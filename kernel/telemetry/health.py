"""`/health` says that the process answers; `/ready` that it can serve.

A balancer restarts what is not healthy and sends nothing to what is not ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kernel.database import Database
from kernel.threads import in_thread

log = structlog.get_logger("poolgate.health")

CURRENT_SECONDS = 10.0
UNREACHABLE = "The database cannot be reached."
OUTDATED = "The database's migrations are not current; `poolgate init` applies them."


def create_blueprint(database: Database, is_current: Callable[[Engine], bool]) -> Blueprint:
    """`is_current` says whether the database is at the newest migration."""
    blueprint = Blueprint("health", __name__)
    readiness = Readiness(database, is_current)

    @blueprint.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/ready")
    def ready() -> tuple[Response, int]:
        problem = readiness.problem()
        if problem:
            return jsonify(status="unavailable", reason=problem), 503
        return jsonify(status="ready"), 200

    return blueprint


@dataclass
class Readiness:
    """Whether a process can serve."""

    database: Database
    is_current: Callable[[Engine], bool]
    _current_until: float = 0.0

    def problem(self) -> str | None:
        """Why this process cannot serve, in one sentence; None when it can."""
        try:
            self.database.read(_answer)
            return None if self._is_current() else OUTDATED
        except (SQLAlchemyError, OSError) as error:
            # The error names hosts and users: it is the operator's to read, not the caller's.
            log.error("database unreachable", error=str(error))
            return UNREACHABLE

    def _is_current(self) -> bool:
        """Anyone may ask, and the history is files to read: a good answer holds for a while."""
        if time.monotonic() < self._current_until:
            return True
        current = in_thread(self.is_current, self.database.engine)
        self._current_until = time.monotonic() + CURRENT_SECONDS if current else 0.0
        return current


def _answer(session: Session) -> None:
    session.execute(text("SELECT 1"))
