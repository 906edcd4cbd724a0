"""What is wrong with a document, told all at once, each fault with its JSON path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Path = tuple[str | int, ...]

MOST_TOLD = 50
"""Faults, or warnings, in one answer; that there are more is said."""
MOST_FAULTS = 200
"""Faults after which nobody looks for more: looking may be as dear as the document is long."""
MOST_WARNINGS = 1000
MOST_CHARACTERS = 500
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class InvalidDocument(Exception):
    """A document that cannot be taken; its text names every fault."""


class Faults:
    """The faults and the warnings that are found while a document is read and taken."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def add(self, path: Path, message: str) -> None:
        """Something that makes the document unusable. Raises `InvalidDocument` for one too many."""
        _append(self.faults, path, message)
        if len(self.faults) >= MOST_FAULTS:
            self.require_none()

    def warn(self, path: Path, message: str) -> None:
        """Something that is left out."""
        if len(self.warnings) < MOST_WARNINGS:
            _append(self.warnings, path, message)

    def require_none(self, *, fail_on_warnings: bool = False) -> None:
        """Raises `InvalidDocument` with all that was found."""
        if self.faults:
            raise InvalidDocument(listed("Errors found during import:", self.faults))
        if fail_on_warnings and self.warnings:
            raise InvalidDocument(listed("Warnings found during import:", self.warnings))

    def told_warnings(self) -> list[str]:
        """The warnings of an answer."""
        return list(_told(self.warnings))


def spelled(path: Path) -> str:
    """`$.paths['/pets'].get.responses['200']`."""
    return "$" + "".join(map(_step, path))


def listed(heading: str, lines: Sequence[str]) -> str:
    """A heading and what is below it, a line each."""
    return "\n\t".join((heading, *_told(lines)))


def _told(lines: Sequence[str]) -> Iterable[str]:
    yield from lines[:MOST_TOLD]
    if len(lines) > MOST_TOLD:
        yield f"... and {len(lines) - MOST_TOLD} more"


def _append(lines: list[str], path: Path, message: str) -> None:
    line = f"{spelled(path)}: {message}"[:MOST_CHARACTERS]
    if line not in lines[-MOST_TOLD:]:
        lines.append(line)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN.fullmatch(step):
        return f".{step}"
    shown = step[:100].replace("\\", "\\\\").replace("'", "\\'")
    return f"['{shown}']"
