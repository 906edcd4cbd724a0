"""One process at a time serves an instance, unless a Valkey keeps several in step."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.settings import SettingError, Settings


@contextmanager
def hold(settings: Settings) -> Iterator[None]:
    """Hold the instance for this process and those it forks. Raises `SettingError` when held."""
    with (make_run_folder(settings) / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingError(
                f"instance {settings.instance} is in use by another poolgate process; "
                "several servers need a valkey_url."
            ) from None
        yield


def make_run_folder(settings: Settings) -> Path:
    """INSTANCE/run, which holds what lives only as long as the server."""
    folder = settings.instance / "run"
    try:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        reason = error.strerror
        raise SettingError(f"instance {settings.instance} cannot be made: {reason}.") from None
    return folder
