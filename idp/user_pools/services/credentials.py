"""A user's password, as it is kept: a sealed SRP verifier, or an argon2id hash.

Which of the two is the pool's `password_storage`. Making and checking them is heavy, so they run
off the hub and outside of units of work: first `make`, then `apply` inside the unit.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from idp.errors import PasswordInHistory
from idp.models import User, UserPool
from idp.user_pools.rules import imported_hashes, passwords, srp
from kernel.runtime import Kernel
from kernel.threads import compute

SALT_BYTES = 16


@dataclass(frozen=True, repr=False)
class Credential:
    """A password in its stored form: `salt` and `verifier`, or `hash`."""

    salt: bytes | None = None
    verifier: bytes | None = None
    hash: str | None = None

    def __bool__(self) -> bool:
        """False for a user who has no password."""
        return self != Credential()


def has_none(user: User) -> bool:
    """Whether no password of his is kept here."""
    return user.sealed_verifier is None and user.password_hash is None


def make(kernel: Kernel, pool: UserPool, username: str, password: str) -> Credential:
    """The stored form of a new password. The caller has checked it against the policy."""
    salt = kernel.randomness.bytes(SALT_BYTES)
    if pool.password_storage == "argon2id":
        return Credential(hash=compute(passwords.hash_password, password, salt))
    identity = srp.Identity.of_user(pool.id, username)
    return Credential(salt, compute(srp.make_verifier, identity, password, salt))


def apply(kernel: Kernel, user: User, credential: Credential, now: datetime, keep: int) -> None:
    """Set a user's password, remembering `keep` earlier ones (PasswordHistorySize)."""
    history = [_entry(open_credential(kernel, user)), *_history(kernel, user)] if keep else []
    remembered = [entry for entry in history if entry][:keep]
    put(kernel, user, credential)
    user.password_set = now
    user.sealed_password_history = (
        kernel.sealer.seal(orjson.dumps(remembered), f"password-history:{user.id}")
        if remembered
        else None
    )


def put(kernel: Kernel, user: User, credential: Credential) -> None:
    """Store the form in which a password is kept, and nothing else."""
    user.srp_salt = credential.salt
    user.sealed_verifier = (
        None
        if credential.verifier is None
        else kernel.sealer.seal(credential.verifier, f"srp-verifier:{user.id}")
    )
    user.password_hash = credential.hash


def open_credential(kernel: Kernel, user: User) -> Credential:
    """What is kept of the user's password; empty for a user who has none."""
    verifier = (
        None
        if user.sealed_verifier is None
        else kernel.sealer.open(user.sealed_verifier, f"srp-verifier:{user.id}")
    )
    return Credential(user.srp_salt, verifier, user.password_hash)


def check(pool_id: str, username: str, credential: Credential, password: str) -> bool:
    """Whether `password` is the one that the credential was made from."""
    if credential.hash is not None:
        is_own = passwords.is_own_hash(credential.hash)
        verify = passwords.verify_password_hash if is_own else imported_hashes.verify
        return compute(verify, credential.hash, password)
    if credential.salt is None or credential.verifier is None:
        return False
    identity = srp.Identity.of_user(pool_id, username)
    # With the fixed-base table this takes 0.2 ms: less than a thread and back.
    return srp.check_password(identity, password, credential.salt, credential.verifier)


def check_history(kernel: Kernel, pool: UserPool, user: User, password: str) -> None:
    """Raises `PasswordInHistory` for one of the last PasswordHistorySize passwords.

    The present password counts as one of them.
    """
    size = history_size(pool)
    entries = [_entry(open_credential(kernel, user)), *_history(kernel, user)]
    for entry in [entry for entry in entries if entry][:size]:
        if check(pool.id, user.username, _credential(entry), password):
            raise PasswordInHistory


def history_size(pool: UserPool) -> int:
    """PasswordHistorySize; 0 remembers nothing."""
    return int(pool.settings["Policies"]["PasswordPolicy"].get("PasswordHistorySize", 0))


def _history(kernel: Kernel, user: User) -> list[dict[str, Any]]:
    if user.sealed_password_history is None:
        return []
    plain = kernel.sealer.open(user.sealed_password_history, f"password-history:{user.id}")
    entries: list[dict[str, Any]] = orjson.loads(plain)
    return entries


def _entry(credential: Credential) -> dict[str, Any]:
    if credential.hash is not None:
        return {"hash": credential.hash}
    if credential.salt is None or credential.verifier is None:
        return {}
    return {
        "salt": base64.b64encode(credential.salt).decode(),
        "verifier": base64.b64encode(credential.verifier).decode(),
    }


def _credential(entry: dict[str, Any]) -> Credential:
    if "hash" in entry:
        return Credential(hash=entry["hash"])
    return Credential(base64.b64decode(entry["salt"]), base64.b64decode(entry["verifier"]))
