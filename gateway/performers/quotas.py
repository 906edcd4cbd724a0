"""Performs `SpendQuota`: blocks of requests are counted in the database and spent from memory.

A block is counted before any request of it is served. So however many workers and nodes there
are, a period's quota is never exceeded; what may happen is that a worker holds requests that
another one could serve. It holds few: a first block is one request, a block that is spent within
`HOLD_SECONDS` doubles the next, and none is more than a hundredth of what is left. A quota of less
than 200 is counted one by one. What is not spent is given back after `HOLD_SECONDS`; a worker
that dies takes its block along.

A refusal is remembered for `REFUSED_SECONDS`, so that a flood of them asks the database for
nothing, and what UpdateUsage grants works a second later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.control.account import usage_counts
from gateway.effects import SpendQuota
from gateway.quota_periods import period_of
from kernel.clock import Clock
from kernel.database import Database, DatabaseBusy

HOLD_SECONDS = 5.0
FORGET_SECONDS = 60.0
KEPT = timedelta(days=400)
"""How long counts of days are kept for GetUsage."""
REFUSED_SECONDS = 1.0
MOST_REQUESTS = 1000
"""In one block."""

log = structlog.get_logger(__name__)


@dataclass
class _Block:
    """What one worker holds of one key's quota."""

    day: date
    unspent: int = 0
    size: int = 0
    asked: float = float("-inf")
    refused_until: float = float("-inf")
    is_dropped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class QuotaCounter:
    """The blocks of one worker. `start` begins to give back what is not spent."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._blocks: dict[tuple[str, str], _Block] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, effect: SpendQuota) -> bool | None:
        """Whether one request more was within the quota; None where nobody can count it."""
        owner = (effect.plan_id, effect.key_id)
        today = self._today()
        while True:
            block = self._blocks.setdefault(owner, _Block(today))
            with block.lock:
                if not block.is_dropped:
                    return self._spend(block, effect, today)

    def start(self) -> None:
        """Give back, every few seconds, what lies unspent. Call it after the worker is forked."""
        self._thread = threading.Thread(target=self._run, name="gateway-quotas", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give back everything."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.settle(float("inf"))

    def settle(self, now: float) -> None:
        """Give back what was not spent for a while, and forget keys that have not called."""
        for owner, block in list(self._blocks.items()):
            if now - block.asked < HOLD_SECONDS:
                continue
            with block.lock:
                self._give_back(block, *owner)
                if now - block.asked >= FORGET_SECONDS:
                    block.is_dropped = True
                    self._blocks.pop(owner, None)

    def clean_up(self, today: date) -> None:
        """Forget counts that nobody asks for any more."""
        try:
            self._database.write(usage_counts.forget, today - KEPT)
        except (DatabaseBusy, SQLAlchemyError):
            log.exception("old usage not deleted")

    def _run(self) -> None:
        cleaned: date | None = None
        while not self._stopped.wait(HOLD_SECONDS):
            self.settle(self._monotonic())
            if cleaned != self._today():
                cleaned = self._today()
                self.clean_up(cleaned)

    def _spend(self, block: _Block, effect: SpendQuota, today: date) -> bool | None:
        now = self._monotonic()
        if block.day != today:
            self._give_back(block, effect.plan_id, effect.key_id)
            block.day, block.refused_until = today, float("-inf")
        if block.unspent == 0:
            if now < block.refused_until:
                return False
            if not self._ask(block, effect, now):
                return None
        if block.unspent == 0:
            block.refused_until = now + REFUSED_SECONDS
            return False
        block.unspent -= 1
        return True

    def _ask(self, block: _Block, effect: SpendQuota, now: float) -> bool:
        """Count a block more; False where the database cannot."""
        in_time = now - block.asked < HOLD_SECONDS
        want = min(MOST_REQUESTS, 2 * block.size) if in_time and block.size else 1
        plan_id, key_id = effect.plan_id, effect.key_id
        period = period_of(block.day, effect.period, effect.offset)
        try:
            reserved = self._database.record(
                usage_counts.reserve, plan_id, key_id, block.day, period, effect.limit, want
            )
        except (DatabaseBusy, SQLAlchemyError):
            log.exception("quota not counted", plan=plan_id, key=key_id)
            return False
        block.unspent = block.size = reserved.size
        block.asked = now
        return True

    def _give_back(self, block: _Block, plan_id: str, key_id: str) -> None:
        if block.unspent == 0:
            return
        unused, block.unspent, block.size = block.unspent, 0, 0
        try:
            self._database.record(usage_counts.give_back, plan_id, key_id, block.day, unused)
        except (DatabaseBusy, SQLAlchemyError):
            log.exception("quota not given back", plan=plan_id, key=key_id)

    def _today(self) -> date:
        now: datetime = self._clock.now()
        return now.date()
