"""Access keys: made, listed, switched off, deleted, and found for every signed request."""

from __future__ import annotations

import re
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.aws.access import KeyMaterial
from kernel.clock import Clock, Randomness
from kernel.database import Database
from kernel.iam import repository
from kernel.iam.errors import InvalidUserName
from kernel.iam.known_keys import KnownKeys
from kernel.iam.models import ACTIVE, DISABLED, AccessKey, secret_purpose, session_token_purpose
from kernel.iam.policy import FULL_ACCESS, Policy, compile_policy
from kernel.sealing import Sealer
from kernel.settings import Settings

ID_ALPHABET = string.ascii_uppercase + "234567"
SECRET_ALPHABET = string.ascii_letters + string.digits
ROOT = "root"
# IAM API reference, CreateUser: "upper and lowercase alphanumeric characters with no spaces. You
# can also include any of the following characters: _+=,.@-"
USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


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


class AccessKeys:
    """The keys of one database. Fills `kernel.aws.access.AccessKeys`.

    A change is seen by every process within a second.
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
        self._known = KnownKeys(database, sealer, self._clock, monotonic)

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
            sealed_secret=self._seal(secret, secret_purpose(key_id)),
            sealed_session_token=None
            if session_token is None
            else self._seal(session_token, session_token_purpose(key_id)),
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
        self._known.forget(access_key_id)

    def find(self, access_key_id: str) -> KeyMaterial | None:
        """The key of that id, or none; an expired temporary key is none."""
        known = self._known.look_up(access_key_id)
        return None if known is None else known.material

    def policies(self, access_key_id: str) -> tuple[Policy, ...]:
        """What the key's holder may do; nothing where there is no such key."""
        known = self._known.look_up(access_key_id)
        return () if known is None else known.policies

    def _set_status(self, access_key_id: str, status: str) -> None:
        self._database.write(repository.set_status, access_key_id, status)
        self._known.forget(access_key_id)

    def _seal(self, text: str, purpose: str) -> bytes:
        return self._sealer.seal(text.encode(), purpose)


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
