"""Parses a template's text: what is between references, and the directives.

White space goes as in Velocity 1.7: `#set` takes the blanks before it, and each directive the line
break behind it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway import quotas
from gateway.mapping.vtl.errors import InvalidTemplate
from gateway.mapping.vtl.expressions import ExpressionParser
from gateway.mapping.vtl.scanner import IDENTIFIER
from gateway.mapping.vtl.tree import (
    Block,
    Break,
    Define,
    Escaped,
    Expression,
    Foreach,
    If,
    Interpolated,
    Literal,
    Macro,
    MacroCall,
    Node,
    Set,
    Stop,
    Text,
)

_SPECIAL = re.compile(r"[$#]|(?<!\\)\\++(?=[$#])")
_BACKSLASHES = re.compile(r"\\+(?=[$#])")
_WORD = re.compile(r"#(?:\{([A-Za-z]+)\}|([A-Za-z_][A-Za-z0-9_-]*))")
_PARENTHESIS = re.compile(r"[ \t]*\(")
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_MACRO_NAMES = re.compile(r"#(?:macro|\{macro\})[ \t]{0,64}\([ \t]{0,64}([A-Za-z_][A-Za-z0-9_-]*)")
_VARIABLE = re.compile(r"\$!?\{?([A-Za-z_][A-Za-z0-9_-]*)\}?")
_CLOSING = frozenset({"else", "elseif", "end"})
_WITHOUT_PARENTHESIS = frozenset({"break", "else", "end", "stop"})
_BLOCKS = frozenset({"define", "elseif", "foreach", "if", "macro", "set"})
_REFUSED = frozenset({"evaluate", "include", "parse"})
_DIRECTIVES = _WITHOUT_PARENTHESIS | _BLOCKS | _REFUSED


@lru_cache(maxsize=256)
def compile_template(text: str) -> Block:
    """The tree of a template. Raises `InvalidTemplate`."""
    most = quotas.MAPPING_TEMPLATE_BYTES
    if len(text) > most or len(text.encode("utf-8", "replace")) > most:
        raise InvalidTemplate(f"the template is larger than {most} bytes")
    parser = TemplateParser(text, frozenset(_MACRO_NAMES.findall(text)))
    block, closing = parser.block()
    if closing:
        raise parser.invalid(f"#{closing} without a block")
    return block


class TemplateParser(ExpressionParser):
    """Reads blocks. `macros` are the names that the template defines anywhere."""

    def __init__(
        self, text: str, macros: frozenset[str], depth: int = 0, *, in_string: bool = False
    ) -> None:
        super().__init__(text, depth)
        self._macros = macros
        self._in_string = in_string

    def interpolated(self, text: str) -> Expression:
        if "$" not in text and "#" not in text:
            return Literal(text)
        self.enter()
        inner = TemplateParser(text, self._macros, self._depth, in_string=True)
        block, closing = inner.block()
        self.leave()
        if closing:
            raise self.invalid(f"#{closing} without a block")
        return Interpolated(block)

    def block(self) -> tuple[Block, str]:
        """The nodes up to the end, or to a closing directive, whose word comes second."""
        self.enter()
        nodes: list[Node] = []
        closing = ""
        while not closing and not self.is_at_end:
            self._text(nodes)
            if not self.is_at_end:
                closing = self._special(nodes)
        self.leave()
        return tuple(nodes), closing

    def _text(self, nodes: list[Node]) -> None:
        found = _SPECIAL.search(self.text, self.at)
        end = found.start() if found else len(self.text)
        if end > self.at:
            nodes.append(Text(self.text[self.at : end]))
        self.at = end

    def _special(self, nodes: list[Node]) -> str:
        backslashes = len(self.take(_BACKSLASHES) or "")
        if self.sees("$"):
            self._reference(nodes, backslashes)
            return ""
        word = self._directive_word()
        if backslashes and not word:
            nodes.append(Text("\\" * backslashes))
        elif backslashes:
            nodes.append(Text("\\" * (backslashes // 2)))
            if backslashes % 2:
                nodes.append(Text("#"))
                self.at += 1
                return ""
        return self._directive(word, nodes)

    def _reference(self, nodes: list[Node], backslashes: int) -> None:
        reference = self.reference()
        if reference is None:
            self.at += 1
            nodes.append(Text("\\" * backslashes + "$"))
        else:
            nodes.append(Escaped(reference, backslashes) if backslashes else reference)

    def _directive_word(self) -> str:
        """The directive or macro that starts here; empty where it is none."""
        found = _WORD.match(self.text, self.at)
        if found is None:
            return ""
        word = found[1] or found[2]
        if word in self._macros:
            return word
        if word not in _DIRECTIVES and found[2]:
            # `#end,` ends at the comma by itself; `#endfoo` and `#else0` are read as meant.
            word = next((each for each in ("end", "else") if word.startswith(each)), "")
        if word in _BLOCKS and not _PARENTHESIS.match(self.text, found.end()):
            return ""
        if self._in_string and word in _CLOSING and self._depth_in_string == 0:
            return ""
        return word if word in _DIRECTIVES or word in self._macros else ""

    def _directive(self, word: str, nodes: list[Node]) -> str:
        if not word:
            self._comment_or_text(nodes)
            return ""
        start = self.at
        self.at += len(word) + (3 if self.text[self.at + 1] == "{" else 1)
        if word in self._macros:
            nodes.append(self._macro_call(word, start))
            return ""
        if word in _REFUSED:
            raise self.invalid(f"#{word} is not supported")
        if word in {"else", "end"}:
            self.take(_LINE_END)
            return word
        if word == "elseif":
            return word
        if word == "break":
            nodes.append(Break())
        elif word == "stop":
            nodes.append(Stop())
        else:
            self.take(_PARENTHESIS)
            nodes.append(_READERS[word](self, nodes))
        return ""

    def _comment_or_text(self, nodes: list[Node]) -> None:
        if self.takes("##"):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
        elif self.takes("#*"):
            end = self.text.find("*#", self.at)
            self.at = len(self.text) if end < 0 else end + 2
        elif self.takes("#[["):
            end = self.text.find("]]#", self.at)
            end = len(self.text) if end < 0 else end
            nodes.append(Text(self.text[self.at : end]))
            self.at = min(end + 3, len(self.text))
        else:
            self.at += 1
            nodes.append(Text("#"))

    def _close(self) -> None:
        self.skip_space()
        self.expect(")")
        self.take(_LINE_END)

    def _variable(self) -> str:
        self.skip_space()
        found = _VARIABLE.match(self.text, self.at)
        if found is None:
            raise self.invalid("a variable is missing")
        self.at = found.end()
        return found[1]

    def _body(self) -> Block:
        block, closing = self._inner_block()
        if closing != "end":
            raise self.invalid("#end is missing")
        return block

    def _inner_block(self) -> tuple[Block, str]:
        self._depth_in_string += 1
        found = self.block()
        self._depth_in_string -= 1
        return found

    _depth_in_string = 0

    def _set(self, nodes: list[Node]) -> Node:
        if nodes and isinstance(nodes[-1], Text):
            nodes[-1] = Text(nodes[-1].text.rstrip(" \t"))
        self.skip_space()
        target = self._needed_reference()
        self.skip_space()
        self.expect("=")
        value = self.expression()
        self._close()
        return Set(target, value)

    def _if(self, _nodes: list[Node]) -> Node:
        branches: list[tuple[Expression | None, Block]] = []
        condition: Expression | None = self.expression()
        self._close()
        while True:
            body, closing = self._inner_block()
            branches.append((condition, body))
            if closing == "end":
                return If(tuple(branches))
            if not closing or condition is None:
                raise self.invalid("#end is missing")
            condition = None
            if closing == "elseif":
                self.take(_PARENTHESIS)
                condition = self.expression()
                self._close()

    def _foreach(self, _nodes: list[Node]) -> Node:
        name = self._variable()
        self.skip_space()
        self.expect("in")
        source = self.expression()
        self._close()
        return Foreach(name, source, self._body())

    def _macro(self, _nodes: list[Node]) -> Node:
        self.skip_space()
        name = self.take(IDENTIFIER)
        if name is None:
            raise self.invalid("the macro has no name")
        parameters: list[str] = []
        self._separator()
        while not self.sees(")"):
            parameters.append(self._variable())
            self._separator()
        self._close()
        return Macro(name, tuple(parameters), self._body())

    def _macro_call(self, name: str, start: int) -> Node:
        arguments: list[Expression] = []
        if self.take(_PARENTHESIS) is not None:
            self._separator()
            while not self.takes(")"):
                arguments.append(self._operand())
                self._separator()
        return MacroCall(name, tuple(arguments), self.text[start : self.at])

    def _separator(self) -> None:
        self.skip_space()
        self.takes(",")
        self.skip_space()

    def _define(self, _nodes: list[Node]) -> Node:
        name = self._variable()
        self._close()
        return Define(name, self._body())


_READERS = {
    "define": TemplateParser._define,
    "foreach": TemplateParser._foreach,
    "if": TemplateParser._if,
    "macro": TemplateParser._macro,
    "set": TemplateParser._set,
}
