"""Requests as documents: what may be stored, what is refused, and how updates change a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.control.errors import Invalid, unsupported

Document = dict[str, Any]

# The service model names the lengths of strings only in the names of its shapes, such as
# StringWithLengthBetween1And128, where no constraint check sees them.
LENGTHS: Mapping[str, tuple[int, int]] = {
    "Name": (1, 128),
    "Description": (0, 1024),
    "Version": (0, 64),
    "StageName": (1, 128),
    "OperationName": (0, 64),
    "IntegrationUri": (1, 2048),
    "Target": (1, 2048),
}


def require_storable(request: Mapping[str, Any]) -> None:
    """Refuse text that no database stores, and text of the wrong length. Raises `Invalid`."""
    for member, value in request.items():
        _require_text(member, value)
        least, most = LENGTHS.get(member, (0, None))
        if isinstance(value, str) and most is not None and not least <= len(value) <= most:
            raise Invalid(f"{member} must have from {least} to {most} characters")


def _require_text(member: str, value: Any) -> None:
    if isinstance(value, str):
        # PostgreSQL stores neither NUL nor a lone surrogate, which JSON can spell.
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Invalid(f"{member} holds a character that cannot be stored")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _require_text(member, key)
            _require_text(member, item)
    elif isinstance(value, list):
        for item in value:
            if item is None:
                raise Invalid(f"{member} holds an element that is null")
            _require_text(member, item)


def is_given(value: Any) -> bool:
    """Whether a member says something: an empty value says what leaving it out says."""
    return value is not None and value is not False and value not in ("", [], {})


def refuse(request: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Refuse the members that nothing would act on. Raises `Invalid`, naming the first."""
    for member, why in reasons.items():
        if is_given(request.get(member)):
            raise unsupported(member, why)


def updated(document: Document, request: Mapping[str, Any], members: Iterable[str]) -> Document:
    """The document with the given members of an update; an empty value clears its member."""
    changed = dict(document)
    for member in members:
        value = request.get(member)
        if value is None:
            continue
        if value in ("", [], {}):
            changed.pop(member, None)
        else:
            changed[member] = value
    return changed


def merged(present: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    """A map with the entries of an update; an entry with an empty value is removed."""
    both = {**present, **given}
    return {key: value for key, value in both.items() if value not in ("", {})}
