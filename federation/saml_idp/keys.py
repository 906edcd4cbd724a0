"""The keys with which a pool signs as a SAML identity provider, and how they take turns.

Two certificates are published at any time: that of the key which signs, and that of the next one.
When that takes its turn, the one before stays published for a while. The plan is that of the pool's
keys for tokens (`rules.key_rotation`); here an operator says when, for applications whose
certificates are copied by hand have to follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import PoolNotFound
from idp.models import PoolDocument
from idp.user_pools.rules import key_rotation
from idp.user_pools.rules.key_rotation import Key, Plan, Turn
from idp.user_pools.rules.provider_settings import NO_SETTINGS
from idp.user_pools.services import documents, pools, saml_certificates
from idp.user_pools.services.saml_certificates import Certified
from kernel.clock import Clock
from kernel.database import Database
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.threads import compute

KIND, KEY = "saml_identity_provider", "keys"
RETIRING = timedelta(days=7)
ID_BYTES, SECRET_BYTES = 8, 32
NAMES = "names"
"""The secret that persistent names are made with: it outlives every key."""


class UnknownCertificate(Exception):
    """The pool has no key of that name."""


@dataclass(frozen=True)
class PublishedKey:
    """A key of a pool, without its private part. Certificates are base64 of DER."""

    id: str
    certificate: str
    created: datetime
    signs_since: datetime | None = None
    retires: datetime | None = None

    @property
    def planned(self) -> Key:
        return Key(
            self.id, NO_SETTINGS.signing_algorithm, self.created, self.signs_since, self.retires
        )

    def document(self) -> dict[str, Any]:
        moments = {name: getattr(self, name) for name in ("created", "signs_since", "retires")}
        told = {name: moment.isoformat() for name, moment in moments.items() if moment}
        return {"id": self.id, "certificate": self.certificate, **told}

    @classmethod
    def of(cls, document: Mapping[str, str]) -> PublishedKey:
        moments = {
            name: datetime.fromisoformat(document[name])
            for name in ("created", "signs_since", "retires")
            if name in document
        }
        return cls(document["id"], document["certificate"], **moments)


@dataclass(frozen=True)
class Keys:
    """A pool's keys: the first one signs."""

    published: tuple[PublishedKey, ...]
    private_keys: Mapping[str, str] = field(repr=False)
    names: bytes = field(repr=False)

    @property
    def signing(self) -> Certified:
        first = self.published[0]
        return Certified(self.private_keys[first.id], first.certificate)

    def certificates(self, now: datetime) -> list[str]:
        return [e.certificate for e in self.published if e.retires is None or e.retires > now]


@dataclass(frozen=True)
class Result:
    """What was done, and the keys as they are now."""

    plan: Plan
    keys: Keys | None


def of(kernel: Kernel, pool_id: str) -> Keys:
    """A pool's keys, made when they are asked for first. Raises `PoolNotFound`."""
    found = kernel.database.read(_load, kernel.sealer, pool_id)
    if found is not None:
        return found
    done = carry_out(kernel.database, kernel.sealer, kernel.clock, pool_id, Turn.WHEN_DUE)
    if done.keys is None:
        raise PoolNotFound(pool_id)
    return done.keys


def carry_out(
    database: Database,
    sealer: Sealer,
    clock: Clock,
    pool_id: str,
    turn: Turn,
    leaked: str | None = None,
) -> Result:
    """Let the next key take its turn where `turn` says so; `leaked` is a key's id, which is
    withdrawn. Raises `PoolNotFound`, `UnknownCertificate`."""
    made: list[Certified] = []
    while True:
        result = database.write(_unit, sealer, pool_id, turn, leaked, made, clock.now())
        if result.keys is not None:
            return result
        made.append(compute(saml_certificates.make, pool_id, clock.now()))


def _unit(
    session: Session,
    sealer: Sealer,
    pool_id: str,
    turn: Turn,
    leaked: str | None,
    made: Sequence[Certified],
    now: datetime,
) -> Result:
    """A result without keys says that another one has to be made first."""
    pools.present(session, pool_id, to_change=True)
    present = _load(session, sealer, pool_id) or Keys((), {}, secrets.token_bytes(SECRET_BYTES))
    ids = [each.id for each in present.published]
    if leaked is not None and leaked not in ids:
        raise UnknownCertificate(leaked)
    gone = frozenset(filter(None, [leaked]))
    planned = [each.planned for each in present.published]
    plan = key_rotation.plan(planned, NO_SETTINGS, now, turn, gone)
    if len(made) < plan.new_keys:
        return Result(plan, None)
    keys = _applied(present, plan, iter(made), now)
    if plan.changes:
        _store(session, sealer, pool_id, keys, now)
    return Result(plan, keys)


def _applied(present: Keys, plan: Plan, made: Iterator[Certified], now: datetime) -> Keys:
    kept = {each.id: each for each in present.published if each.id not in plan.gone}
    private_keys = {name: present.private_keys[name] for name in kept}

    def take(key_id: str | None) -> PublishedKey:
        if key_id is not None:
            return kept.pop(key_id)
        new, new_id = next(made), secrets.token_hex(ID_BYTES)
        private_keys[new_id] = new.private_key
        return PublishedKey(new_id, new.certificate, now)

    signs, waits = take(plan.signs), take(plan.waits)
    if plan.turned:
        signs = PublishedKey(signs.id, signs.certificate, signs.created, now)
    retiring = [_retired(each, now) for each in kept.values()]
    return Keys((signs, waits, *retiring), private_keys, present.names)


def _retired(key: PublishedKey, now: datetime) -> PublishedKey:
    ends = key.retires or now + RETIRING
    return PublishedKey(key.id, key.certificate, key.created, key.signs_since, ends)


def _load(session: Session, sealer: Sealer, pool_id: str) -> Keys | None:
    row = documents.find(session, pool_id, KIND, KEY)
    return None if row is None else _opened(sealer, row)


def _opened(sealer: Sealer, row: PoolDocument) -> Keys:
    opened = documents.open_sealed(sealer, row)
    names = bytes.fromhex(opened.pop(NAMES))
    published = tuple(PublishedKey.of(each) for each in row.document["Keys"])
    return Keys(published, opened, names)


def _store(session: Session, sealer: Sealer, pool_id: str, keys: Keys, now: datetime) -> None:
    purpose = documents.purpose(pool_id, KIND, KEY)
    sealed = documents.seal(sealer, purpose, {**keys.private_keys, NAMES: keys.names.hex()})
    document = {"Keys": [each.document() for each in keys.published], documents.SEALED: sealed}
    documents.put(session, pool_id, KIND, KEY, document, now)
