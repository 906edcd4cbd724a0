"""Groups as a company's directory provisions them: the pool's groups, under ids of their own.

A pool's group has its name for a key, which the directory may change, and no spaces in it. So each
group that the directory meets gets a row beside it, with an id that stays and the name as the
directory writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from idp.errors import GroupExists, GroupNotFound, InvalidParameter
from idp.models import Group, GroupMember, ScimResource, UserPool
from idp.user_pools.rules import group_names
from idp.user_pools.rules.provisioning import Provisioning
from idp.user_pools.services import groups, provisioned_members
from idp.user_pools.services.provisioned_users import (
    LONGEST_EXTERNAL_ID,
    OWN,
    Changed,
    check_own,
)
from kernel.runtime import Kernel

KIND = "Group"


@dataclass(frozen=True)
class ProvisionedGroup:
    """A group of the pool as the directory sees it, without its members."""

    id: str
    group: Group
    display_name: str
    external_id: str | None
    revision: int
    size: int
    modified: datetime
    is_own: bool
    """Whether the directory has made the group, or has changed it when it might."""

    @property
    def version(self) -> str:
        """Weak: members that an administrator exchanges one for one do not change it."""
        state = [self.group.name, self.display_name, self.external_id, self.revision, self.size]
        return hashlib.sha256(orjson.dumps(state)).hexdigest()[:32]


@dataclass(frozen=True)
class Change:
    """What a request makes of a group. None leaves as it is; `members` replaces them all, before
    `added` and `removed` (users' ids)."""

    display_name: str | None = None
    external_id: str | None = None
    sets_external_id: bool = False
    members: frozenset[str] | None = None
    added: frozenset[str] = field(default_factory=frozenset)
    removed: frozenset[str] = field(default_factory=frozenset)


def identify(session: Session, kernel: Kernel, pool_id: str, names: Iterable[str]) -> None:
    """Give an id to those groups that have none yet."""
    for name in sorted(set(names) - labels(session, pool_id, names).keys()):
        group = session.get(Group, (pool_id, name))
        if group is not None:
            _row(session, kernel, group, {}, None)


def labels(session: Session, pool_id: str, names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Id and display name of those groups that have an id, by their names."""
    found: dict[str, tuple[str, str]] = {}
    for some in provisioned_members.batches(set(names)):
        rows = session.scalars(
            select(ScimResource).where(
                ScimResource.pool_id == pool_id, ScimResource.group_name.in_(some)
            )
        )
        for row in rows:
            name = row.group_name or ""
            found[name] = row.id, row.details.get("displayName", name)
    return found


def find(session: Session, pool_id: str, group_id: str) -> ProvisionedGroup:
    """Raises `GroupNotFound`."""
    found = several(session, pool_id, [group_id])
    if not found:
        raise GroupNotFound
    return found[0]


def several(session: Session, pool_id: str, group_ids: Sequence[str]) -> list[ProvisionedGroup]:
    """Those of the groups that are there, in the order of their names."""
    return _found(session, pool_id, ScimResource.id.in_(group_ids))


def named(session: Session, pool_id: str, names: Sequence[str]) -> list[ProvisionedGroup]:
    """The same by the groups' names: of those that have an id."""
    return _found(session, pool_id, ScimResource.group_name.in_(names))


def _found(session: Session, pool_id: str, which: ColumnElement[bool]) -> list[ProvisionedGroup]:
    rows = session.execute(
        select(Group, ScimResource)
        .join(
            ScimResource,
            (ScimResource.pool_id == Group.pool_id) & (ScimResource.group_name == Group.name),
        )
        .where(Group.pool_id == pool_id, which)
        .order_by(Group.name)
    ).all()
    sizes = provisioned_members.sizes(session, pool_id, [group.name for group, _ in rows])
    return [_provisioned(group, row, sizes.get(group.name, 0)) for group, row in rows]


def _provisioned(group: Group, row: ScimResource, size: int) -> ProvisionedGroup:
    return ProvisionedGroup(
        row.id,
        group,
        row.details.get("displayName", group.name),
        row.external_id,
        row.details.get("revision", 0),
        size,
        max(group.modified, row.modified),
        bool(row.details.get(OWN)),
    )


def create(session: Session, kernel: Kernel, pool: UserPool, wanted: Change) -> str:
    """Make a group, and answer its id.

    Raises `GroupExists`, `InvalidParameter`, `LimitExceeded`.
    """
    display_name = wanted.display_name or ""
    name = group_names.of_display_name(display_name)
    try:
        group = groups.create(session, kernel, pool, {"GroupName": name})
    except GroupExists:
        raise _taken(name) from None
    session.flush()
    row = _row(session, kernel, group, {"displayName": display_name, OWN: True}, wanted.external_id)
    provisioned_members.replace(
        session, kernel, group, (wanted.members or frozenset()) | wanted.added
    )
    return row.id


def change(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    group_id: str,
    settings: Provisioning,
    wanted: Change,
    is_expected: Callable[[str], bool],
) -> None:
    """Change the group; `is_expected` says whether a version is one that may be changed.

    Raises `Changed`, `NotProvisioned`, `GroupNotFound`, `GroupExists`, `InvalidParameter`,
    `LimitExceeded`.
    """
    row = _lock(session, pool.id, group_id)
    present = find(session, pool.id, group_id)
    check_own(settings, is_own=present.is_own)
    if not is_expected(present.version):
        raise Changed
    group, now = present.group, kernel.clock.now()
    if wanted.display_name is not None and wanted.display_name != present.display_name:
        group = _rename(session, group, row, wanted.display_name, now)
    if wanted.sets_external_id:
        _check_external_id(wanted.external_id)
        row.external_id = wanted.external_id
    if wanted.members is not None:
        provisioned_members.replace(session, kernel, group, wanted.members)
    provisioned_members.remove(session, group, wanted.removed - wanted.added)
    provisioned_members.add(session, kernel, group, wanted.added)
    row.details = {**row.details, OWN: True, "revision": present.revision + 1}
    row.modified = group.modified = now


def remove(
    session: Session,
    pool: UserPool,
    group_id: str,
    settings: Provisioning,
    is_expected: Callable[[str], bool],
) -> None:
    """Delete the group. Raises `Changed`, `NotProvisioned`, `GroupNotFound`."""
    _lock(session, pool.id, group_id)
    present = find(session, pool.id, group_id)
    check_own(settings, is_own=present.is_own)
    if not is_expected(present.version):
        raise Changed
    session.delete(present.group)


def _lock(session: Session, pool_id: str, group_id: str) -> ScimResource:
    """One request at a time changes a group."""
    row = session.get(ScimResource, (pool_id, group_id), with_for_update=True)
    if row is None or row.kind != KIND:
        raise GroupNotFound
    return row


def _row(
    session: Session,
    kernel: Kernel,
    group: Group,
    details: dict[str, Any],
    external_id: str | None,
) -> ScimResource:
    _check_external_id(external_id)
    now = kernel.clock.now()
    row = ScimResource(
        pool_id=group.pool_id,
        id=kernel.randomness.uuid(),
        kind=KIND,
        group_name=group.name,
        external_id=external_id,
        details=details,
        created=group.created,
        modified=now,
    )
    session.add(row)
    session.flush()
    return row


def _check_external_id(value: str | None) -> None:
    if len((value or "").encode()) > LONGEST_EXTERNAL_ID:
        raise InvalidParameter(f"externalId has more than {LONGEST_EXTERNAL_ID} bytes.")


def _rename(
    session: Session, group: Group, row: ScimResource, display_name: str, now: datetime
) -> Group:
    """A group's name is its key: another group takes its place, and its members follow."""
    name = group_names.of_display_name(display_name)
    row.details = {**row.details, "displayName": display_name}
    if name == group.name:
        return group
    if session.get(Group, (group.pool_id, name)) is not None:
        raise _taken(name)
    copied = ("pool_id", "description", "precedence", "role_arn", "created")
    renamed = Group(name=name, modified=now, **{each: getattr(group, each) for each in copied})
    session.add(renamed)
    session.flush()
    session.execute(
        update(GroupMember).where(provisioned_members.of_group(group)).values(group_name=name)
    )
    row.group_name = name
    session.flush()
    session.delete(group)
    session.flush()
    return renamed


def _taken(name: str) -> GroupExists:
    return GroupExists(f"The pool has a group {name} already.")
