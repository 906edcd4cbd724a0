"""Signing keys, and a verifier whose clock the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from kernel.clock import Clock
from kernel.tokens import keys, signing
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier

ISSUER = "https://idp.example/us-east-1_Test"
NOW = 1_800_000_000.0


@dataclass
class Bench:
    """An issuer with one key, and a verifier that trusts it."""

    key: keys.SigningKey
    now: float = NOW
    issuers: LocalIssuers = field(default_factory=LocalIssuers)

    def __post_init__(self) -> None:
        self.issuers.put(ISSUER, [keys.public_jwk(self.key)])
        self.revocations = RevocationSet(lambda: self.now)
        self.verifier = Verifier(self.issuers, self.revocations, Clock(lambda: self.now))

    def claims(self, **changes: Any) -> dict[str, Any]:
        claims = {
            "iss": ISSUER,
            "sub": "someone",
            "client_id": "client",
            "token_use": "access",
            "origin_jti": "session",
            "iat": int(NOW),
            "exp": int(NOW) + 3600,
        }
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, headers: dict[str, str] | None = None, **changes: Any) -> str:
        return signing.sign(self.claims(**changes), self.key, headers)


@pytest.fixture(scope="session")
def signing_key() -> keys.SigningKey:
    return keys.generate()


@pytest.fixture(scope="session", params=["RS256", "PS256", "ES256", "EdDSA"])
def any_key(request: pytest.FixtureRequest) -> keys.SigningKey:
    """A key of each algorithm in turn."""
    return keys.generate(request.param)


@pytest.fixture(scope="session")
def other_key() -> keys.SigningKey:
    return keys.generate()


@pytest.fixture
def bench(signing_key: keys.SigningKey) -> Bench:
    return Bench(signing_key)
