"""`poolgate init`: make an instance, or bring one up to date."""

from __future__ import annotations

import argparse

from kernel.settings import Settings
from poolgate import instance


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    lines = instance.initialise(settings)
    for line in lines or [f"{settings.instance} is initialised and up to date."]:
        print(line)
    return 0
