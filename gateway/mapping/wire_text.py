"""Two ways to hold text: as HTTP/1.1 carries it, and as people read it.

Requests and replies hold *wire text*: each character is one byte (Latin-1). Templates and JSON hold
Unicode. Parameters are mapped as wire text, so that bytes which are no UTF-8 pass unchanged.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def text_of(wire: str) -> str:
    """Unicode for wire text; what is no UTF-8 is replaced."""
    if wire.isascii():
        return wire
    return wire.encode("latin-1", "replace").decode("utf-8", "replace")


def wire_of(text: str) -> str:
    """Wire text for Unicode, as UTF-8."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("latin-1")


def field_value(wire: str) -> str:
    """Wire text as a header may hold it: a line break in a value would begin another header."""
    return _CONTROL.sub(" ", wire).strip(" \t")
