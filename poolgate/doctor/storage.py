"""Checks of what an instance holds: folder, database, sealing key, access keys."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from kernel import sealing
from kernel.database import Database
from kernel.iam.access_keys import AccessKeys
from kernel.sealing import Sealer
from kernel.settings import SettingError, Settings
from poolgate import instance
from poolgate.doctor.finding import Finding, good, note, problem
from poolgate.sealed_columns import check_sample

SAMPLE = 20


def check_folder(settings: Settings) -> Iterator[Finding]:
    """The instance folder is ours alone."""
    folder = settings.instance
    if not folder.is_dir():
        yield problem(f"{folder} does not exist", "run `poolgate init`")
        return
    yield _privacy(folder, 0o700)
    for name in ("credentials", "poolgate.toml", "poolgate.db", "outbox.jsonl"):
        if (folder / name).exists():
            yield _privacy(folder / name, 0o600)


def check_sealing_key(settings: Settings) -> Iterator[Finding]:
    """The key can be read, by nobody else, and does not lie with what it seals."""
    if not settings.instance.is_dir():
        return  # said already; everything else would follow from it
    try:
        sealer = sealing.load(settings)
    except SettingError as error:
        yield problem(str(error).rstrip("."), "restore the key, or run `poolgate init` at first")
        return
    yield good(f"sealing keys {', '.join(map(str, sorted(sealer.keys)))} can be read")
    if settings.sealing_key_command:
        return
    path = settings.sealing_key_path
    yield _privacy(path, 0o600)
    if path.is_relative_to(settings.instance):
        yield problem(f"{path} lies inside the instance", "move it out: a copy would open itself")
    elif not settings.sealing_key_file:
        yield note(
            f"{path} lies beside the instance",
            "move it to where backups of the instance do not go, and set sealing_key_file",
        )


def check_database(settings: Settings) -> Iterator[Finding]:
    """The database answers, is of this version, and opens with our keys."""
    if not settings.instance.is_dir():
        return
    try:
        database = instance.open_existing_database(settings)
        instance.require_current(database)
    except SettingError as error:
        yield problem(str(error).rstrip("."), "run `poolgate init`, or correct database_url")
        return
    try:
        yield good(f"the {database.engine.dialect.name} database is reachable and current")
        yield from _check_contents(settings, database)
    except SQLAlchemyError as error:
        yield problem(f"the database failed: {type(error).__name__}", "see its own log")
    finally:
        instance.close_database(database)


def _check_contents(settings: Settings, database: Database) -> Iterator[Finding]:
    try:
        sealer = sealing.load(settings)
    except SettingError:
        return  # reported by its own check
    yield from _check_sealed(database, sealer)
    keys = AccessKeys(database, sealer).list()
    active = sum(key.is_active for key in keys)
    if active:
        yield good(f"{active} access keys are active")
    else:
        yield problem("no access key is active", "run `poolgate keys create`")


def _check_sealed(database: Database, sealer: Sealer) -> Iterator[Finding]:
    closed = database.read(lambda session: list(check_sample(session, sealer, SAMPLE)))
    if not closed:
        yield good("sealed values open")
    for name in closed:
        yield problem(
            f"{name} holds a value that no sealing key opens",
            "restore the key file that belongs to this database",
        )


def _privacy(path: Path, mode: int) -> Finding:
    """Whether a file or folder is closed to everybody else."""
    actual = stat.S_IMODE(path.stat().st_mode)
    if actual & 0o077:
        return problem(f"{path} is open to others ({actual:04o})", f"run `chmod {mode:o} {path}`")
    return good(f"{path} is private")
