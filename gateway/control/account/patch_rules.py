"""Patch rules that only what belongs to an account needs, after `gateway.control.rest.patching`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gateway.control.errors import Invalid
from gateway.control.rest.patching import Document, Member, Patch, Rule

MOST_LIMIT = 2**31 - 1


class ValueOfList(Rule):
    """A list whose items are named by the patch's value: add `/stages` with `API/STAGE`."""

    ops = ("add", "remove")

    def __init__(self, path: str, member: str, read: Callable[[Patch], str] = Patch.text) -> None:
        super().__init__(path)
        self._member = member
        self._read = read

    def apply(self, document: Document, patch: Patch) -> None:
        item, items = self._read(patch), list(document.get(self._member, []))
        if patch.op == "remove" and item not in items:
            raise Invalid(f"Invalid patch value {item} for path {patch.path}: it is not there")
        if patch.op == "remove":
            items.remove(item)
        elif item not in items:
            items.append(item)
        document[self._member] = items


class Removed(Rule):
    """A member that may be taken away as a whole: remove `/quota`."""

    ops = ("remove",)

    def apply(self, document: Document, patch: Patch) -> None:
        document.pop(patch.last, None)


def Limit(path: str) -> Member:
    """A rate or a burst, which `add` may set as well as `replace`."""
    read = read_rate if path.endswith("rateLimit") else read_burst
    return Member(path, read, addable=True)


def read_rate(patch: Patch) -> float:
    """Requests a second. Raises `Invalid`."""
    try:
        rate = float(patch.text())
    except ValueError:
        raise patch.refused("it must be a number") from None
    if not (math.isfinite(rate) and 0 <= rate <= MOST_LIMIT):
        raise patch.refused("it must be a number that is not negative")
    return rate


def read_burst(patch: Patch) -> int:
    """A whole number; clients write `5` as `5.0` too. Raises `Invalid`."""
    rate = read_rate(patch)
    if rate != int(rate):
        raise patch.refused("it must be a whole number")
    return int(rate)


def require_throttle(throttle: Document | None, where: str) -> None:
    """Refuse limits that no bucket has. Raises `Invalid`."""
    for member in ("rateLimit", "burstLimit"):
        limit: Any = (throttle or {}).get(member)
        if limit is not None and not (math.isfinite(limit) and 0 <= limit <= MOST_LIMIT):
            raise Invalid(f"{where} {member} must be a number that is not negative")
