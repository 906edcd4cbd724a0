"""The format of an access log: text with `$context` variables, and how their values are escaped.

"The log format can be Common Log Format (CLF), JSON, XML, or CSV" (API Gateway developer guide,
"Set up logging"). The format shows which of these it is, and values are escaped as it needs: what a
client sends ends neither its field nor its line. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from xml.sax.saxutils import escape as escape_xml

import orjson

Escape = Callable[[str], str]

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)")
_CSV_FIELD = re.compile(r'"?\$context\.[A-Za-z0-9_.:-]+"?')
# What terminals obey and viewers break lines at, though JSON lets it stand: DEL and C1, line and
# paragraph separators, marks of direction.
_INVISIBLE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Variable(NamedTuple):
    """A variable, and how its value is written at this place."""

    name: str
    escape: Escape


class LogFormat(NamedTuple):
    """What a line is put together from."""

    pieces: tuple[str | Variable, ...]


@lru_cache(1024)
def compile_format(template: str) -> LogFormat:
    """A template read once."""
    pieces: list[str | Variable] = []
    escape, end = _escape_of(template), 0
    for found in _VARIABLE.finditer(template):
        before = template[end : found.start()]
        pieces.append(before)
        is_bare = escape is _in_csv and not before.endswith('"')
        pieces.append(Variable(found[1], _as_csv_field if is_bare else escape))
        end = found.end()
    pieces.append(template[end:])
    return LogFormat(tuple(piece for piece in pieces if piece))


def _escape_of(template: str) -> Escape:
    line = template.strip()
    if line.startswith("<"):
        return _in_xml
    fields = line.split(",")
    if len(fields) > 1 and all(_CSV_FIELD.fullmatch(field.strip()) for field in fields):
        return _in_csv
    return in_json


def in_json(text: str) -> str:
    """As inside a JSON string, which suits CLF too: quotes and backslashes are escaped."""
    escaped = orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()
    return _INVISIBLE.sub(_as_escape, escaped)


def _in_xml(text: str) -> str:
    # XML 1.0 has no way at all to write most control characters: JSON's spelling stands for them.
    return escape_xml(_visible(text), {'"': "&quot;", "'": "&apos;"})


def _in_csv(text: str) -> str:
    """Within quotes (RFC 4180 §2: "escaped by preceding it with another double quote")."""
    return _visible(text).replace('"', '""')


def _as_csv_field(text: str) -> str:
    visible = _visible(text)
    return f'"{_in_csv(text)}"' if "," in visible or '"' in visible else visible


def _visible(text: str) -> str:
    return in_json(text).replace('\\"', '"')


def _as_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
