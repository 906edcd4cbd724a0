"""Reads a template's characters forward, once: what all parts of the parser stand on."""

from __future__ import annotations

import re

from gateway.mapping.vtl.errors import InvalidTemplate
from gateway.mapping.vtl.limits import NESTING

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SPACE = re.compile(r"\s*")


class Scanner:
    """A position in a text. `depth` is how deep the parser is inside the template."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self._depth = depth

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.text)

    def sees(self, expected: str) -> bool:
        return self.text.startswith(expected, self.at)

    def takes(self, expected: str) -> bool:
        """Whether the text goes on so; if so, go behind it."""
        if not self.sees(expected):
            return False
        self.at += len(expected)
        return True

    def expect(self, expected: str) -> None:
        if not self.takes(expected):
            raise self.invalid(f"{expected!r} is missing")

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """The text here that the pattern matches; go behind it."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def skip_space(self) -> None:
        self.take(_SPACE)

    def invalid(self, why: str) -> InvalidTemplate:
        line = self.text.count("\n", 0, self.at) + 1
        return InvalidTemplate(f"line {line}: {why}")

    def enter(self) -> None:
        """Go one level down. Raises `InvalidTemplate` where that is too deep."""
        self._depth += 1
        if self._depth > NESTING:
            raise self.invalid(f"nested deeper than {NESTING} levels")

    def leave(self) -> None:
        self._depth -= 1
