"""Sends logout tokens to the clients that notices were left for (Back-Channel Logout 1.0 §2.5).

Nothing is sent within a request. A worker takes due notices by moving their `due` beyond its lease,
so that two of them never send the same one, and one that dies leaves them for the next. A client
that does not answer well is tried again ever more seldom, eight times in about nine hours.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.errors import ClientNotFound, PoolNotFound
from idp.models import LogoutNotice
from idp.user_pools.services import logout_tokens, revocation, subjects
from kernel.outbound import OutboundError
from kernel.runtime import Kernel

POLL_SECONDS = 5.0
AT_ONCE = 20
"""Notices that a worker takes."""
SENDERS = 5
TIMEOUT = 5.0
LEASE = timedelta(seconds=60)
"""More than 20 notices take by five at a time, if every client is as slow as it may be."""
MOST_REPLY_BYTES = 65_536
PAUSES = tuple(timedelta(seconds=each) for each in (10, 60, 300, 900, 3600, 10_800, 18_000))
"""Before each further attempt."""
TAKEN = frozenset({200, 204})
"""§2.8: "the RP MUST respond with HTTP 200 OK [...] some Web frameworks [use] 204"."""

log = structlog.get_logger("poolgate.logout")


@dataclass(frozen=True)
class Notice:
    """A notice that this worker sends."""

    id: str
    client_id: str
    user_id: str
    session_id: str | None
    attempts: int
    """With the one that is made now."""


class LogoutDelivery:
    """The job of one worker. Start it after the worker is forked."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="logout-delivery", daemon=True)

    def start(self) -> None:
        self._kernel.shared_state.subscribe(revocation.CHANNEL, lambda _: self._wake.set())
        self._thread.start()

    def stop(self) -> None:
        """Let the notices that are under way arrive."""
        self._stopped.set()
        self._wake.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self.deliver_due()
            except Exception:
                # A database that is away now is asked again; what was taken is due after its lease.
                log.warning("logout_delivery_failed", exc_info=True)

    def deliver_due(self) -> None:
        """Send everything that is due now and that nobody else sends."""
        while not self._stopped.is_set():
            notices = self._take()
            if not notices:
                return
            with ThreadPoolExecutor(SENDERS) as senders:
                list(senders.map(self._deliver, notices))

    def _take(self) -> list[Notice]:
        now = self._kernel.clock.now()
        if not self._kernel.database.read(_is_any_due, now):
            return []
        return self._kernel.database.write(_take, now)

    def _deliver(self, notice: Notice) -> None:
        if self._send(notice):
            self._kernel.database.write(_remove, notice.id)
        elif notice.attempts > len(PAUSES):
            self._kernel.database.write(_remove, notice.id)
            log.warning("logout_notice_given_up", client=notice.client_id)
        else:
            due = self._kernel.clock.now() + PAUSES[notice.attempts - 1]
            self._kernel.database.write(_postpone, notice.id, due)

    def _send(self, notice: Notice) -> bool:
        """Whether the client has taken it, or there is nobody to tell any more."""
        kernel = self._kernel
        try:
            context = kernel.database.look_up(subjects.load_client, kernel, notice.client_id)
            uri = context.metadata.backchannel_logout_uri
            if uri is None:
                return True
            if notice.session_id is None and context.metadata.backchannel_logout_session_required:
                return True  # it would refuse a token without `sid`
            token = logout_tokens.make(
                kernel, context.pool.id, notice.client_id, notice.user_id, notice.session_id
            )
        except (ClientNotFound, PoolNotFound):
            return True
        return self._post(uri, token, notice.client_id)

    def _post(self, uri: str, token: str, client_id: str) -> bool:
        try:
            reply = self._kernel.outbound.request(
                "POST",
                uri,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode({"logout_token": token}).encode(),
                timeout=TIMEOUT,
                max_bytes=MOST_REPLY_BYTES,
            )
        except OutboundError as error:
            log.info("logout_notice_not_taken", client=client_id, reason=str(error))
            return False
        if reply.status not in TAKEN:
            log.info("logout_notice_not_taken", client=client_id, answer=reply.status)
        return reply.status in TAKEN


def _is_any_due(session: Session, now: datetime) -> bool:
    return (
        session.scalar(select(LogoutNotice.id).where(LogoutNotice.due <= now).limit(1)) is not None
    )


def _take(session: Session, now: datetime) -> list[Notice]:
    """Take the lease of the notices that have been due longest."""
    rows = session.scalars(
        select(LogoutNotice)
        .where(LogoutNotice.due <= now)
        .order_by(LogoutNotice.due)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.attempts += 1
        row.due = now + LEASE
    return [
        Notice(row.id, row.client_id, row.user_id, row.browser_session_id, row.attempts)
        for row in rows
    ]


def _remove(session: Session, notice_id: str) -> None:
    session.execute(delete(LogoutNotice).where(LogoutNotice.id == notice_id))


def _postpone(session: Session, notice_id: str, due: datetime) -> None:
    session.execute(update(LogoutNotice).where(LogoutNotice.id == notice_id).values(due=due))
