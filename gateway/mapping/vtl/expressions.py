"""Parses references and expressions.

expression: operators of rising precedence over operands: || && == != < <= > >= + - * / %
operand:    ! operand, (expression), [list], [first..last], {map}, number, 'text', "text",
            true, false, $reference
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from gateway.mapping.vtl.scanner import IDENTIFIER, Scanner
from gateway.mapping.vtl.tree import (
    Expression,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    MethodCall,
    Not,
    Operations,
    Property,
    Range,
    Reference,
)

_WORD_END = r"(?![A-Za-z0-9_-])"
_LEVELS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\|\||or{_WORD_END}",
        rf"&&|and{_WORD_END}",
        rf"==|!=|(?:eq|ne){_WORD_END}",
        rf"<=|>=|<|>|(?:le|ge|lt|gt){_WORD_END}",
        r"[+-]",
        r"[*/%]",
    )
)
_WORDS = {
    **{"or": "||", "and": "&&", "eq": "==", "ne": "!="},
    **{"le": "<=", "ge": ">=", "lt": "<", "gt": ">"},
}
_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,40}(?:[eE][+-]?[0-9]{1,3})?)?(?![0-9])")
_FLAG = re.compile(rf"(?:true|false){_WORD_END}")
_NOT = re.compile(rf"!|not{_WORD_END}")
_INDEX_START = re.compile(r"""\[[ \t]*(?:[-0-9"'$])""")
_REFERENCE_START = re.compile(r"\$!?(\{?)(?=[A-Za-z_])")


class ExpressionParser(Scanner, ABC):
    """A scanner that reads expressions where it stands. Raises `InvalidTemplate`."""

    @abstractmethod
    def interpolated(self, text: str) -> Expression:
        """A double-quoted string; the template parser knows what may stand in it."""

    def expression(self) -> Expression:
        self.enter()
        found = self._level(0)
        self.leave()
        return found

    def reference(self) -> Reference | None:
        """The reference that starts here; None, and nothing read, where there is none."""
        start = self.at
        opening = self.take(_REFERENCE_START)
        if opening is None:
            return None
        root = self.take(IDENTIFIER) or ""
        parts = self._parts()
        if opening.endswith("{") and not self.takes("}"):
            self.at = start
            return None
        return Reference(root, parts, opening[1:2] == "!", self.text[start : self.at])

    def arguments(self, closing: str) -> tuple[Expression, ...]:
        """Expressions with commas between them, up to and with what closes them."""
        found: list[Expression] = []
        self.skip_space()
        while not self.takes(closing):
            if found:
                self.expect(",")
            found.append(self.expression())
            self.skip_space()
        return tuple(found)

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._operand()
        first = self._level(level + 1)
        rest: list[tuple[str, Expression]] = []
        self.skip_space()
        while operator := self.take(_LEVELS[level]):
            rest.append((_WORDS.get(operator, operator), self._level(level + 1)))
            self.skip_space()
        return Operations(first, tuple(rest)) if rest else first

    def _operand(self) -> Expression:
        self.skip_space()
        if self.take(_NOT) is not None:
            self.enter()
            operand = self._operand()
            self.leave()
            return Not(operand)
        if self.takes("("):
            inner = self.expression()
            self.skip_space()
            self.expect(")")
            return inner
        if self.takes("["):
            return self._list()
        if self.takes("{"):
            return self._map()
        return self._literal() or self._needed_reference()

    def _needed_reference(self) -> Reference:
        reference = self.reference()
        if reference is None:
            raise self.invalid("an expression is missing")
        return reference

    def _literal(self) -> Expression | None:
        number = self.take(_NUMBER)
        if number is not None:
            return Literal(int(number) if number.lstrip("-").isdigit() else float(number))
        flag = self.take(_FLAG)
        if flag is not None:
            return Literal(flag == "true")
        if self.sees('"') or self.sees("'"):
            return self._string()
        return None

    def _string(self) -> Expression:
        """Text in quotes; the quote itself is written twice. Backslashes mean nothing here."""
        quote = self.text[self.at]
        self.at += 1
        pieces = []
        while True:
            end = self.text.find(quote, self.at)
            if end < 0:
                raise self.invalid("text without a closing quote")
            pieces.append(self.text[self.at : end])
            self.at = end + 1
            if not self.takes(quote):
                break
        text = quote.join(pieces)
        return self.interpolated(text) if quote == '"' else Literal(text)

    def _list(self) -> Expression:
        self.skip_space()
        if self.takes("]"):
            return ListLiteral(())
        first = self.expression()
        self.skip_space()
        if self.takes(".."):
            last = self.expression()
            self.skip_space()
            self.expect("]")
            return Range(first, last)
        if self.takes(","):
            return ListLiteral((first, *self.arguments("]")))
        self.expect("]")
        return ListLiteral((first,))

    def _map(self) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        self.skip_space()
        while not self.takes("}"):
            if entries:
                self.expect(",")
            key = self.expression()
            self.skip_space()
            self.expect(":")
            entries.append((key, self.expression()))
            self.skip_space()
        return MapLiteral(tuple(entries))

    def _parts(self) -> tuple[Property | MethodCall | Index, ...]:
        parts: list[Property | MethodCall | Index] = []
        while True:
            if _INDEX_START.match(self.text, self.at):
                parts.append(self._index())
            elif self.sees(".") and IDENTIFIER.match(self.text, self.at + 1):
                self.at += 1
                name = self.take(IDENTIFIER) or ""
                if self.takes("("):
                    parts.append(MethodCall(name, self.arguments(")")))
                else:
                    parts.append(Property(name))
            else:
                return tuple(parts)

    def _index(self) -> Index:
        self.expect("[")
        key = self.expression()
        self.skip_space()
        self.expect("]")
        return Index(key)
