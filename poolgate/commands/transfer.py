"""`poolgate pools export` and `poolgate pools import`: a whole user pool in a sealed file."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
from pathlib import Path

from kernel import sealing
from kernel.database import Database
from kernel.sealing import Unsealable
from kernel.settings import SettingError, Settings
from poolgate.commands.frame import Refused, on_database
from poolgate.transfer.exporting import CannotExport, export
from poolgate.transfer.importing import CannotImport, Imported, Target, import_pool
from poolgate.transfer.sealed_file import Damaged
from poolgate.transfer.tables import OtherVersion

SHORTEST_PASSPHRASE = 12


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    sealer = sealing.load(settings)
    try:
        if arguments.action == "export":
            _export(arguments, database, sealer)
        else:
            _import(arguments, Target(database, sealer, arguments.account))
        return 0
    except (CannotExport, CannotImport) as error:
        raise Refused(str(error)) from None
    except (Damaged, OtherVersion) as error:
        raise Refused(f"{arguments.file}: {error}") from None
    except Unsealable:
        raise Refused("a value of the pool opens under no sealing key.") from None
    except OSError as error:
        raise Refused(f"{arguments.file}: {error.strerror}.") from None


def _export(arguments: argparse.Namespace, database: Database, sealer: sealing.Sealer) -> None:
    """Beside its place first, so that nobody takes half a file for a whole one."""
    path = Path(arguments.file)
    if path.exists():
        raise CannotExport(f"{path} exists already.")
    passphrase = _passphrase(arguments.passphrase_file, is_new=True)
    temporary = path.with_name(f"{path.name}.part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            counts = export(
                database, sealer, arguments.pool_id, file, passphrase,
                with_signing_keys=not arguments.without_signing_keys,
            )  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    print(f"{arguments.pool_id} with {counts['users']} users is in {path}.")
    if arguments.without_signing_keys:
        print("Without signing keys: where it is imported, tokens that are out end.")


def _import(arguments: argparse.Namespace, target: Target) -> None:
    if target.account is not None and not re.fullmatch(r"[0-9]{12}", target.account):
        raise SettingError("--account must be an account id of 12 digits.")
    passphrase = _passphrase(arguments.passphrase_file, is_new=False)
    with Path(arguments.file).open("rb") as file:
        done = import_pool(target, file, passphrase)
    for line in _report(done):
        print(line)


def _report(done: Imported) -> list[str]:
    lines = [f"{done.pool_id} is imported: {sum(done.rows.values())} rows."]
    if done.resumed_at:
        lines.append(f"An earlier import was gone on with, at chunk {done.resumed_at}.")
    if done.dropped_recovery_codes:
        lines.append(
            f"{done.dropped_recovery_codes} recovery codes were left out: they are hashed under "
            "the other server's sealing key."
        )
    if done.new_signing_keys:
        lines.append("It has new signing keys: tokens of the other server are not good here.")
    lines.append(
        "Refresh tokens of the other server are good here only under its sealing key and issuer."
    )
    return lines


def _passphrase(path: str | None, *, is_new: bool) -> str:
    """From a file or a prompt: arguments are for everybody on the machine to read."""
    found = _from_file(path) if path else _ask(is_new)
    if is_new and len(found) < SHORTEST_PASSPHRASE:
        raise SettingError(f"The passphrase must have {SHORTEST_PASSPHRASE} characters or more.")
    return found


def _from_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"--passphrase-file {path} cannot be read.") from None


def _ask(is_new: bool) -> str:
    if not sys.stdin.isatty():
        raise SettingError("--passphrase-file is needed where nobody can be asked.")
    found = getpass.getpass("Passphrase: ")
    if is_new and getpass.getpass("Once more: ") != found:
        raise SettingError("The two passphrases differ.")
    return found
