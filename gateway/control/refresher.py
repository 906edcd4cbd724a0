"""Keeps one worker's snapshot in step with the database.

The worker that makes a change serves it when the operation answers: publishing runs the
subscribers of its own worker first. Other workers are told; the poll covers what they miss.
"""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.orm import Session

from gateway.control.compiling.compiler import Compiler
from gateway.control.compiling.rest import IssuerOf
from gateway.control.versions import CHANNEL, version
from gateway.snapshot import Snapshot, SnapshotHolder
from kernel.database import Database
from kernel.shared_state.interface import SharedState

POLL_SECONDS = 0.5

log = structlog.get_logger(__name__)


class Refresher:
    """Swaps `holder`'s snapshot whenever the configuration's number in the database grows."""

    def __init__(
        self,
        database: Database,
        shared_state: SharedState,
        holder: SnapshotHolder,
        issuer_of: IssuerOf = str,
    ) -> None:
        self._database = database
        self._shared_state = shared_state
        self._holder = holder
        self._compiler = Compiler(issuer_of)
        self._number = -1
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._poller: threading.Thread | None = None

    def start(self) -> None:
        """Load the snapshot, then follow. Call it after the worker is forked."""
        self.refresh()
        self._shared_state.subscribe(CHANNEL, self._on_change, self.refresh)
        self._poller = threading.Thread(target=self._poll, name="gateway-refresher", daemon=True)
        self._poller.start()

    def stop(self) -> None:
        """Stop polling, and wait for a refresh that is under way."""
        self._stopped.set()
        if self._poller is not None:
            self._poller.join()

    def refresh(self) -> None:
        """Serve what the database holds. Does nothing where the number is known."""
        with self._lock:
            loaded = self._database.read(self._load)
            if loaded is not None:
                self._number, snapshot = loaded
                self._holder.swap(snapshot)

    def _load(self, session: Session) -> tuple[int, Snapshot] | None:
        # The number is read before the rows: rows that are newer than it are only read twice.
        number = version(session)
        if number == self._number:
            return None
        return number, self._compiler.load(session)

    def _on_change(self, message: bytes) -> None:
        if int(message) > self._number:
            self.refresh()

    def _poll(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self.refresh()
            except Exception:  # the database may be away: the last snapshot is served on
                log.exception("gateway snapshot not refreshed")
