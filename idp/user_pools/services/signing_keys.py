"""A pool's signing keys: sealed in the database, opened once for each process.

Two keys are published, as AWS does: the first signs, the second waits for its turn
(`key_rotation`). With them stand those that have signed, while their tokens are good. Whoever
verifies is told of what is gone, and looks by himself as well (`key_feed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.errors import PoolNotFound
from idp.models import PoolSigningKey
from kernel.configuration import KeptConfiguration
from kernel.database import Database
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.statements import Prepared, Rows
from kernel.tokens.keys import DEFAULT_ALGORITHM, Jwk, SigningKey, generate, public_jwk

CHANNEL = "signing-keys"
CACHED_KEYS = 1024

SIGNER = Prepared(
    select(
        PoolSigningKey.kid,
        PoolSigningKey.sealed_private_key,
        PoolSigningKey.public_jwk,
    )
    .where(PoolSigningKey.pool_id == bindparam("pool_id"))
    .order_by(PoolSigningKey.position)
    .limit(1)
)
PUBLIC = Prepared(
    select(PoolSigningKey.public_jwk, PoolSigningKey.retires)
    .where(PoolSigningKey.pool_id == bindparam("pool_id"))
    .order_by(PoolSigningKey.position)
)


def make(count: int, algorithm: str = DEFAULT_ALGORITHM) -> list[SigningKey]:
    """New keys; RSA's take about 100 ms each, so this is for `compute`."""
    return [generate(algorithm) for _ in range(count)]


def store(
    session: Session, sealer: Sealer, pool_id: str, keys: Sequence[SigningKey], now: datetime
) -> None:
    """The keys of a new pool, of which the first signs."""
    for position, key in enumerate(keys):
        add(session, sealer, pool_id, key, now, position)


def add(
    session: Session, sealer: Sealer, pool_id: str, key: SigningKey, now: datetime, position: int
) -> None:
    """A new key of a pool."""
    session.add(
        PoolSigningKey(
            kid=key.kid,
            pool_id=pool_id,
            position=position,
            sealed_private_key=sealer.seal(key.to_pem(), f"signing-key:{key.kid}"),
            public_jwk=public_jwk(key),
            created=now,
            signs_since=now if position == 0 else None,
        )
    )


def algorithms(rows: Rows, pool_id: str) -> list[str]:
    """What signs the pool's tokens, and what will next if that is another one."""
    found = rows.all(PUBLIC, pool_id=pool_id)
    return list(dict.fromkeys(jwk["alg"] for jwk, retires in found if retires is None))


def announce_withdrawal(kernel: Kernel, pool_id: str) -> None:
    """Tell every worker that keys of the pool are gone, after the unit of work has committed."""
    kernel.shared_state.publish(CHANNEL, pool_id.encode())


class SigningKeys:
    """Opened signing keys and public JWKs by pool."""

    def __init__(
        self, database: Database, sealer: Sealer, configuration: KeptConfiguration
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._configuration = configuration
        self._open = lru_cache(CACHED_KEYS)(self._open_anew)

    def signer(self, pool_id: str) -> SigningKey:
        """The key that signs the pool's tokens. Raises `PoolNotFound`.

        It is as new as the configuration that this process has seen last: who signs has just read
        his client with it, so that nothing is asked of the database here.
        """
        key: SigningKey | None = self._configuration.kept((SigningKey, pool_id))
        return key or self._database.look_up(self._load, pool_id)

    def _load(self, rows: Rows, pool_id: str) -> SigningKey:
        def read() -> SigningKey | None:
            row = rows.first(SIGNER, pool_id=pool_id)
            return None if row is None else self._open(row[0], row[1], row[2]["alg"])

        key = self._configuration.get(rows, (SigningKey, pool_id), read)
        if key is None:
            raise PoolNotFound(pool_id)
        return key

    def _open_anew(self, kid: str, sealed: bytes, algorithm: str) -> SigningKey:
        pem = self._sealer.open(sealed, f"signing-key:{kid}")
        return SigningKey.from_pem(kid, pem, algorithm)

    def public(self, pool_id: str) -> list[Jwk]:
        """The JWKs of the pool, the signing one first; empty where there is no such pool."""
        found = self._database.look_up(lambda rows: rows.all(PUBLIC, pool_id=pool_id))
        return [dict(jwk) for jwk, _retires in found]
