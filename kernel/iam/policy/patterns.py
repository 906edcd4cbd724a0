"""Texts with wildcards and policy variables (IAM user guide, "Variables and tags").

A pattern is cut into tokens before anything is filled in, so that a `*` or `:` in a variable's
value stays a literal character. Wildcards are matched greedily, chunk by chunk: the time grows with
pattern times text and never explodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Variables = Mapping[str, Sequence[str]]
"""The request's condition keys in lower case, each with its values."""

# A variable within a variable's name is none, so that one which does not end is looked through
# once, not for each that begins in it.
TOKEN = re.compile(r"\$\{(?P<name>(?:[^}$]|\$(?!\{))*+)\}|(?P<wildcard>[*?])")
DEFAULT = re.compile(r"'(?P<default>[^']*+)'")


@dataclass(frozen=True)
class Literal:
    text: str


@dataclass(frozen=True)
class Wildcard:
    """`*` or `?`."""

    symbol: str


@dataclass(frozen=True)
class Variable:
    """`${name}` or `${name, 'default'}`."""

    name: str
    default: str | None


Token = Literal | Wildcard | Variable
MANY = Wildcard("*")


class Unresolved(Exception):
    """The request has no single value for a variable of the pattern."""


def tokens(text: str, *, has_variables: bool = True, has_wildcards: bool = True) -> list[Token]:
    """Cut `text` up; what is not asked for stays literal."""
    found: list[Token] = []
    position = 0
    for match in TOKEN.finditer(text):
        is_variable = match["name"] is not None
        if not (has_variables if is_variable else has_wildcards):
            continue
        found += _literal(text[position : match.start()])
        found.append(_variable(match["name"]) if is_variable else Wildcard(match["wildcard"]))
        position = match.end()
    return [*found, *_literal(text[position:])]


def _literal(text: str) -> list[Token]:
    return [Literal(text)] if text else []


def _variable(content: str) -> Token:
    # "${*}", "${?}" and "${$}" are the characters themselves.
    if content in ("*", "?", "$"):
        return Literal(content)
    name, _, default = content.partition(",")
    match = DEFAULT.fullmatch(default.lstrip())
    if match and name:
        return Variable(name.strip().lower(), match["default"])
    return Variable(content.strip().lower(), None)


@dataclass(frozen=True)
class _Chunk:
    """What stands between two stars: an expression of `length` characters.

    It has no quantifier, so nothing in it can backtrack.
    """

    expression: str
    length: int
    regex: re.Pattern[str] = re.compile("")

    def followed_by(self, expression: str, length: int) -> _Chunk:
        return _Chunk(self.expression + expression, self.length + length)

    def compiled(self, flags: int) -> _Chunk:
        return replace(self, regex=re.compile(self.expression, flags))


class Pattern:
    """A text with wildcards and variables."""

    def __init__(self, parts: Sequence[Token], *, ignores_case: bool = False) -> None:
        self._tokens = tuple(parts)
        self._flags = re.DOTALL | (re.IGNORECASE if ignores_case else 0)
        varies = any(isinstance(token, Variable) for token in parts)
        self._fixed = None if varies else self._chunks({})

    def matches(self, text: str, variables: Variables) -> bool:
        """Whether the whole of `text` fits. Raises `Unresolved`."""
        chunks = self._chunks(variables) if self._fixed is None else self._fixed
        return _fits(chunks, text)

    def _chunks(self, variables: Variables) -> list[_Chunk]:
        chunks = [_Chunk("", 0)]
        for token in self._tokens:
            if token == MANY:
                chunks.append(_Chunk("", 0))
            elif isinstance(token, Wildcard):
                chunks[-1] = chunks[-1].followed_by(".", 1)
            else:
                text = _resolved(token, variables)
                chunks[-1] = chunks[-1].followed_by(re.escape(text), len(text))
        return [chunk.compiled(self._flags) for chunk in chunks]


class ArnPattern:
    """An ARN whose six parts are matched one by one, so that no wildcard reaches over a colon.

    IAM user guide, "IAM JSON policy elements: Resource": an incomplete ARN is completed "by adding
    wildcard characters (*) to all missing fields". The resource part may hold further colons.
    """

    def __init__(self, parts: Sequence[Token]) -> None:
        self._matches_all = list(parts) == [MANY]
        fields = list(_fields(parts, 6))
        fields += [[MANY]] * (6 - len(fields))
        self._fields = [Pattern(field) for field in fields]

    def matches(self, text: str, variables: Variables) -> bool:
        """Whether the ARN fits. Raises `Unresolved`."""
        if self._matches_all:
            return True
        values = text.split(":", 5)
        return len(values) == len(self._fields) and all(
            field.matches(value, variables)
            for field, value in zip(self._fields, values, strict=True)
        )


def _fields(parts: Sequence[Token], most: int) -> Iterator[list[Token]]:
    """Split at literal colons into `most` fields."""
    field: list[Token] = []
    left = most - 1
    for token in parts:
        if not isinstance(token, Literal):
            field.append(token)
            continue
        *complete, rest = token.text.split(":", left)
        left -= len(complete)
        for text in complete:
            yield [*field, *_literal(text)]
            field = []
        field += _literal(rest)
    yield field


def _resolved(token: Literal | Variable, variables: Variables) -> str:
    if isinstance(token, Literal):
        return token.text
    values = variables.get(token.name, ())
    if len(values) == 1:
        return values[0]
    if not values and token.default is not None:
        return token.default
    raise Unresolved(token.name)


def _fits(chunks: Sequence[_Chunk], text: str) -> bool:
    first, *others = chunks
    if not others:
        return first.regex.fullmatch(text) is not None
    start = first.regex.match(text)
    if start is None:
        return False
    position = start.end()
    # The leftmost fit of each chunk leaves the most room for the next ones.
    for chunk in others[:-1]:
        found = chunk.regex.search(text, position)
        if found is None:
            return False
        position = found.end()
    tail = len(text) - others[-1].length
    return tail >= position and others[-1].regex.fullmatch(text, tail) is not None
