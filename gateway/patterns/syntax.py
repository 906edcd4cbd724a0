"""Parses a pattern into a tree."""

from __future__ import annotations

import sys

from gateway.patterns.tree import (
    Anchor,
    Characters,
    Choice,
    Group,
    Node,
    Ranges,
    Repeat,
    Sequence,
)

MOST_CHARACTERS = 4_096
MOST_REPEATS = 1_000
MOST_NESTING = 32
LAST = sys.maxunicode
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 13), (32, 32))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "h": ((9, 9), (32, 32))}
_PROPERTIES = {
    "Alpha": ((65, 90), (97, 122)),
    "Digit": _DIGIT,
    "Alnum": ((48, 57), (65, 90), (97, 122)),
    "Upper": ((65, 90),),
    "Lower": ((97, 122),),
    "Space": _SPACE,
    "Punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "XDigit": ((48, 57), (65, 70), (97, 102)),
    "Cntrl": ((0, 31), (127, 127)),
    "ASCII": ((0, 127),),
}
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27, "0": 0}
_ANCHORS = {"b": "boundary", "B": "inside", "A": "start", "z": "end", "Z": "end"}
_LINE_ENDS: Ranges = ((10, 10), (13, 13), (0x85, 0x85), (0x2028, 0x2029))


class InvalidPattern(ValueError):
    """A pattern that is malformed, too large, or that cannot be matched in linear time."""


def complement(ranges: Ranges) -> Ranges:
    """Every character that is in none of some ranges."""
    found, at = [], 0
    for first, last in sorted(ranges):
        if first > at:
            found.append((at, first - 1))
        at = max(at, last + 1)
    if at <= LAST:
        found.append((at, LAST))
    return tuple(found)


