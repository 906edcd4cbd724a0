"""`poolgate keys sender`: what CustomEmailSender and CustomSMSSender functions decrypt with."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from idp.user_pools.services.custom_senders import sender_key
from kernel import sealing
from kernel.functions import sender_codes
from kernel.settings import SettingError, Settings

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show the line of a function's environment, or write it there."""
    key_id = arguments.kms_key_id
    if not key_id.startswith("arn:") or len(key_id.split()) != 1:
        raise SettingError(f"{key_id} is no ARN: give the KMSKeyID as the user pool has it.")
    line = sender_codes.variable(key_id, sender_key(sealing.load(settings), key_id))
    if arguments.function is None:
        print(line)
        return 0
    if NAME.fullmatch(arguments.function) is None:
        raise SettingError(f"--function {arguments.function} is no function's name.")
    path = settings.instance / "environments" / f"{arguments.function}.env"
    try:
        _add(path, key_id, line)
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror}.") from None
    print(f"{path} holds the key; the function has it from its next call on.")
    return 0


def _add(path: Path, key_id: str, line: str) -> None:
    """Replace the file as a whole. Other variables and keys in it stay."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    present = path.read_text().splitlines() if path.exists() else []
    prefix = f"{sender_codes.VARIABLE}="
    keys = [
        entry
        for other in present
        if other.startswith(prefix)
        for entry in other.removeprefix(prefix).split()
        if not entry.startswith(f"{key_id}=")
    ]
    kept = [other for other in present if not other.startswith(prefix)]
    text = "\n".join([*kept, " ".join([line, *keys])]) + "\n"
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
