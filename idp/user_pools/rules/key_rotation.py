"""Which of a pool's keys signs, which waits, which retires, and which goes: values in, plan out.

A key is published first. It signs once every verifier that keeps a pool's keys for as long as it
may has fetched it, until another one takes its turn. Then it verifies what it has signed until the
last of that has expired, and is deleted. A key that leaked is deleted at once.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from idp.user_pools.rules.provider_settings import ProviderSettings
from idp.user_pools.rules.validity import LONGEST_TOKEN_LIFE

FRESH_SECONDS = 300
"""How long whoever fetches the key set may use it without asking."""
STALE_SECONDS = 60
"""How long after that he may use it while he asks (RFC 5861 §3)."""
PUBLISHED_BEFORE_SIGNING = timedelta(hours=2)
"""Longer than anybody may keep a key set: API Gateway "can cache the public key for two hours", and
it asks anew for a key that it does not know, as other verifiers do."""
RETIRING = LONGEST_TOKEN_LIFE + timedelta(minutes=10)
"""How long a key verifies after its last signature; a server's clock may be behind by the rest."""


@dataclass(frozen=True)
class Key:
    """A key of a pool. `retires` is when it will be deleted; None while it signs or waits."""

    kid: str
    algorithm: str
    created: datetime
    signs_since: datetime | None = None
    retires: datetime | None = None


class Turn(Enum):
    """When the waiting key takes its turn."""

    WHEN_DUE = auto()
    """After the pool's `signing_key_days`, or for another algorithm; if it has waited enough."""
    IF_READY = auto()
    """If it has waited enough."""
    AT_ONCE = auto()


@dataclass(frozen=True)
class Plan:
    """What shall be. None stands for a new key, of the pool's algorithm."""

    signs: str | None
    waits: str | None
    ready: datetime
    """When the key that waits may sign."""
    retires: str | None = None
    """The key that begins to retire."""
    gone: frozenset[str] = frozenset()
    turned: bool = False
    """Whether another key signs than before."""

    @property
    def new_keys(self) -> int:
        return [self.signs, self.waits].count(None)

    @property
    def changes(self) -> bool:
        return self.turned or bool(self.new_keys or self.gone)


def plan(
    keys: Sequence[Key],
    settings: ProviderSettings,
    now: datetime,
    turn: Turn,
    leaked: Set[str] = frozenset(),
) -> Plan:
    """What follows for a pool's keys, which come in their order: the first that is not retiring
    signs. `leaked` are withdrawn."""
    in_use = [key for key in keys if key.retires is None]
    signer = in_use[0] if in_use and in_use[0].kid not in leaked else None
    waiting = [key for key in in_use[1:] if key.kid not in leaked]
    fit = [key for key in waiting if key.algorithm == settings.signing_algorithm]
    gone = leaked | {key.kid for key in keys if key.retires is not None and key.retires <= now}
    gone |= {key.kid for key in waiting if key not in fit}  # nobody has a token of theirs
    if signer is None or _takes_its_turn(signer, fit, settings, now, turn):
        heir, fit = fit[:1], fit[1:]
        return Plan(
            signs=heir[0].kid if heir else None,
            waits=fit[0].kid if fit else None,
            ready=_ready(fit, now),
            retires=signer.kid if signer else None,
            gone=frozenset(gone),
            turned=True,
        )
    waits = fit[0].kid if fit else None
    return Plan(signer.kid, waits, _ready(fit, now), gone=frozenset(gone))


def _takes_its_turn(
    signer: Key, fit: Sequence[Key], settings: ProviderSettings, now: datetime, turn: Turn
) -> bool:
    if turn is Turn.AT_ONCE:
        return True
    if turn is Turn.WHEN_DUE and not _is_due(signer, settings, now):
        return False
    return bool(fit) and _ready(fit, now) <= now


def _is_due(signer: Key, settings: ProviderSettings, now: datetime) -> bool:
    if signer.algorithm != settings.signing_algorithm:
        return True
    days = settings.signing_key_days
    return days is not None and (signer.signs_since or signer.created) + timedelta(days) <= now


def _ready(fit: Sequence[Key], now: datetime) -> datetime:
    return (fit[0].created if fit else now) + PUBLISHED_BEFORE_SIGNING
