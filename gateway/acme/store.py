"""What is kept of ACME: the account, certificates, and when a name may be tried again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.acme.account import AcmeAccount
from gateway.control.account import acme_parts
from gateway.control.account.models import AccountPart
from gateway.control.versions import CHANNEL, advance
from kernel.runtime import Kernel
from kernel.tls import pairs
from kernel.tls.pairs import Pair

FIRST_DELAY = timedelta(minutes=5)
LONGEST_DELAY = timedelta(days=1)
MOST_DOUBLINGS = 10
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class AcmeStore:
    """Rows of `acme_parts`, and their seals."""

    kernel: Kernel
    directory_url: str

    def account(self) -> AcmeAccount | None:
        """The account at this directory, where there is one."""
        row = self.kernel.database.read(acme_parts.find, self._account_id)
        if row is None or row.sealed is None:
            return None
        key = self.kernel.sealer.open(row.sealed, acme_parts.purpose(row.id))
        return AcmeAccount(key, row.document["Uri"])

    def keep_account(self, account: AcmeAccount) -> None:
        """The latest one stays: another worker's is as good."""

        def keep(session: Session) -> None:
            row = self._row(session, acme_parts.ACME_ACCOUNT, self._account_id)
            row.document = {"Uri": account.uri, "Directory": self.directory_url}
            row.sealed = self.kernel.sealer.seal(
                account.private_key, acme_parts.purpose(self._account_id)
            )

        self.kernel.database.write(keep)

    def forget_account(self) -> None:
        def forget(session: Session) -> None:
            row = acme_parts.find(session, self._account_id)
            if row is not None:
                session.delete(row)

        self.kernel.database.write(forget)

    def begin(self, name: str, now: datetime) -> bool:
        """Count a try, before it is made: whether it may be made now. What a crash interrupts
        counts too, so that no loop of crashes makes a loop of orders."""

        def count(session: Session) -> bool:
            row = self._row(session, acme_parts.ACME_CERTIFICATE, acme_parts.certificate_id(name))
            document = row.document or {}
            if now < _moment(document.get("RetryAt")) or now < _moment(document.get("RenewAt")):
                return False
            tries = document.get("Tries", 0) + 1
            row.document = {
                **document,
                "Name": name,
                "Tries": tries,
                "RetryAt": (now + delay(tries)).isoformat(),
            }
            return True

        return self.kernel.database.write(count)

    def keep(self, name: str, pair: Pair) -> None:
        """Serve a new certificate, in all workers. Raises `BadPair`."""
        _, certificate = pairs.read(pair.chain.encode(), pair.private_key)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        part_id = acme_parts.certificate_id(name)

        def keep(session: Session) -> int | None:
            row = acme_parts.find(session, part_id)
            if row is None:
                return None  # the domain was deleted meanwhile
            row.document = {
                "Name": name,
                "Chain": pair.chain,
                "Digest": hashlib.sha256(pair.chain.encode()).hexdigest(),
                # With a third of its life left, as is usual: a month of ninety days.
                "RenewAt": (end - (end - start) / 3).isoformat(),
                "NotAfter": end.isoformat(),
            }
            row.sealed = self.kernel.sealer.seal(pair.private_key, acme_parts.purpose(part_id))
            return advance(session)

        number = self.kernel.database.write(keep)
        if number is None:
            return
        self.kernel.shared_state.publish(CHANNEL, str(number).encode())

    def chain(self, name: str) -> str:
        """The certificate that is served for a name, PEM; empty where there is none."""
        row = self.kernel.database.read(acme_parts.find, acme_parts.certificate_id(name))
        return row.document.get("Chain", "") if row is not None else ""

    def renew_at(self, name: str, moment: datetime) -> bool:
        """Renew a certificate then, where that is earlier than what was meant: whether it is."""

        def change(session: Session) -> int | None:
            row = acme_parts.find(session, acme_parts.certificate_id(name))
            if row is None or moment >= _moment(row.document.get("RenewAt")):
                return None
            row.document = {**row.document, "RenewAt": moment.isoformat()}
            return advance(session)

        number = self.kernel.database.write(change)
        if number is None:
            return False
        self.kernel.shared_state.publish(CHANNEL, str(number).encode())
        return True

    @property
    def _account_id(self) -> str:
        return acme_parts.account_id(self.directory_url)

    def _row(self, session: Session, kind: str, part_id: str) -> AccountPart:
        """The row of an id, made where there is none: the server's own account has all of them."""
        row = acme_parts.find(session, part_id)
        if row is None:
            settings = self.kernel.settings
            row = AccountPart(
                account=settings.account_id,
                region=settings.region,
                kind=kind,
                id=part_id,
                document={},
                created=self.kernel.clock.now(),
            )
            session.add(row)
        return row


def delay(tries: int) -> timedelta:
    """How long after a try the next one may be: five minutes, doubled each time, up to a day."""
    doublings: int = min(tries - 1, MOST_DOUBLINGS)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else NEVER
