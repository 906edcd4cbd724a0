"""Settings documents that an operator writes by hand: every member is known and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

S = TypeVar("S")

Check = Callable[[Any], Any]
"""The value of a member in the form that the program works with. Raises `ValueError`, whose text
completes "NAME ...": "must be a whole number of seconds"."""


class WrongSetting(Exception):
    """A member that is unknown, or has a value that it cannot have. The text is a sentence."""

    def __init__(self, member: str, complaint: str) -> None:
        super().__init__(f"{member} {complaint}.")
        self.member = member


def read(document: Any, checks: Mapping[str, Check], form: Callable[..., S]) -> S:
    """The document as a value of `form`, whose fields are its members. Raises `WrongSetting`."""
    if not isinstance(document, dict):
        raise WrongSetting("The document", "must be a JSON object")
    members = {}
    for name, value in document.items():
        if name not in checks:
            raise WrongSetting(name, f"is not one of {', '.join(sorted(checks))}")
        try:
            members[name] = checks[name](value)
        except ValueError as error:
            raise WrongSetting(name, str(error)) from None
    return form(**members)


def whole_number(least: int, most: int) -> Check:
    """A number between two bounds, both included."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return check


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return check


def several(check: Check, most: int) -> Check:
    """A list of at most `most` different values that each pass a check."""

    def check_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"must be a list of at most {most} values")
        checked = tuple(check(each) for each in value)
        if any(each in checked[:place] for place, each in enumerate(checked)):
            raise ValueError("must not have a value twice")
        return checked

    return check_all


def address(is_good: Callable[[str], bool], words: str) -> Check:
    """A URI of a kind."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not is_good(value):
            raise ValueError(f"must be {words}")
        return value

    return check


def texts(most: int, longest: int) -> Check:
    """A list of different texts, of which none is empty."""

    def check(value: Any) -> frozenset[str]:
        is_list = isinstance(value, list) and len(value) <= most
        if not is_list or not all(isinstance(each, str) and each for each in value):
            raise ValueError(f"must be a list of at most {most} texts")
        if any(len(each) > longest for each in value) or len(set(value)) != len(value):
            raise ValueError(f"must hold different texts of at most {longest} characters")
        return frozenset(value)

    return check
