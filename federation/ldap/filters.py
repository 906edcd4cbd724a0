"""Search filters from an operator's template and a value that a stranger typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# RFC 4515 §3: NUL, "(", ")", "*" and "\" must be escaped. So is all that is not plain, which who
# reads the filter on its way may take for something else.
_PLAIN = re.compile(rb"[A-Za-z0-9@._-]")
_PLACEHOLDER = re.compile(r"\{(username|dn)\}")


def escape(value: bytes | str) -> str:
    """The value as a filter holds it."""
    octets = value.encode(errors="replace") if isinstance(value, str) else value
    pairs = (octets[n : n + 1] for n in range(len(octets)))
    return "".join(each.decode() if _PLAIN.fullmatch(each) else f"\\{each.hex()}" for each in pairs)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The filter with these values in place of `{username}` and `{dn}`, in one pass: a value that
    looks like a placeholder is none."""
    return _PLACEHOLDER.sub(lambda found: escape(values[found[1]]), template)


def of_anybody(template: str) -> str:
    """The same for whatever name: who the filter lets in at all."""
    return _PLACEHOLDER.sub("*", template)


def with_any(attribute: str, values: Sequence[bytes], template: str) -> str:
    """Those whom the template lets in, and whose attribute has one of the values."""
    ids = "".join(f"({attribute}={escape(value)})" for value in values)
    return f"(&(|{ids}){of_anybody(template)})"
