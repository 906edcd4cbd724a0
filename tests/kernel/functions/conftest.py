"""Functions of a folder, run for real."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel.functions.confinement import Confinement
from kernel.functions.registry import Functions
from kernel.functions.setup import Limits
from kernel.functions.sources import FunctionFiles, InstalledFunctions

Write = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "instance" / "functions"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a function's file."""

    def to_file(name: str, source: str) -> None:
        (folder / f"{name}.py").write_text(textwrap.dedent(source))

    return to_file


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Functions]]:
    """Makes a registry of the folder's functions with limits of its own."""
    made: list[Functions] = []

    def make(**limits: int) -> Functions:
        confinement = Confinement(secret=(folder.parent,), limits=Limits(**limits))
        sources = [FunctionFiles(folder), InstalledFunctions()]
        made.append(Functions(sources, confinement=confinement))
        return made[-1]

    yield make
    for functions in made:
        functions.close()


@pytest.fixture
def functions(start: Callable[..., Functions]) -> Functions:
    return start()
