"""Who may sign: an issuer's keys by `kid`, of local pools first and of others by discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple, Protocol

from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.public_keys import PublicKey

Jwks = Sequence[Mapping[str, Any]]

PAUSE_SECONDS = 1.0
"""The least time between two looks for a key that an issuer is not known to have: made-up names
cost no more than that."""


class Issuers(Protocol):
    """Where a verifier finds keys."""

    @property
    def generation(self) -> int:
        """Grows whenever a key may have been withdrawn: what was verified before counts no more."""

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None. Raises `UnknownIssuer`."""


class _Known(NamedTuple):
    keys: Mapping[str, PublicKey]
    looked: float = float("-inf")
    """When a key that is not among them was looked for last."""


class LocalIssuers:
    """The issuers of this instance.

    `load` gives the JWKs of an issuer that has not been asked for yet, or None where it is not
    one of ours. Call `forget` when an issuer's keys changed, in each worker.
    """

    def __init__(
        self,
        load: Callable[[str], Jwks | None] = lambda _issuer: None,
        time: Callable[[], float] = monotonic,
    ) -> None:
        self.generation = 0
        self._load = load
        self._time = time
        self._known: dict[str, _Known] = {}
        self._changes = 0

    def put(self, issuer: str, jwks: Jwks) -> None:
        """Set the keys of an issuer."""
        self._known[issuer] = _Known(read_keys(jwks))
        self._withdraw()

    def forget(self, issuer: str) -> None:
        """Load the issuer's keys anew when they are next asked for."""
        self._known.pop(issuer, None)
        self._withdraw()

    def forget_all(self) -> None:
        """Load every issuer's keys anew: messages of changes may have been lost."""
        self._known = {}
        self._withdraw()

    def known(self) -> list[str]:
        """The issuers whose keys are kept. Keys that are being loaded now will not be, since they
        may be older than what the caller is about to compare them with."""
        self._changes += 1
        return list(self._known)

    def renew(self, issuer: str, jwks: Jwks) -> None:
        """Take over what an issuer's keys are now."""
        old, new = self._known.get(issuer), read_keys(jwks)
        self._known[issuer] = _Known(new) if old is None else old._replace(keys=new)
        if old is not None and withdraws(old.keys, new):
            self._withdraw()

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None. Raises `UnknownIssuer`."""
        known = self._known.get(issuer)
        if known is None:
            return self._load_keys(issuer).get(kid)
        key = known.keys.get(kid)
        if key is None and self._time() - known.looked > PAUSE_SECONDS:
            # One that another worker has begun to sign with: this one has not heard of it yet.
            self._known[issuer] = known._replace(looked=self._time())
            with suppress(UnknownIssuer):
                key = self._load_keys(issuer).get(kid)
        return key

    def _load_keys(self, issuer: str) -> Mapping[str, PublicKey]:
        changes = self._changes
        jwks = self._load(issuer)
        if jwks is None:
            raise UnknownIssuer
        # What changed while it was being loaded may be old already.
        if changes != self._changes:
            return read_keys(jwks)
        self.renew(issuer, jwks)
        return self._known[issuer].keys

    def _withdraw(self) -> None:
        self.generation += 1
        self._changes += 1


class ChainedIssuers:
    """Several sources of issuers; the first that knows an issuer answers for it."""

    def __init__(self, *sources: Issuers) -> None:
        self._sources = sources

    @property
    def generation(self) -> int:
        generation = 0
        for source in self._sources:
            generation += source.generation
        return generation

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None. Raises `UnknownIssuer`."""
        for source in self._sources:
            try:
                return source.keys(issuer, kid)
            except UnknownIssuer:
                continue
        raise UnknownIssuer


def read_keys(jwks: Iterable[Mapping[str, Any]]) -> dict[str, PublicKey]:
    """The usable keys by `kid`; keys for other purposes are passed over (RFC 7517 §5)."""
    keys: dict[str, PublicKey] = {}
    for jwk in jwks:
        try:
            key = PublicKey.from_jwk(jwk)
        except (ValueError, AttributeError, TypeError):
            continue
        keys.setdefault(key.kid, key)
    return keys


def withdraws(old: Mapping[str, PublicKey], new: Mapping[str, PublicKey]) -> bool:
    """Whether a key is gone, or another one goes by its name."""
    return any(kid not in new or new[kid].jwk != key.jwk for kid, key in old.items())
