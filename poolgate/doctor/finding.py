"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from kernel.settings import Settings


class Severity(Enum):
    GOOD = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One line of the report. `advice` says what to do; good findings need none."""

    severity: Severity
    found: str
    advice: str = ""


Check = Callable[[Settings], Iterable[Finding]]


def good(found: str) -> Finding:
    return Finding(Severity.GOOD, found)


def note(found: str, advice: str) -> Finding:
    return Finding(Severity.NOTE, found, advice)


def problem(found: str, advice: str) -> Finding:
    return Finding(Severity.PROBLEM, found, advice)
