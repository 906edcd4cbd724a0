"""The instance folder: made once, by `poolgate init` or by the first `serve`."""

from __future__ import annotations

import os
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from textwrap import wrap
from typing import Any

from flask import Flask
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

import migrations
from kernel import sealing
from kernel.database import Database
from kernel.iam.access_keys import AccessKeys, CreatedKey
from kernel.iam.models import AccessKey
from kernel.settings import CONFIGURATION_FILE, SettingError, Settings

CREDENTIALS_FILE = "credentials"
HEADING = """\
# Poolgate's settings. Each line shows a default; remove its # to change it.
# POOLGATE_* in the environment and the flags of `poolgate serve` win over this file.
"""


def initialise(settings: Settings, *, show_secret: bool = True) -> list[str]:
    """Make what is missing of an instance, and nothing else; the lines to show, once.

    Raises `SettingError` where a folder, a key or the database cannot be used.
    """
    _make_folder(settings.instance)
    _write_configuration(settings.instance / CONFIGURATION_FILE)
    _make_database_file(settings)
    database = open_database(settings)
    try:
        _make_sealing_key(settings, database)
        sealer = sealing.load(settings)
        _bring_up_to_date(database)
        first_key = AccessKeys(database, sealer).create_first(settings)
    except SQLAlchemyError as error:
        raise _unusable(error) from None
    finally:
        close_database(database)
    return _announce(settings, first_key, show_secret) if first_key else []


def open_database(settings: Settings) -> Database:
    """The instance's database, outside the server."""
    return Database.attach(Flask("poolgate", static_folder=None), settings)


def open_existing_database(settings: Settings) -> Database:
    """The database of an initialised instance. Raises `SettingError`; makes no file."""
    if not settings.database_url and not (settings.instance / "poolgate.db").exists():
        raise SettingError(f"instance {settings.instance} is not initialised: run `poolgate init`.")
    return open_database(settings)


def require_current(database: Database) -> None:
    """Raises `SettingError` where there is no database of this version."""
    try:
        current = migrations.is_current(database.engine)
    except SQLAlchemyError as error:
        raise _unusable(error) from None
    if not current:
        raise SettingError("The database is empty or of another version: run `poolgate init`.")


def close_database(database: Database) -> None:
    """End its connections, and the threads that held them: workers are forked after this."""
    database.engine.dispose()
    gevent = sys.modules.get("gevent")
    if gevent is not None:
        gevent.get_hub().threadpool.kill()


def configuration_text() -> str:
    """The commented poolgate.toml, from the settings' own descriptions."""
    paragraphs = [HEADING]
    for setting in fields(Settings):
        if setting.name != "instance":
            description = "\n".join(
                wrap(setting.metadata["description"], 96, break_on_hyphens=False)
            )
            comment = description.replace("\n", "\n# ")
            paragraphs.append(f"# {comment}\n#{setting.name} = {_toml(setting.default)}\n")
    return "\n".join(paragraphs)


def write_credentials(path: Path, key_id: str, secret: str) -> None:
    """A file of AWS's shared-credentials form, for its owner alone."""
    text = f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
    _write_private(path, text)


def _announce(settings: Settings, key: CreatedKey, show_secret: bool) -> list[str]:
    path = settings.instance / CREDENTIALS_FILE
    write_credentials(path, key.id, key.secret)
    use = f"AWS_SHARED_CREDENTIALS_FILE={path}"
    # What the operator chose he knows.
    if settings.root_secret_access_key or not show_secret:
        return [f"Poolgate made {settings.instance}. Its first access key is in a file: {use}"]
    return [
        f"Poolgate made {settings.instance}, and its first access key, shown this once:",
        f"  aws_access_key_id     {key.id}",
        f"  aws_secret_access_key {key.secret}",
        f"It is also in a file: {use}",
    ]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"instance {folder} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingError(f"instance {folder} cannot be written.")


def _write_configuration(path: Path) -> None:
    if not path.exists():
        _write_private(path, configuration_text())


def _make_sealing_key(settings: Settings, database: Database) -> None:
    """A first key; never a second one, which could not open what the first has sealed."""
    path = settings.sealing_key_path
    if settings.sealing_key_command or path.exists():
        return
    if inspect(database.engine).has_table(AccessKey.__tablename__):
        raise SettingError(
            f"sealing_key_file {path} is missing, but the instance holds data sealed with it."
        )
    try:
        sealing.create_key_file(path)
    except OSError as error:
        raise SettingError(f"sealing_key_file {path} cannot be made: {error.strerror}.") from None


def _make_database_file(settings: Settings) -> None:
    """SQLite would make it readable by everybody; its log and index take the mode of the file."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        try:
            os.close(os.open(url.database, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise SettingError(f"database_url cannot be used: {url.database}: {reason}.") from None


def _bring_up_to_date(database: Database) -> None:
    if not migrations.is_current(database.engine):
        migrations.upgrade(database.engine)


def _unusable(error: SQLAlchemyError) -> SettingError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return SettingError(f"database_url cannot be used: {reason.rstrip('.')}.")


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def _toml(value: Any) -> str:
    if value is None or value is MISSING:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"' if isinstance(value, str) else str(value)
