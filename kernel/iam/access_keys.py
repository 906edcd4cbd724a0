"""Access keys: made, listed, switched off, deleted, and found for every signed request."""

from __future__ import annotations

import re
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

from kernel.aws.access import KeyMaterial
from kernel.clock import Clock, Randomness
from kernel.database import Database
from kernel.iam import repository
from kernel.iam.errors import InvalidUserName, MalformedPolicyDocument
from kernel.iam.models import ACTIVE, DISABLED, AccessKey
from kernel.iam.policy import FULL_ACCESS, Policy, compile_policy
from kernel.sealing import Sealer
from kernel.settings import Settings

ID_ALPHABET = string.ascii_uppercase + "234567"
SECRET_ALPHABET = string.ascii_letters + string.digits
ROOT = "root"
# IAM API reference, CreateUser: "upper and lowercase alphanumeric characters with no spaces. You
# can also include any of the following characters: _+=,.@-"
USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)

MAX_AGE = 1.0
"""Seconds for which a found key is taken from memory; so long a change may need to be seen."""

MAX_KNOWN = 4_096
"""Keys in memory."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class KeySummary:
    """What may be shown of a key."""

    id: str
    account: str
    user_name: str
    arn: str
    is_active: bool
    policies: list[Any]
    created: datetime


@dataclass(frozen=True)
class CreatedKey:
    """A new key. The secret is shown this once."""

    id: str
    secret: str = field(repr=False)
    account: str
    arn: str


@dataclass(frozen=True)
class _Known:
    """A key in memory, and the monotonic moment until which it is taken from there."""

    material: KeyMaterial
    policies: tuple[Policy, ...]
    expires: datetime | None
    until: float


class AccessKeys:
    """The keys of one database. Fills `kernel.aws.access.AccessKeys`.

    Another process's change is seen within `MAX_AGE` seconds, one of this process at once.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock or Clock()
        self._randomness = randomness or Randomness()
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    def create(
        self,
        account: str,
        user_name: str,
        *,
        policies: Sequence[Any] = (),
        access_key_id: str | None = None,
        secret: str | None = None,
        session_token: str | None = None,
        expires: datetime | None = None,
    ) -> CreatedKey:
        """Make and store a key for a user of the account; `root` is the account itself.

        Without policies it may do nothing. `session_token` and `expires` make it temporary.
        Raises `InvalidUserName`, `MalformedPolicyDocument`, `AccessKeyExists`.
        """
        if not USER_NAME.fullmatch(user_name):
            raise InvalidUserName("a user name has 1 to 64 letters, digits and _+=,.@-")
        for document in policies:
            compile_policy(document)
        key_id = access_key_id or "AKIA" + self._randomness.text(16, ID_ALPHABET)
        secret = secret or self._randomness.text(40, SECRET_ALPHABET)
        arn = f"arn:aws:iam::{account}:" + (ROOT if user_name == ROOT else f"user/{user_name}")
        row = AccessKey(
            id=key_id,
            account=account,
            user_name=user_name,
            arn=arn,
            sealed_secret=self._sealer.seal(secret.encode(), _secret_of(key_id)),
            sealed_session_token=self._seal_token(key_id, session_token),
            status=ACTIVE,
            policies=list(policies),
            created=self._clock.now(),
            expires=expires,
        )
        self._database.write(repository.insert, row)
        return CreatedKey(key_id, secret, account, arn)

    def create_first(self, settings: Settings) -> CreatedKey | None:
        """Make the account's root key, with full access, unless there is a key already.

        Its id and secret are the settings', else random.
        """
        if self._database.read(repository.any_exists):
            return None
        return self.create(
            settings.account_id,
            ROOT,
            policies=[FULL_ACCESS],
            access_key_id=settings.root_access_key_id,
            secret=settings.root_secret_access_key,
        )

    def list(
        self, account: str | None = None, *, after: str = "", limit: int = 100
    ) -> list[KeySummary]:
        """Keys in the order of their ids, of one account or of all; `after` is the last id seen."""
        return [
            _summary(row) for row in self._database.read(repository.page, account, after, limit)
        ]

    def disable(self, access_key_id: str) -> None:
        """Switch a key off. Raises `AccessKeyNotFound`."""
        self._set_status(access_key_id, DISABLED)

    def enable(self, access_key_id: str) -> None:
        """Switch a key on again. Raises `AccessKeyNotFound`."""
        self._set_status(access_key_id, ACTIVE)

    def delete(self, access_key_id: str) -> None:
        """Forget a key. Raises `AccessKeyNotFound`."""
        self._database.write(repository.remove, access_key_id)
        self._known.pop(access_key_id, None)

    def find(self, access_key_id: str) -> KeyMaterial | None:
        """The key of that id, or none; an expired temporary key is none."""
        known = self._look_up(access_key_id)
        return None if known is None else known.material

    def policies(self, access_key_id: str) -> tuple[Policy, ...]:
        """What the key's holder may do; nothing where there is no such key."""
        known = self._look_up(access_key_id)
        return () if known is None else known.policies

    def _look_up(self, access_key_id: str) -> _Known | None:
        known = self._known.get(access_key_id)
        if known is None or known.until <= self._monotonic():
            known = self._load(access_key_id)
        if known is None or (known.expires is not None and known.expires <= self._clock.now()):
            return None
        return known

    def _load(self, access_key_id: str) -> _Known | None:
        # The moment before the reading counts, so that no change stays unseen for longer.
        until = self._monotonic() + MAX_AGE
        row = self._database.read(repository.get, access_key_id)
        if row is None:
            self._known.pop(access_key_id, None)
            return None
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        known = _Known(self._material(row), _policies(row), row.expires, until)
        self._known[access_key_id] = known
        return known

    def _material(self, row: AccessKey) -> KeyMaterial:
        return KeyMaterial(
            secret=self._sealer.open(row.sealed_secret, _secret_of(row.id)).decode(),
            account=row.account,
            arn=row.arn,
            is_active=row.status == ACTIVE,
            session_token=self._open_token(row.id, row.sealed_session_token),
        )

    def _seal_token(self, key_id: str, token: str | None) -> bytes | None:
        return None if token is None else self._sealer.seal(token.encode(), _token_of(key_id))

    def _open_token(self, key_id: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._sealer.open(sealed, _token_of(key_id)).decode()

    def _set_status(self, access_key_id: str, status: str) -> None:
        self._database.write(repository.set_status, access_key_id, status)
        self._known.pop(access_key_id, None)


def _secret_of(key_id: str) -> str:
    return f"access-key:{key_id}"


def _token_of(key_id: str) -> str:
    return f"session-token:{key_id}"


def _summary(row: AccessKey) -> KeySummary:
    return KeySummary(
        id=row.id,
        account=row.account,
        user_name=row.user_name,
        arn=row.arn,
        is_active=row.status == ACTIVE,
        policies=row.policies,
        created=row.created,
    )


def _policies(row: AccessKey) -> tuple[Policy, ...]:
    try:
        return tuple(_compiled(orjson.dumps(document)) for document in row.policies)
    except MalformedPolicyDocument as error:
        # One that cannot be read might deny something, so none of them allows anything.
        log.error("access_key_policy_malformed", access_key_id=row.id, reason=str(error))
        return ()


@lru_cache(maxsize=1_024)
def _compiled(document: bytes) -> Policy:
    return compile_policy(orjson.loads(document))
