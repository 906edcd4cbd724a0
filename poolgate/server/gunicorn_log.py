"""gunicorn's log, through ours."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger("poolgate.supervisor")

# What gunicorn tells at `info` and a person does not need at every start. Where it listens the
# supervisor says: gunicorn does not know of our TLS.
ROUTINE = (
    "Starting gunicorn",
    "Listening at",
    "Using worker",
    "Handling signal",
    "Booting worker",
    "Hang up",
)


class GunicornLog:
    """What the arbiter and its workers call. Levels and format are the process's own."""

    def __init__(self, cfg: Any) -> None:
        self.cfg = cfg

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg

    def debug(self, message: Any, *args: Any, **_: Any) -> None:
        log.debug(str(message), *args)

    def info(self, message: Any, *args: Any, **_: Any) -> None:
        level = logging.DEBUG if str(message).startswith(ROUTINE) else logging.INFO
        log.log(level, str(message), *args)

    def warning(self, message: Any, *args: Any, **_: Any) -> None:
        log.warning(str(message), *args)

    def error(self, message: Any, *args: Any, **options: Any) -> None:
        log.error(str(message), *args, exc_info=options.get("exc_info"))

    def critical(self, message: Any, *args: Any, **_: Any) -> None:
        log.critical(str(message), *args)

    def exception(self, message: Any, *args: Any, **_: Any) -> None:
        log.exception(str(message), *args)

    def reopen_files(self) -> None:
        """We write to standard error only."""

    def close_on_exec(self) -> None:
        """Standard error stays open."""
