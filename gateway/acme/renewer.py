"""Gets certificates by ACME, and gets them anew before they expire.

Each worker looks; whoever claims a name first orders for it, and the database says when that may be
tried again. What is due is known from the snapshot, so that looking costs nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import structlog

from gateway.acme.account import AcmeAccount
from gateway.acme.orders import AccountGone, OrderFailed, Orders
from gateway.acme.store import AcmeStore
from gateway.snapshot import Snapshot, SnapshotHolder
from gateway.snapshot.tls import ISSUED
from kernel.runtime import Kernel
from kernel.tls.folder import CertificateFolder
from kernel.tls.pairs import BadPair

POLL_SECONDS = 2.0
# Longer than an order takes (`ORDER_SECONDS`, and a handful of requests), and not longer than the
# first delay: the claim keeps two workers apart, the database says when to try again.
CLAIM_SECONDS = 300.0
CLAIMED = "acme-order:"
# ACME servers limit the orders of an account (Let's Encrypt: 300 in three hours): whoever may make
# domains must not use up all of them.
ORDERS = "acme-orders"
ORDERS_PER_SECOND = 1 / 60
MOST_ORDERS_AT_ONCE = 20
ASK_SECONDS = 6 * 3600.0
"""RFC 9773 §4.3.3: "a recommended default value is six hours"."""
ASKED = "acme-renewal:"
MOST_QUESTIONS_AT_ONCE = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Due:
    """Which names need a certificate now. `own_host` is the server's, empty where it has one."""

    holder: SnapshotHolder
    folder: CertificateFolder
    own_host: str = ""

    def names(self, now: float) -> list[str]:
        snapshot = self.holder.current
        wanted = [*filter(None, [self.own_host]), *filter(_can_be_had, snapshot.domains)]
        return [name for name in wanted if self._is_due(snapshot, name, now)]

    def _is_due(self, snapshot: Snapshot, name: str, now: float) -> bool:
        tls = snapshot.tls.get(name)
        if tls is not None and tls.source:
            return tls.source == ISSUED and tls.renew_at <= now
        return not self.folder.find(name, tls.account if tls is not None else "")


def _can_be_had(name: str) -> bool:
    """HTTP-01 proves no wildcards (RFC 8555 §7.1.3: "Wildcard domain names ... DNS-01")."""
    return not name.startswith("*.")


@dataclass
class Renewer:
    """Runs beside the requests of one worker."""

    kernel: Kernel
    due: Due
    store: AcmeStore
    orders: Orders
    _later: dict[str, float] = field(default_factory=dict)
    """Names that somebody else has, or that must wait, until when."""
    _ask_at: dict[str, float] = field(default_factory=dict)
    """When to ask next about a certificate's renewal."""
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Call it after the worker is forked."""
        threading.Thread(target=self._run, name="acme", daemon=True).start()

    def stop(self) -> None:
        """No further order is begun; one that is under way ends with the process."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self.look()
                self.ask()
            except Exception:  # the database may be away: what is served is served on
                log.exception("certificates not renewed")

    def look(self) -> None:
        """Order what is due, one after the other."""
        now = self.kernel.clock.time()
        for name in self.due.names(now):
            if self._stopped.is_set():
                return
            if self._later.get(name, 0.0) <= now:
                self._later[name] = now + CLAIM_SECONDS / 10
                self._try(name)

    def ask(self) -> None:
        """Ask when certificates should be renewed (RFC 9773): a server that must revoke some says
        so before. One worker asks, a few at a time."""
        shared, now = self.kernel.shared_state, self.kernel.clock.time()
        served = self.due.holder.current.tls.items()
        names = [name for name, tls in served if tls.source == ISSUED]
        waiting = [name for name in names if self._ask_at.get(name, 0.0) <= now]
        for name in waiting[:MOST_QUESTIONS_AT_ONCE]:
            self._ask_at[name] = now + ASK_SECONDS
            if not self._stopped.is_set() and shared.claim(f"{ASKED}{name}", ASK_SECONDS / 2):
                self._ask(name, now)

    def _ask(self, name: str, now: float) -> None:
        account, chain = self.store.account(), self.store.chain(name)
        if account is None or not chain:
            return
        try:
            renewal = self.orders.renewal(account, chain)
        except OrderFailed as error:
            log.warning("renewal information not found", domain=name, reason=str(error))
            return
        self._ask_at[name] = now + renewal.ask_again
        if renewal.at is not None and self.store.renew_at(name, renewal.at):
            log.info("certificate to be renewed", domain=name, at=renewal.at.isoformat())

    def _try(self, name: str) -> None:
        shared, clock = self.kernel.shared_state, self.kernel.clock
        if not shared.claim(f"{CLAIMED}{name}", CLAIM_SECONDS):
            return
        if not shared.take(ORDERS, ORDERS_PER_SECOND, MOST_ORDERS_AT_ONCE, clock.time()):
            return
        if not self.store.begin(name, clock.now()):
            return
        log.info("certificate ordered", domain=name)
        try:
            self.store.keep(name, self.orders.certificate(self._account(), name))
        except AccountGone as error:
            self.store.forget_account()
            log.warning("acme account forgotten", domain=name, reason=str(error))
        except (OrderFailed, BadPair) as error:
            log.warning("certificate not issued", domain=name, reason=str(error))
        else:
            log.info("certificate issued", domain=name)

    def _account(self) -> AcmeAccount:
        account = self.store.account()
        if account is None:
            account = self.orders.register(AcmeAccount.make())
            self.store.keep_account(account)
        return account
