"""INSTANCE/run/origin: where the server that ran last is reached, its flags and all.

Commands that print addresses read it: they are not given the flags of `poolgate serve`.
"""

from __future__ import annotations

from dataclasses import replace

from kernel import setting_values
from kernel.settings import Settings
from poolgate.instance_lock import make_run_folder

FILE = "origin"


def record(settings: Settings) -> None:
    """Called at each start and reload. Nobody reads half of it."""
    path = make_run_folder(settings) / FILE
    written = path.with_suffix(".part")
    written.write_text(f"{settings.origin}\n")
    written.replace(path)


def of_server(settings: Settings) -> Settings:
    """The settings with the origin of the server; as they are where none has run yet."""
    try:
        origin = setting_values.origin((settings.instance / "run" / FILE).read_text().strip())
    except (OSError, ValueError):
        return settings
    return replace(settings, public_url=origin)
