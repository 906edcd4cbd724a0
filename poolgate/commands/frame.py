"""What commands have in common that work on an instance's database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idp.errors import PoolNotFound
from idp.user_pools.rules.documented_settings import WrongSetting
from kernel.database import Database
from kernel.settings import Settings
from poolgate import instance

MOST_BYTES = 1_048_576
"""Of a file that is named, or of the standard input."""


class Refused(Exception):
    """What cannot be done; the text says why."""


def on_database(settings: Settings, act: Callable[[Database], int]) -> int:
    """The exit status of what a command does: 1 for what is refused, and why. Raises
    `SettingError` where the instance has no database of this version."""
    database = instance.open_existing_database(settings)
    try:
        instance.require_current(database)
        return act(database)
    except (Refused, WrongSetting) as refused:
        print(f"poolgate: {refused}", file=sys.stderr)
    except PoolNotFound as missing:
        print(f"poolgate: There is no user pool {missing.pool_id}.", file=sys.stderr)
    finally:
        instance.close_database(database)
    return 1


def json_of(name: Any) -> Any:
    """The document in a file. Raises `Refused`."""
    try:
        return json.loads(text_of(name))
    except (json.JSONDecodeError, RecursionError):
        raise Refused(f"{name} is not JSON.") from None


def text_of(name: Any) -> str:
    """Of a file, or of the standard input for `-`. Raises `Refused`."""
    try:
        octets = _octets_of(name)
        if len(octets) > MOST_BYTES:
            raise Refused(f"{name} is longer than {MOST_BYTES} bytes.")
        return octets.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise Refused(f"{name} cannot be read: {error}.") from None


def _octets_of(name: Any) -> bytes:
    """One more than there may be is enough to refuse them."""
    if name == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MOST_BYTES + 1)
