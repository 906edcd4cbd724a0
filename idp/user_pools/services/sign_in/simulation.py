"""The credential of a user who does not exist, so that looking for one tells nothing."""

from __future__ import annotations

from functools import cache, lru_cache

from idp.user_pools.rules import passwords, srp, usernames
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.sign_in.attempt import Attempt, R

POOLS_IN_MEMORY = 4096


def stand_in(attempt: Attempt[R]) -> tuple[str, Credential]:
    """The name and credential that a challenge or check uses instead: stable for each name."""
    pool = attempt.context.pool
    if pool.password_storage == "argon2id":
        return attempt.username, Credential(hash=_unknown_hash())
    normalised = usernames.normalise(attempt.username, pool.settings)
    seed = attempt.kernel.sealer.derive("simulated-user", pool.id, normalised)
    simulated = srp.simulate_user(
        seed,
        attempt.username,
        generated_usernames=usernames.simulates_generated_username(pool.settings, attempt.username),
    )
    verifier = _unknown_verifier(attempt.kernel.sealer.derive("simulated-verifier", pool.id))
    return simulated.user_id, Credential(simulated.salt, verifier)


@lru_cache(maxsize=POOLS_IN_MEMORY)
def _unknown_verifier(seed: bytes) -> bytes:
    """Of a pool. Its making would show: 20 µs, where a real one is opened in three."""
    return srp.simulate_verifier(seed)


@cache
def _unknown_hash() -> str:
    """The hash of a text that no request can hold; made once, because it takes long."""
    return passwords.hash_password("\x00", bytes(16))
