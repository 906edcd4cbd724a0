"""Signing in with a password that was imported as a hash, and what it costs those who have none.

A good password replaces the hash by the pool's own form in the same sign-in. Until the last one is
replaced, a pool with imported hashes holds each password check to two pieces of work, whoever the
name belongs to: one of the pool's own kind, and one imported hash. Where the name's owner has none,
or nobody has the name, a hash that no password fits takes its place, of a form that is chosen by
the name, as often as users with that form were imported. So neither the time of an answer nor a
second look at it tells who exists, or who has signed in since the import.

The forms that a pool holds are a document of it, kept in memory with its clients: a pool without
imported hashes pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import PoolDocument, User, UserPool
from idp.user_pools.rules import imported_hashes, passwords
from idp.user_pools.services import credentials, documents
from idp.user_pools.services.credentials import Credential
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows
from kernel.threads import compute

if TYPE_CHECKING:
    from datetime import datetime

    from idp.user_pools.services.subjects import ClientContext

KIND, KEY = "imported_hashes", "forms"
MOST_FORMS = 16

Forms = tuple[tuple[str, int], ...]
"""Forms of hashes, and how many users were imported with each."""

FORMS = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        PoolDocument.key == KEY,
    )
)


def load_forms(rows: Rows, pool_id: str) -> Forms:
    """Empty for a pool into which no hash was imported."""
    found = rows.first(FORMS, pool_id=pool_id)
    return tuple(sorted(found[0].items())) if found else ()


def forms_in(session: Session, pool_id: str) -> Mapping[str, int]:
    document = documents.find(session, pool_id, KIND, KEY)
    return document.document if document else {}


def remember_forms(
    session: Session, pool_id: str, counted: Mapping[str, int], now: datetime
) -> None:
    """Add to the numbers of users by form, in the unit that stores the users or after it."""
    row = documents.find(session, pool_id, KIND, KEY, to_change=True)
    present: Mapping[str, int] = row.document if row else {}
    together = {form: present.get(form, 0) + counted.get(form, 0) for form in {*present, *counted}}
    if row is None:
        documents.add(session, pool_id, KIND, KEY, together, now)
    else:
        documents.change(row, together, now)


def is_imported(pool: UserPool, credential: Credential) -> bool:
    """Whether the hash is another system's, and not the pool's own argon2id."""
    if credential.hash is None:
        return False
    return pool.password_storage != "argon2id" or not passwords.is_own_hash(credential.hash)


def check(
    kernel: Kernel,
    context: ClientContext,
    name: str,
    credential: Credential,
    substitute: Callable[[], Credential],
    password: str,
) -> bool:
    """`credentials.check`, at the same cost for everybody.

    `substitute` makes what the pool would keep of a user who does not exist: it is checked, in
    vain, in place of a password that is not there.
    """
    pool, forms = context.pool, context.imported_forms
    is_foreign = is_imported(pool, credential)
    has_own = credential != Credential() and not is_foreign
    own = credential if has_own else substitute()
    is_right = credentials.check(pool.id, name, own, password) and has_own
    if is_foreign:
        return credentials.check(pool.id, name, credential, password)
    if forms:
        form = chosen(kernel.sealer.derive("imported-hash", pool.id, name), forms)
        compute(imported_hashes.verify, imported_hashes.stand_in(form), password)
    return is_right


def chosen(seed: bytes, forms: Forms) -> str:
    """The form that stands for a name: always the same one, as often as it was imported."""
    left = int.from_bytes(seed[:8]) % max(1, sum(count for _, count in forms))
    for form, count in forms:
        if left < count:
            return form
        left -= count
    return forms[0][0]


def upgrade(kernel: Kernel, pool: UserPool, user: User, credential: Credential, good: str) -> None:
    """Keep a password that has just proved good as the pool keeps passwords, in place of its hash.

    It is the same password, so its age and the history stay. A password that somebody has set in
    the meantime stays as well.
    """
    made = credentials.make(kernel, pool, user.username, good)
    kernel.database.write(_replace, kernel, user.id, credential.hash, made)


def _replace(
    session: Session, kernel: Kernel, user_id: str, expected: str | None, made: Credential
) -> None:
    user = session.get(User, user_id, with_for_update=True)
    if user is not None and user.password_hash == expected and expected is not None:
        credentials.put(kernel, user, made)
