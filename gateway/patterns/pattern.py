"""A compiled pattern, and what may be asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from gateway.patterns.matching import Slots, Work, match
from gateway.patterns.program import Program, assemble
from gateway.patterns.quick import literal_form, quick_form
from gateway.patterns.syntax import InvalidPattern, Parser
from gateway.patterns.whole import QUICK, matches_whole

MOST_GROUPS = 100
_SPECIAL = re.compile(r"[$\\]")
_REPLACEMENT = re.compile(r"\\(.)|\$(?:\{|([0-9]))", re.DOTALL)
"""`${` begins the name of a group, and no group has one here: that is refused without its end."""


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """The pattern of a text in Java's syntax. Raises `InvalidPattern`."""
    parser = Parser(text)
    tree = parser.parse()
    if parser.groups > MOST_GROUPS:
        raise InvalidPattern("the pattern has too many groups")
    return Pattern(assemble(tree), parser.groups, quick_form(tree), literal_form(tree))


def _for_free(_count: int) -> None:
    """What a caller without a budget gives for `work`."""


class Pattern:
    """A compiled pattern. `work` is told how much was done, and may raise."""

    def __init__(
        self,
        program: Program,
        groups: int,
        quick: re.Pattern[str] | None,
        literal: str | None,
    ) -> None:
        self._program = program
        self._slots = 2 * groups + 2
        self._quick = quick
        self._literal = literal

    def fullmatch(self, text: str, work: Work = _for_free) -> bool:
        """Whether all of the text matches."""
        if self._quick is not None:
            work(len(text) // QUICK)
            return self._quick.fullmatch(text) is not None
        return matches_whole(self._program, text, work)

    def search(self, text: str, work: Work = _for_free) -> bool:
        """Whether something in the text matches."""
        return next(self._matches(text, work), None) is not None

    def replace(
        self, text: str, replacement: str, work: Work = _for_free, *, only_first: bool = False
    ) -> str:
        """The text with its matches replaced, as Java's `replaceAll` does.

        `$1` in the replacement is what a group matched, and a backslash takes the next character
        as it is. Raises `InvalidPattern` for a replacement with a group that there is not.
        """
        if self._literal and not only_first and not _SPECIAL.search(replacement):
            work((len(text) + text.count(self._literal) * len(replacement)) // QUICK)
            return text.replace(self._literal, replacement)
        pieces: list[str] = []
        at = 0
        for slots in self._matches(text, work):
            filled = self._filled(replacement, text, slots)
            work(1 + len(filled) // QUICK)
            pieces += [text[at : slots[0]], filled]
            at = slots[1]
            if only_first:
                break
        return "".join((*pieces, text[at:]))

    def split(self, text: str, most: int = 0, work: Work = _for_free) -> list[str]:
        """The parts between the matches, as Java's `split` does: with a limit of 0 without the
        empty ones at the end."""
        parts: list[str] = []
        at = 0
        for slots in self._matches(text, work):
            if most > 0 and len(parts) == most - 1:
                break
            if slots[1] == 0 or (slots[0] == slots[1] == len(text)):
                continue
            parts.append(text[at : slots[0]])
            at = slots[1]
        if not parts:
            return [text]
        parts.append(text[at:])
        while most == 0 and parts and not parts[-1]:
            parts.pop()
        return parts

    def _matches(self, text: str, work: Work) -> Iterator[Slots]:
        """The slots of each match, none of them overlapping."""
        if self._quick is not None:
            work(len(text) // QUICK)
            for found in self._quick.finditer(text):
                yield found.span()
            return
        at = 0
        while at <= len(text):
            slots = match(self._program, text, at, self._slots, work)
            if slots is None:
                return
            yield slots
            at = slots[1] if slots[1] > slots[0] else slots[1] + 1

    def _filled(self, replacement: str, text: str, slots: Slots) -> str:
        if not _SPECIAL.search(replacement):
            return replacement

        def value(found: re.Match[str]) -> str:
            if found[1] is not None:
                return found[1]
            if found[2] is None or 2 * int(found[2]) >= len(slots):
                raise InvalidPattern("the replacement names a group that there is not")
            start, end = slots[2 * int(found[2]) : 2 * int(found[2]) + 2]
            return text[start:end] if start >= 0 else ""

        return _REPLACEMENT.sub(value, replacement)