class Parser:
    """Reads one pattern. `groups` is how many it captures."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise InvalidPattern("the pattern is too long")
        self._text = text
        self._at = 0
        self._depth = 0
        self.ignores_case = False
        self._dot = complement(_LINE_ENDS)
        self.groups = 0

    def parse(self) -> Node:
        """The tree. Raises `InvalidPattern`."""
        self._flags()
        node = self._choice()
        if self._at < len(self._text):
            raise InvalidPattern("a parenthesis that nothing opens")
        return node

    def _flags(self) -> None:
        while self._text.startswith(("(?i)", "(?s)"), self._at):
            if self._text[self._at + 2] == "i":
                self.ignores_case = True
            else:
                self._dot = ((0, LAST),)
            self._at += 4

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > MOST_NESTING:
            raise InvalidPattern("the pattern nests too deeply")
        branches = [self._sequence()]
        while self._takes("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._takes("\\Q"):
                items += self._quoted()
            else:
                items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _quoted(self) -> list[Node]:
        end = self._text.find("\\E", self._at)
        text = self._text[self._at : end if end >= 0 else len(self._text)]
        self._at = end + 2 if end >= 0 else len(self._text)
        return [self._one(ord(character)) for character in text]

    def _atom(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._folded(self._class())
        if character == ".":
            return Characters(self._dot)
        if character in "^$":
            return Anchor("start" if character == "^" else "end")
        if character == "\\":
            return self._escape()
        if character in "*+?":
            raise InvalidPattern("a quantifier without anything before it")
        return self._one(ord(character))

    def _group(self) -> Node:
        number = 0
        if self._takes("?"):
            if self._takes("<") and self._peek() not in "=!":
                name = self._until(">")
                if not name.isalnum():
                    raise InvalidPattern("a malformed group name")
                self.groups = number = self.groups + 1
            elif not self._takes(":"):
                raise InvalidPattern("look-around and inline flags are not supported")
        else:
            self.groups = number = self.groups + 1
        node = self._choice()
        if not self._takes(")"):
            raise InvalidPattern("a parenthesis that nothing closes")
        return Group(node, number) if number else node

    def _repeated(self, item: Node) -> Node:
        for _ in range(MOST_NESTING):
            bounds = self._bounds()
            if bounds is None:
                return item
            if self._takes("+"):
                raise InvalidPattern("possessive quantifiers are not supported")
            item = Repeat(item, bounds[0], bounds[1], not self._takes("?"))
        raise InvalidPattern("too many quantifiers")

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return bounds
        if not self._takes("{"):
            return None
        least, comma, most = self._until("}").partition(",")
        first = self._count(least)
        last = None if comma and not most else self._count(most) if comma else first
        if last is not None and last < first:
            raise InvalidPattern("a repetition from more to less")
        return first, last

    def _count(self, digits: str) -> int:
        if not (digits.isascii() and digits.isdigit() and len(digits) < 5):
            raise InvalidPattern("a malformed repetition")
        if int(digits) > MOST_REPEATS:
            raise InvalidPattern(f"more than {MOST_REPEATS} repetitions")
        return int(digits)

    def _escape(self) -> Node:
        character = self._next()
        if character in _ANCHORS:
            return Anchor(_ANCHORS[character])
        return self._folded(self._escaped_class(character))

    def _escaped_class(self, character: str) -> Ranges:
        """The characters of an escape, in a class or outside one."""
        if character.lower() in _CLASSES:
            ranges = _CLASSES[character.lower()]
            return ranges if character.islower() else complement(ranges)
        if character in "pP":
            if not self._takes("{"):
                raise InvalidPattern("a malformed property")
            named = _PROPERTIES.get(self._until("}"))
            if named is None:
                raise InvalidPattern("an unknown property")
            return named if character == "p" else complement(named)
        code = self._code(character)
        return ((code, code),)

    def _code(self, character: str) -> int:
        if character in "xu":
            digits = self._text[self._at : self._at + (2 if character == "x" else 4)]
            self._at += len(digits)
            try:
                return int(digits, 16)
            except ValueError:
                raise InvalidPattern("a malformed code point") from None
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isascii() and character.isalnum():
            raise InvalidPattern(f"\\{character} is not supported")
        return ord(character)

    def _class(self) -> Ranges:
        is_negated = self._takes("^")
        ranges: list[tuple[int, int]] = []
        is_first = True
        while is_first or not self._takes("]"):
            is_first = False
            ranges += self._class_item()
        return complement(tuple(ranges)) if is_negated else tuple(ranges)

    def _class_item(self) -> Ranges:
        character = self._next()
        if character == "[" or (character == "&" and self._peek() == "&"):
            raise InvalidPattern("classes inside classes are not supported")
        if character == "\\":
            found = self._escaped_class(self._next())
        else:
            found = ((ord(character), ord(character)),)
        is_one = len(found) == 1 and found[0][0] == found[0][1]
        if is_one and self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in "]":
            self._at += 1
            last = self._class_item()
            if last[0][1] < found[0][0]:
                raise InvalidPattern("a range from more to less")
            return ((found[0][0], last[0][1]),)
        return found

    def _one(self, code: int) -> Node:
        return self._folded(((code, code),))

    def _folded(self, ranges: Ranges) -> Characters:
        """With `(?i)`, both cases of ASCII letters, as Java folds by default."""
        if not self.ignores_case:
            return Characters(ranges)
        folded = list(ranges)
        for first, last in ranges:
            for low, high, shift in ((65, 90, 32), (97, 122, -32)):
                if first <= high and last >= low:
                    folded.append((max(first, low) + shift, min(last, high) + shift))
        return Characters(tuple(folded))

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise InvalidPattern("the pattern breaks off")
        self._at += 1
        return self._text[self._at - 1]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _takes(self, expected: str) -> bool:
        if not self._text.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def _until(self, closing: str) -> str:
        end = self._text.find(closing, self._at)
        if end < 0:
            raise InvalidPattern(f"{closing} is missing")
        found = self._text[self._at : end]
        self._at = end + 1
        return found
