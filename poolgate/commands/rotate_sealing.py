"""`poolgate keys rotate-sealing`: a new sealing key, and everything sealed under it.

The server must be stopped: one that does not know the new key could not open what is sealed under
it. Older keys stay in the file: tokens in the hands of clients and backups are sealed under them,
and the oldest makes the values that must never change (`Sealer.derive`).
"""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path

from kernel import sealing
from kernel.database import Database
from kernel.sealing import KEY_BYTES, Sealer, Unsealable, format_key
from kernel.settings import SettingError, Settings
from poolgate.commands.frame import Refused, on_database
from poolgate.instance_lock import hold
from poolgate.sealed_columns import EVERYTHING, SealedColumn, SealedDocuments, reseal_batch

LAST_VERSION = 255


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: rotate(settings, database))


def rotate(settings: Settings, database: Database) -> int:
    """Rotate and report. Raises `Refused` when a value opens under no key; it stays as it is."""
    with hold(settings):
        sealer = sealing.load(settings)
        if not settings.sealing_key_command:
            _add_key(settings.sealing_key_path, max(sealer.keys) + 1)
            sealer = sealing.load(settings)
        changed = 0
        for column in EVERYTHING:
            try:
                changed += _reseal(database, sealer, column)
            except Unsealable:
                raise Refused(f"a value of {column.name} opens under no key.") from None
    print(f"{changed} values are sealed under key {max(sealer.keys)} now.")
    print("Keep the older keys: tokens and backups need them.")
    return 0


def _reseal(database: Database, sealer: Sealer, column: SealedColumn | SealedDocuments) -> int:
    total, after = 0, ""
    while True:
        changed, following = database.write(reseal_batch, sealer, column, after)
        total += changed
        if following is None:
            return total
        after = following


def _add_key(path: Path, version: int) -> None:
    """Append a key to the file as a whole: a torn line would make every key unreadable."""
    if version > LAST_VERSION:
        raise SettingError(f"sealing_key_file {path} has no version left after {LAST_VERSION}.")
    text = path.read_text()
    if not text.endswith("\n"):
        text += "\n"
    temporary = path.with_name(path.name + ".new")
    try:
        # Left by a crash, or laid out by someone else to read what is written into it.
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + format_key(version, secrets.token_bytes(KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise SettingError(
            f"sealing_key_file {path} cannot be written: {error.strerror}."
        ) from None
