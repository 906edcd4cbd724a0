"""Units of work on access keys."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.iam.errors import AccessKeyExists, AccessKeyNotFound
from kernel.iam.models import AccessKey
from kernel.statements import Prepared, Rows, loader

KEY = Prepared(select(*AccessKey.__table__.columns).where(AccessKey.id == bindparam("key_id")))
_key = loader(AccessKey)


def insert(session: Session, key: AccessKey) -> None:
    """Raises `AccessKeyExists`."""
    session.add(key)
    try:
        session.flush()
    except IntegrityError:
        raise AccessKeyExists(f"access key {key.id} exists already") from None


def get(rows: Rows, access_key_id: str) -> AccessKey | None:
    row = rows.first(KEY, key_id=access_key_id)
    return None if row is None else _key(row)


def any_exists(session: Session) -> bool:
    return bool(session.scalar(select(exists().select_from(AccessKey))))


def page(session: Session, account: str | None, after: str, limit: int) -> list[AccessKey]:
    """Keys in the order of their ids."""
    query = select(AccessKey).where(AccessKey.id > after).order_by(AccessKey.id).limit(limit)
    if account is not None:
        query = query.where(AccessKey.account == account)
    return list(session.scalars(query))


def set_status(session: Session, access_key_id: str, status: str) -> None:
    """Raises `AccessKeyNotFound`."""
    changing = update(AccessKey).where(AccessKey.id == access_key_id).values(status=status)
    _require(session.execute(changing.returning(AccessKey.id)).first(), access_key_id)


def remove(session: Session, access_key_id: str) -> None:
    """Raises `AccessKeyNotFound`."""
    deleting = delete(AccessKey).where(AccessKey.id == access_key_id)
    _require(session.execute(deleting.returning(AccessKey.id)).first(), access_key_id)


def _require(row: object | None, access_key_id: str) -> None:
    if row is None:
        raise AccessKeyNotFound(f"access key {access_key_id} does not exist")
