"""A pool's signing keys: sealed in the database, opened once for each process.

Two keys are published, as AWS does; the first signs. RSA keys are never replaced in place: they
disappear with their pool, which signs nothing afterwards. Whoever verifies has to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.errors import PoolNotFound
from idp.models import PoolSigningKey
from kernel.database import Database
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.statements import Prepared
from kernel.tokens.keys import Jwk, SigningKey, generate, public_jwk

CHANNEL = "signing-keys"
CACHED_POOLS = 1024

SIGNER = Prepared(
    select(PoolSigningKey.kid, PoolSigningKey.sealed_private_key)
    .where(PoolSigningKey.pool_id == bindparam("pool_id"))
    .order_by(PoolSigningKey.position)
    .limit(1)
)
PUBLIC = Prepared(
    select(PoolSigningKey.public_jwk)
    .where(PoolSigningKey.pool_id == bindparam("pool_id"))
    .order_by(PoolSigningKey.position)
)


def make(count: int) -> list[SigningKey]:
    """New keys; about 100 ms each, so this is for `compute`."""
    return [generate() for _ in range(count)]


def store(session: Session, kernel: Kernel, pool_id: str, keys: Sequence[SigningKey]) -> None:
    for position, key in enumerate(keys):
        session.add(
            PoolSigningKey(
                kid=key.kid,
                pool_id=pool_id,
                position=position,
                sealed_private_key=kernel.sealer.seal(key.to_pem(), f"signing-key:{key.kid}"),
                public_jwk=public_jwk(key),
                created=kernel.clock.now(),
                signs_since=kernel.clock.now() if position == 0 else None,
            )
        )


def announce_withdrawal(kernel: Kernel, pool_id: str) -> None:
    """Tell every worker that the pool's keys are gone, after the unit of work has committed."""
    kernel.shared_state.publish(CHANNEL, pool_id.encode())


class SigningKeys:
    """Opened signing keys and public JWKs by pool."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self.signer = lru_cache(CACHED_POOLS)(self._signer)

    def _signer(self, pool_id: str) -> SigningKey:
        """The key that signs the pool's tokens. Raises `PoolNotFound`."""
        row = self._database.look_up(lambda rows: rows.first(SIGNER, pool_id=pool_id))
        if row is None:
            raise PoolNotFound(pool_id)
        kid, sealed = row
        return SigningKey.from_pem(kid, self._sealer.open(sealed, f"signing-key:{kid}"))

    def public(self, pool_id: str) -> list[Jwk]:
        """The JWKs of the pool, the signing one first; empty where there is no such pool."""
        found = self._database.look_up(lambda rows: rows.all(PUBLIC, pool_id=pool_id))
        return [dict(jwk) for (jwk,) in found]
