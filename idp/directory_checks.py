"""Asks directories whether the people who are signed in are still there, and ends what is over.

Whoever signs in is asked for by his password. This is for everything that goes on without one:
refresh tokens, sessions of browsers, access tokens at a gateway. One worker does it, every minute:
somebody who is gone is signed out `check_minutes` and a minute later at most. Where the directory
cannot be asked, people stay signed in for `grace_minutes` more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import DirectoryUnavailable
from idp.models import PoolDocument, UserPool
from idp.periodic_job import PeriodicJob
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import directory_users, revocation, user_directories
from idp.user_pools.services.user_directories import Directory, UserDirectories
from kernel.runtime import Kernel

AT_ONCE = 50
MOST_ROUNDS = 40
"""Of as many people each, for one pool in one minute."""

log = structlog.get_logger("poolgate.directory")


class DirectoryChecks(PeriodicJob):
    name, seconds = "directory-checks", 60.0

    def work(self) -> None:
        check_all(self._kernel)


def check_all(kernel: Kernel) -> None:
    """One round: every pool whose directory is the authority."""
    for pool_id in kernel.database.read(_pools):
        try:
            pool, directory = kernel.database.read(_of, pool_id)
        except WrongSetting:  # of another version
            log.warning("directory_settings_wrong", pool=pool_id)
            continue
        if directory is not None and directory.settings.is_source:
            _check_pool(kernel, pool, directory)


def _check_pool(kernel: Kernel, pool: UserPool, directory: Directory) -> None:
    every = timedelta(minutes=directory.settings.check_minutes)
    for _ in range(MOST_ROUNDS):
        people = _waiting(kernel, pool, every)
        if not people:
            return
        try:
            present = kernel.of(UserDirectories).talk.present(
                directory, [each[0] for each in people]
            )
        except DirectoryUnavailable as error:
            log.warning("directory_unavailable", pool=pool.id, reason=error.reason)
            _end_grace(kernel, pool, directory)
            return
        here = [each for each, _ in people if each in present and not present[each].is_disabled]
        gone = [each for each, _ in people if each not in here]
        kernel.database.write(_settle, pool, here, gone, kernel.clock.now())
        if gone:
            revocation.announce(kernel)
            log.info("directory_people_gone", pool=pool.id, number=len(gone))


def _end_grace(kernel: Kernel, pool: UserPool, directory: Directory) -> None:
    """Nobody has vouched for these people for too long. They are not disabled: whoever proves his
    password once the directory is back is let in."""
    settings = directory.settings
    patience = timedelta(minutes=settings.check_minutes + settings.grace_minutes)
    for _ in range(MOST_ROUNDS):
        people = _waiting(kernel, pool, patience)
        if not people:
            return
        kernel.database.write(_sign_out, [user for _, user in people], kernel.clock.now())
        revocation.announce(kernel)


def _waiting(kernel: Kernel, pool: UserPool, since: timedelta) -> list[tuple[str, str]]:
    now = kernel.clock.now()
    return kernel.database.read(directory_users.to_check, pool.id, now - since, now, AT_ONCE)


def _pools(session: Session) -> list[str]:
    kind = user_directories.KIND
    return list(session.scalars(select(PoolDocument.pool_id).where(PoolDocument.kind == kind)))


def _of(session: Session, pool_id: str) -> tuple[UserPool, Directory | None]:
    return session.get_one(UserPool, pool_id), user_directories.find(session, pool_id)


def _settle(
    session: Session, pool: UserPool, here: list[str], gone: list[str], now: datetime
) -> None:
    for person_id in here:
        directory_users.note_present(session, pool.id, person_id, now)
    for person_id in gone:
        directory_users.turn_away(session, pool, person_id, now)


def _sign_out(session: Session, user_ids: list[str], now: datetime) -> None:
    for user_id in user_ids:
        directory_users.sign_out(session, user_id, now)
