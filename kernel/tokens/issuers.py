"""Who may sign: an issuer's keys by `kid`, of local pools first and of others by discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.public_keys import PublicKey

Jwks = Sequence[Mapping[str, Any]]


class Issuers(Protocol):
    """Where a verifier finds keys."""

    @property
    def generation(self) -> int:
        """Grows whenever a key may have been withdrawn: what was verified before counts no more."""

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None. Raises `UnknownIssuer`."""


class LocalIssuers:
    """The issuers of this instance.

    `load` gives the JWKs of an issuer that has not been asked for yet, or None where it is not
    one of ours. Call `forget` when an issuer's keys changed, in each worker.
    """

    def __init__(self, load: Callable[[str], Jwks | None] = lambda _issuer: None) -> None:
        self.generation = 0
        self._load = load
        self._known: dict[str, dict[str, PublicKey]] = {}

    def put(self, issuer: str, jwks: Jwks) -> None:
        """Set the keys of an issuer."""
        self._known[issuer] = read_keys(jwks)
        self.generation += 1

    def forget(self, issuer: str) -> None:
        """Load the issuer's keys anew when they are next asked for."""
        self._known.pop(issuer, None)
        self.generation += 1

    def forget_all(self) -> None:
        """Load every issuer's keys anew: messages of changes may have been lost."""
        self._known = {}
        self.generation += 1

    def keys(self, issuer: str, kid: str) -> PublicKey | None:
        """The key of that name, or None. Raises `UnknownIssuer`."""
        known = self._known.get(issuer)
        if known is None:
            known = self._load_keys(issuer)
        return known.get(kid)

    def _load_keys(self, issuer: str) -> dict[str, PublicKey]:
        generation = self.generation
        jwks = self._load(issuer)
        if jwks is None:
            raise UnknownIssuer
        keys = read_keys(jwks)
        # What was forgotten while it was being loaded may be old already.
        if generation == self.generation:
            self._known[issuer] = keys
        return keys


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
